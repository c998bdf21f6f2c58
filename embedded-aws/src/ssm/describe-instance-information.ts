import type {
  DescribeInstanceInformationCommandInput,
  DescribeInstanceInformationCommandOutput,
  InstanceInformation,
} from '@aws-sdk/client-ssm';
import { agentPackage, agentVersion, systemOf } from '../catalog/packages.ts';
import { AwsError } from '../core/errors.ts';
import type { Tags } from '../core/resource.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import type { World } from '../core/world.ts';
import type { InstanceRecord } from '../ec2/records.ts';
import { rootDisk } from '../guest/index.ts';
import { page } from './paging.ts';
import { invalidFilterKey } from './refusals.ts';

/**
 * Instances that are not running or whose agent has never registered are not listed (Systems
 * Manager API reference, InstanceInformation).
 */
export const describeInstanceInformation: Operation<
  DescribeInstanceInformationCommandInput,
  DescribeInstanceInformationCommandOutput
> = {
  kind: 'read',
  accepts: [
    'Filters.Key',
    'Filters.Values',
    'InstanceInformationFilterList.key',
    'InstanceInformationFilterList.valueSet',
    'MaxResults',
    'NextToken',
  ],
  run: (input, { world, account, region, now }) => {
    check(input, {
      InstanceInformationFilterList: {
        members: {
          key: { required: true, oneOf: oldKeys },
          valueSet: { required: true, length: [1, 100] },
        },
      },
      Filters: {
        members: { Key: { required: true }, Values: { required: true, length: [1, 100] } },
      },
    });
    const { Filters = [], InstanceInformationFilterList: old = [] } = input;
    if (Filters.length > 0 && old.length > 0) {
      throw new AwsError(
        'ValidationException',
        'You can use either Filters or InstanceInformationFilterList in a single request.',
      );
    }
    const isTag = ({ Key = '' }: { Key?: string | undefined }) => Key === 'tag-key' || Key.startsWith('tag:');
    if (Filters.some(isTag) && !Filters.every(isTag)) {
      throw invalidFilterKey("Tag filters can't be combined with other filters.");
    }
    const tests = [
      ...Filters.map(({ Key = '', Values = [] }) => testOf(Key, Values)),
      ...old.map(({ key = '', valueSet = [] }) => testOf(key, valueSet)),
    ];
    const nodes = world.instances
      .all()
      .filter((instance) => instance.account === account && instance.region === region)
      .flatMap((instance) => {
        const node = informationOf(world, instance, now);
        return node !== undefined && tests.every((passes) => passes(node, instance.tags)) ? [node] : [];
      });
    const { items, ...rest } = page(nodes, input, { least: 5, most: 50, defaultSize: 50 });
    return { InstanceInformationList: items, ...rest };
  },
};

const oldKeys = [
  'InstanceIds',
  'AgentVersion',
  'PingStatus',
  'PlatformTypes',
  'ActivationIds',
  'IamRole',
  'ResourceType',
  'AssociationStatus',
];

/** A silent agent counts as online until five minutes after its last ping. */
const CONNECTION_LOST_MS = 5 * 60 * 1000;

/** The interval at which the agent reports. */
const PING_MS = 5 * 60 * 1000;

function informationOf(world: World, instance: InstanceRecord, now: number): InstanceInformation | undefined {
  const { agentOnlineSince, agentLostAt } = instance;
  const disk = rootDisk(world, instance);
  const registered = agentOnlineSince ?? agentLostAt;
  if (instance.state !== 'running' || registered === undefined || disk === undefined) return undefined;
  const { platform, platformName, platformVersion } = systemOf(disk.os);
  const lost = agentOnlineSince === undefined && now - registered >= CONNECTION_LOST_MS;
  const lastPing = agentOnlineSince === undefined ? registered : now - ((now - agentOnlineSince) % PING_MS);
  return {
    InstanceId: instance.id,
    PingStatus: lost ? 'ConnectionLost' : 'Online',
    LastPingDateTime: new Date(lastPing),
    AgentVersion: (disk.packages[agentPackage] ?? agentVersion).replace(/-.*$/, ''),
    IsLatestVersion: (disk.packages[agentPackage] ?? '').startsWith(agentVersion),
    PlatformType: platform === 'windows' ? 'Windows' : 'Linux',
    PlatformName: platformName,
    PlatformVersion: platformVersion,
    ResourceType: 'EC2Instance',
    IPAddress: instance.privateIpAddress,
    ComputerName: `ip-${instance.privateIpAddress.replaceAll('.', '-')}.${instance.region}.compute.internal`,
    SourceId: instance.id,
    SourceType: 'AWS::EC2::Instance',
  };
}

function testOf(key: string, values: readonly string[]): (node: InstanceInformation, tags: Tags) => boolean {
  if (key === 'tag-key') return (_, tags) => values.some((name) => Object.hasOwn(tags, name));
  if (key.startsWith('tag:')) {
    return (_, tags) => {
      const value = tags[key.slice('tag:'.length)];
      return value !== undefined && values.includes(value);
    };
  }
  const read = valueByKey[key];
  if (read === undefined) throw invalidFilterKey();
  return (node) => {
    const value = read(node);
    return value !== undefined && values.includes(value);
  };
}

/** Filter keys for nodes outside of EC2 and for associations have no value here. */
const valueByKey: Readonly<Record<string, (node: InstanceInformation) => string | undefined>> = {
  ActivationIds: () => undefined,
  AgentVersion: ({ AgentVersion }) => AgentVersion,
  AssociationStatus: () => undefined,
  IamRole: () => undefined,
  InstanceIds: ({ InstanceId }) => InstanceId,
  PingStatus: ({ PingStatus }) => PingStatus,
  PlatformTypes: ({ PlatformType }) => PlatformType,
  ResourceType: ({ ResourceType }) => ResourceType,
  SourceIds: ({ SourceId }) => SourceId,
  SourceTypes: ({ SourceType }) => SourceType,
};
