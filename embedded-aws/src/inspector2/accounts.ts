import type { ResourceScanType, Status } from '@aws-sdk/client-inspector2';
import type { World } from '../core/world.ts';

export const accountIn = (account: string, region: string): string => `${account}/${region}`;

/** The status of a scan type. */
export function statusOf(
  world: World,
  place: { account: string; region: string },
  type: ResourceScanType,
): Status {
  const record = world.inspectorAccounts.get(accountIn(place.account, place.region));
  return record?.statuses[type] ?? 'DISABLED';
}

/** The status of the account: that of its scan types together. */
export function wholeStatus(world: World, place: { account: string; region: string }): Status {
  const record = world.inspectorAccounts.get(accountIn(place.account, place.region));
  const statuses = Object.values(record?.statuses ?? {});
  if (statuses.includes('ENABLED')) return 'ENABLED';
  return statuses.includes('ENABLING') ? 'ENABLING' : 'DISABLED';
}

/** The members of a response that have one entry for each scan type. */
export const byType = <T>(read: (type: ResourceScanType) => T) => ({
  ec2: read('EC2'),
  ecr: read('ECR'),
  lambda: read('LAMBDA'),
  lambdaCode: read('LAMBDA_CODE'),
  codeRepository: read('CODE_REPOSITORY'),
});
