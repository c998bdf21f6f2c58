import { AwsError } from '../core/errors.ts';
import type { Bucket, ThrottledCall, Throttling, Withdrawal } from '../core/throttling.ts';

/**
 * EC2's request buckets, per account, region and action (EC2 developer guide, "Request throttling for the
 * Amazon EC2 API"). An action without its own bucket uses the bucket of its category.
 */
const requestBuckets: Readonly<Record<string, Bucket>> = {
  RunInstances: { max: 5, perSecond: 2 },
  StartInstances: { max: 5, perSecond: 2 },
  TerminateInstances: { max: 100, perSecond: 5 },
  CopyImage: { max: 100, perSecond: 1 },
  DeregisterImage: { max: 100, perSecond: 5 },
  ModifyImageAttribute: { max: 100, perSecond: 5 },
  ModifySnapshotAttribute: { max: 100, perSecond: 5 },
  CreateSnapshot: { max: 100, perSecond: 5 },
  CreateSnapshots: { max: 100, perSecond: 5 },
  DeleteSnapshot: { max: 100, perSecond: 5 },
  AssociateIamInstanceProfile: { max: 100, perSecond: 5 },
  CreateTags: { max: 100, perSecond: 10 },
  DeleteTags: { max: 100, perSecond: 10 },
  EnableFastLaunch: { max: 5, perSecond: 2 },
  DisableFastLaunch: { max: 5, perSecond: 2 },
  EnableImageBlockPublicAccess: { max: 1, perSecond: 0.1 },
  DisableImageBlockPublicAccess: { max: 1, perSecond: 0.1 },
  ModifyInstanceMetadataDefaults: { max: 2, perSecond: 2 },
};
const readBucket: Bucket = { max: 100, perSecond: 20 };
const writeBucket: Bucket = { max: 50, perSecond: 5 };

/** Calls to these actions cost more without ids, filters and pagination (same source). */
const unboundedBucket: Bucket = { max: 50, perSecond: 10 };
const unboundedActions = new Set([
  'DescribeInstances',
  'DescribeInstanceStatus',
  'DescribeSnapshots',
  'DescribeVolumes',
  'DescribeNetworkInterfaces',
  'DescribeSecurityGroups',
]);

/**
 * EC2's resource buckets: in addition to the request token, each instance takes a token from this bucket
 * (same source).
 */
const instanceBuckets: Readonly<Record<string, Bucket>> = {
  RunInstances: { max: 1000, perSecond: 2 },
  StartInstances: { max: 1000, perSecond: 2 },
  StopInstances: { max: 1000, perSecond: 20 },
  TerminateInstances: { max: 1000, perSecond: 20 },
};

export const throttling: Throttling = {
  withdrawals(call) {
    const { operation, input } = call;
    const requests = requestWithdrawal(call);
    const bucket = instanceBuckets[operation];
    if (bucket === undefined) return [requests];
    const tokens = Array.isArray(input.InstanceIds) ? input.InstanceIds.length : Number(input.MaxCount ?? 1);
    return [requests, { name: `ec2:${operation}/instances`, bucket, tokens }];
  },
  refusal: () => new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503),
};

function requestWithdrawal({ operation, kind, input }: ThrottledCall): Withdrawal {
  const isBounded = Object.entries(input).some(([name, value]) => name !== 'DryRun' && value !== undefined);
  if (unboundedActions.has(operation) && !isBounded) {
    return { name: `ec2:${operation}/unbounded`, bucket: unboundedBucket, tokens: 1 };
  }
  const bucket = requestBuckets[operation] ?? (kind === 'write' ? writeBucket : readBucket);
  return { name: `ec2:${operation}`, bucket, tokens: 1 };
}
