import { uuid } from '../core/random.ts';
import type { World } from '../core/world.ts';
import { emit } from '../eventbridge/emit.ts';
import type { ImageRecord, InstanceRecord, SnapshotRecord } from './records.ts';

/**
 * The events that EC2 and EBS send to EventBridge, in the shapes of their user guides (EC2: Automate Amazon
 * EC2 using EventBridge, Monitor AMI events; EBS: EventBridge for Amazon EBS).
 */
const source = 'aws.ec2';

const isoSeconds = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

export function announceInstance(
  world: World,
  { id, account, region, state }: InstanceRecord,
  at: number,
): void {
  emit(world, {
    account,
    region,
    source,
    detailType: 'EC2 Instance State-change Notification',
    resources: [`arn:aws:ec2:${region}:${account}:instance/${id}`],
    detail: { 'instance-id': id, state },
    time: at,
  });
}

/** EC2 reports only these states of an image: available, failed, disabled, deregistered. */
export function announceImage(
  world: World,
  { id, account, region, state, stateReason }: ImageRecord,
  at: number,
): void {
  emit(world, {
    account,
    region,
    source,
    detailType: 'EC2 AMI State Change',
    resources: [`arn:aws:ec2:${region}::image/${id}`],
    detail: {
      RequestId: uuid(world.seed, 'image event', id, state, at),
      ImageId: id,
      State: state,
      ErrorMessage: state === 'failed' ? (stateReason?.Message ?? '') : '',
    },
    time: at,
  });
}

/** These ARNs contain the region in the place of the account. */
const ebsArn = (region: string, type: 'snapshot' | 'volume', id: string) =>
  `arn:aws:ec2::${region}:${type}/${id}`;

/** Reports that a snapshot completed or failed, for new snapshots and for copies. */
export function announceSnapshot(world: World, snapshot: SnapshotRecord, at: number): void {
  const { id, region, state, stateMessage = '', volumeId, copiedFrom } = snapshot;
  const isDone = state === 'completed';
  const copy =
    copiedFrom === undefined
      ? { event: 'createSnapshot', source: ebsArn(region, 'volume', volumeId) }
      : copyMembers(snapshot, copiedFrom);
  tell(world, snapshot, snapshot.account, at, {
    result: isDone ? 'succeeded' : 'failed',
    cause: isDone ? '' : stateMessage,
    'request-id': '',
    snapshot_id: ebsArn(region, 'snapshot', id),
    ...copy,
  });
}

function copyMembers(
  { copy, startTime }: SnapshotRecord,
  { snapshotId, region }: NonNullable<SnapshotRecord['copiedFrom']>,
) {
  const isTimed = copy?.completionMinutes !== undefined;
  return {
    event: 'copySnapshot',
    source: ebsArn(region, 'snapshot', snapshotId),
    // The embedded EBS always makes full copies.
    incremental: 'false',
    transferType: isTimed ? 'time-based' : 'standard',
    ...(isTimed ? { completionDurationStartTime: new Date(startTime).toISOString() } : {}),
  };
}

/**
 * Reports to an account that a snapshot was shared with the account. EBS reports nothing about public
 * snapshots.
 */
export function announceSharing(world: World, snapshot: SnapshotRecord, recipient: string, at: number): void {
  tell(world, snapshot, recipient, at, {
    event: 'shareSnapshot',
    result: 'succeeded',
    cause: '',
    'request-id': '',
    snapshot_id: ebsArn(snapshot.region, 'snapshot', snapshot.id),
    source: snapshot.account,
  });
}

function tell(
  world: World,
  { id, region, startTime }: SnapshotRecord,
  account: string,
  at: number,
  detail: Readonly<Record<string, string>>,
): void {
  emit(world, {
    account,
    region,
    source,
    detailType: 'EBS Snapshot Notification',
    resources: [ebsArn(region, 'snapshot', id)],
    detail: { ...detail, startTime: isoSeconds(startTime), endTime: isoSeconds(at) },
    time: at,
  });
}
