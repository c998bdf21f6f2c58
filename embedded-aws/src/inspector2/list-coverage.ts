import type {
  CoveredResource,
  ListCoverageCommandInput,
  ListCoverageCommandOutput,
  ScanStatus,
} from '@aws-sdk/client-inspector2';
import type { Operation } from '../core/service.ts';
import type { World } from '../core/world.ts';
import type { InstanceRecord } from '../ec2/records.ts';
import { statusOf } from './accounts.ts';
import * as constraints from './constraints.ts';
import { filterPaths, passes } from './filters.ts';
import { page } from './paging.ts';
import { checkRequest } from './refusals.ts';
import { isExcluded } from './scans.ts';

const valuesOf = {
  accountId: ({ accountId }) => accountId,
  resourceId: ({ resourceId }) => resourceId,
  resourceType: ({ resourceType }) => resourceType,
  scanMode: ({ scanMode }) => scanMode,
  scanStatusCode: ({ scanStatus }) => scanStatus?.statusCode,
  scanStatusReason: ({ scanStatus }) => scanStatus?.reason,
  scanType: ({ scanType }) => scanType,
} as const satisfies Record<string, (resource: CoveredResource) => string | undefined>;

const names = Object.keys(valuesOf) as (keyof typeof valuesOf)[];

/** The maximum and the default size of a page. */
const most = 200;

export const listCoverage: Operation<ListCoverageCommandInput, ListCoverageCommandOutput> = {
  kind: 'read',
  accepts: ['maxResults', 'nextToken', ...filterPaths(names)],
  run(input, { world, account, region, now }) {
    const comparisons = constraints.filters(['EQUALS', 'NOT_EQUALS']);
    checkRequest(input, {
      maxResults: { range: [1, most] },
      nextToken: constraints.nextToken,
      filterCriteria: { members: Object.fromEntries(names.map((name) => [name, comparisons])) },
    });
    const { filterCriteria = {} } = input;
    const isOn = statusOf(world, { account, region }, 'EC2') === 'ENABLED';
    const covered = world.instances
      .all()
      .filter((instance) => isOn && instance.account === account && instance.region === region)
      .flatMap((instance) => coverageOf(world, instance))
      .filter((resource) =>
        names.every((name) => passes([valuesOf[name](resource) ?? ''], filterCriteria[name])),
      );
    const { items, next } = page(covered, input, most);
    return { coveredResources: items, ...next };

    function coverageOf(known: World, instance: InstanceRecord): CoveredResource[] {
      const scanStatus = scanStatusOf(known, instance);
      if (scanStatus === undefined) return [];
      const scan = known.inspectorScans.seen(instance.id, now);
      return [
        {
          resourceType: 'AWS_EC2_INSTANCE',
          resourceId: instance.id,
          accountId: account,
          scanType: 'PACKAGE',
          scanStatus,
          scanMode: 'EC2_SSM_AGENT_BASED',
          resourceMetadata: {
            ec2: {
              amiId: instance.imageId,
              platform: instance.platform === 'windows' ? 'WINDOWS' : 'LINUX',
              tags: { ...instance.tags },
            },
          },
          ...(scan !== undefined && { lastScannedAt: new Date(scan.lastScannedAt) }),
        },
      ];
    }
  },
};

/** Sources: docs/inspector2.md. Absent: Inspector does not know the instance yet. */
function scanStatusOf(world: World, instance: InstanceRecord): ScanStatus | undefined {
  const { state, agentOnlineSince, agentLostAt } = instance;
  if (state === 'pending') return undefined;
  if (state === 'shutting-down' || state === 'terminated') return inactive('RESOURCE_TERMINATED');
  if (isExcluded(instance)) return inactive('EXCLUDED_BY_TAG');
  if (state !== 'running') return inactive('EC2_INSTANCE_STOPPED');
  if (world.inspectorScans.get(instance.id) !== undefined)
    return { statusCode: 'ACTIVE', reason: 'SUCCESSFUL' };
  const isManaged = agentOnlineSince !== undefined || agentLostAt !== undefined;
  return isManaged
    ? { statusCode: 'ACTIVE', reason: 'PENDING_INITIAL_SCAN' }
    : inactive('UNMANAGED_EC2_INSTANCE');
}

const inactive = (reason: ScanStatus['reason']): ScanStatus => ({ statusCode: 'INACTIVE', reason });
