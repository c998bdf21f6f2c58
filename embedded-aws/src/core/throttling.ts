import { AwsError } from './errors.ts';

/** A bucket of tokens: what it holds at most, and how many flow in each second. Each call takes one out. */
export interface Bucket {
  readonly max: number;
  readonly perSecond: number;
}

/** How full a bucket was at a time (ms). */
export interface Level {
  readonly tokens: number;
  readonly at: number;
}

/**
 * EC2's request buckets, per account, region and action (EC2 developer guide, "Request throttling for the Amazon EC2 API").
 * An action that is not named has the bucket of its kind.
 */
const ec2: Readonly<Record<string, Bucket>> = {
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
  EnableImageBlockPublicAccess: { max: 1, perSecond: 0.1 },
  DisableImageBlockPublicAccess: { max: 1, perSecond: 0.1 },
  ModifyInstanceMetadataDefaults: { max: 2, perSecond: 2 },
};
const ec2Read: Bucket = { max: 100, perSecond: 20 };
const ec2Write: Bucket = { max: 50, perSecond: 5 };

/** Those that cost more when they name nothing, filter nothing and turn no pages (same source). */
const ec2Unbounded: Bucket = { max: 50, perSecond: 10 };
const unboundedActions = new Set([
  'DescribeInstances',
  'DescribeInstanceStatus',
  'DescribeSnapshots',
  'DescribeVolumes',
  'DescribeNetworkInterfaces',
  'DescribeSecurityGroups',
]);

/** EC2's resource buckets: each instance takes a token out, beside the one for the request (same source). */
const ec2Resources: Readonly<Record<string, Bucket>> = {
  RunInstances: { max: 1000, perSecond: 2 },
  StartInstances: { max: 1000, perSecond: 2 },
  StopInstances: { max: 1000, perSecond: 20 },
  TerminateInstances: { max: 1000, perSecond: 20 },
};

/**
 * Systems Manager's transactions a second, per account and region (AWS General Reference, "AWS Systems Manager endpoints and
 * quotas"). That a second's worth may come at once is assumed. Actions with one `shared` name share one bucket; an action that is
 * not named has no published figure, and is not throttled.
 */
const ssm: Readonly<Record<string, Bucket & { readonly shared?: string }>> = {
  StartAutomationExecution: { max: 1, perSecond: 1 },
  StopAutomationExecution: { max: 1, perSecond: 1 },
  GetAutomationExecution: { max: 3, perSecond: 3 },
  DescribeAutomationExecutions: { max: 3, perSecond: 3 },
  DescribeAutomationStepExecutions: { max: 3, perSecond: 3 },
  GetParameter: { max: 40, perSecond: 40, shared: 'GetParameters' },
  GetParameters: { max: 40, perSecond: 40, shared: 'GetParameters' },
  GetParametersByPath: { max: 40, perSecond: 40, shared: 'GetParameters' },
  PutParameter: { max: 3, perSecond: 3 },
  LabelParameterVersion: { max: 3, perSecond: 3 },
  DescribeParameters: { max: 3, perSecond: 3 },
  GetParameterHistory: { max: 3, perSecond: 3 },
};

interface ThrottledCall {
  readonly service: string;
  readonly operation: string;
  readonly kind: 'read' | 'write';
  readonly input: Readonly<Record<string, unknown>>;
  readonly account: string;
  readonly region: string;
  readonly now: number;
}

/** Takes the call's tokens out of its buckets, or refuses it as the service does when one is empty. */
export function throttle(levels: Map<string, Level>, call: ThrottledCall): void {
  for (const { name, bucket, tokens } of bucketsOf(call)) {
    const key = [call.account, call.region, name].join('/');
    const left = levelNow(levels.get(key), bucket, call.now) - tokens;
    if (left < 0) throw refusal(call.service);
    levels.set(key, { tokens: left, at: call.now });
  }
}

function bucketsOf(call: ThrottledCall): { name: string; bucket: Bucket; tokens: number }[] {
  const { service, operation, input } = call;
  if (service === 'ssm') {
    const bucket = ssm[operation];
    return bucket ? [{ name: `ssm:${bucket.shared ?? operation}`, bucket, tokens: 1 }] : [];
  }
  if (service !== 'ec2') return [];
  const requests = ec2RequestBucket(call);
  const resources = ec2Resources[operation];
  if (resources === undefined) return [requests];
  const tokens = Array.isArray(input.InstanceIds) ? input.InstanceIds.length : Number(input.MaxCount ?? 1);
  return [requests, { name: `ec2:${operation}/instances`, bucket: resources, tokens }];
}

function ec2RequestBucket({ operation, kind, input }: ThrottledCall) {
  const isBounded = Object.entries(input).some(([name, value]) => name !== 'DryRun' && value !== undefined);
  if (unboundedActions.has(operation) && !isBounded) {
    return { name: `ec2:${operation}/unbounded`, bucket: ec2Unbounded, tokens: 1 };
  }
  const bucket = ec2[operation] ?? (kind === 'write' ? ec2Write : ec2Read);
  return { name: `ec2:${operation}`, bucket, tokens: 1 };
}

/** A call of an automation lies in the past of others; no tokens flow out for that. */
function levelNow(level: Level | undefined, { max, perSecond }: Bucket, now: number): number {
  if (level === undefined) return max;
  const seconds = Math.max(0, now - level.at) / 1000;
  return Math.min(max, level.tokens + seconds * perSecond);
}

function refusal(service: string): AwsError {
  return service === 'ec2'
    ? new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503)
    : new AwsError('ThrottlingException', 'Rate exceeded');
}
