import type {
  DescribeInstanceInformationCommandInput,
  DescribeInstanceInformationCommandOutput,
  InstanceInformation,
} from '@aws-sdk/client-ssm';
import { agentPackage, agentVersion, systemOf } from '../catalog/packages.ts';
import { AwsError } from '../errors.ts';
import { rootDisk } from '../guest/index.ts';
import type { Operation } from '../operation.ts';
import type { InstanceRecord } from '../records.ts';
import type { World } from '../world.ts';
import { page } from './errors.ts';

/** An instance whose agent never registered is absent; so is one that does not run (Systems Manager API reference, InstanceInformation). */
export const describeInstanceInformation: Operation<
  DescribeInstanceInformationCommandInput,
  DescribeInstanceInformationCommandOutput
> = {
  kind: 'read',
  accepts: ['Filters.Key', 'Filters.Values', 'MaxResults', 'NextToken'],
  run: ({ Filters = [], MaxResults, NextToken }, { world, account, region, now }) => {
    const nodes = world.instances
      .all()
      .filter((instance) => instance.account === account && instance.region === region)
      .flatMap((instance) => informationOf(world, instance, now) ?? [])
      .filter((node) =>
        Filters.every(({ Key, Values = [] }) => Values.includes(String(filterValue(node, Key)))),
      );
    const { items, ...rest } = page(nodes, { MaxResults, NextToken }, { least: 5, most: 50, usual: 50 });
    return { InstanceInformationList: items, ...rest };
  },
};

/** A silent agent counts as online until it has missed its pings for five minutes. */
const CONNECTION_LOST_MS = 5 * 60 * 1000;

/** How often the agent says that it is there. */
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
  };
}

function filterValue(node: InstanceInformation, key: string | undefined): string | undefined {
  switch (key) {
    case 'InstanceIds':
      return node.InstanceId;
    case 'PingStatus':
      return node.PingStatus;
    case 'PlatformTypes':
      return node.PlatformType;
    case 'AgentVersion':
      return node.AgentVersion;
    case 'ResourceType':
      return node.ResourceType;
    default:
      throw new AwsError('InvalidInstanceInformationFilterValue', `The filter key ${key} is not valid.`);
  }
}
