import { zonesOf } from '../core/regions.ts';
import type { Call, TransitionHandlers } from '../core/service.ts';
import { lagMs, schedule, type World } from '../core/world.ts';
import { drawSeconds } from './latency.ts';
import type { FastSnapshotRestoreRecord, SnapshotRecord } from './records.ts';
import { snapshotNotFound } from './refusals.ts';

/** Why a request is refused for one snapshot in one zone. EC2 reports such refusals in a successful answer. */
export interface ItemError {
  readonly Code: string;
  readonly Message: string;
}

/** Each snapshot in each zone is one fast snapshot restore (EBS user guide, Amazon EBS fast snapshot restore). */
export const restoreId = (account: string, snapshotId: string, zone: string) =>
  `${account}/${snapshotId}/${zone}`;

/** The default quota. It counts snapshots, not pairs of snapshot and zone (same source). */
const snapshotsPerRegionMax = 5;
const sizeGiBMax = 16 * 1024;

/** Whether the account pays for the restore. */
export const isOn = ({ state }: Pick<FastSnapshotRestoreRecord, 'state'>) =>
  state === 'enabling' || state === 'optimizing' || state === 'enabled';

/** The codes and texts of all refusals except that of a missing snapshot are assumed. */
export function enableRefusal(call: Call, snapshotId: string, zone: string): ItemError | undefined {
  const { world, account, region } = call;
  const snapshot = ownSnapshotOrNone(call, snapshotId);
  if (snapshot === undefined) return missing(snapshotId);
  if (!zonesOf(region).includes(zone)) {
    return { Code: 'InvalidParameterValue', Message: `Invalid availability zone: [${zone}]` };
  }
  if (snapshot.state !== 'completed') {
    return { Code: 'IncorrectState', Message: `Snapshot '${snapshotId}' is not 'completed'.` };
  }
  if (snapshot.volumeSizeGiB > sizeGiBMax) {
    return {
      Code: 'InvalidParameterValue',
      Message: `The snapshot '${snapshotId}' is larger than ${sizeGiBMax} GiB.`,
    };
  }
  const known = world.fastSnapshotRestores.get(restoreId(account, snapshotId, zone));
  if (known?.state === 'disabling') {
    return {
      Code: 'IncorrectState',
      Message: `Fast snapshot restore of '${snapshotId}' in ${zone} is disabling.`,
    };
  }
  const others = world.fastSnapshotRestores
    .all()
    .filter((one) => one.account === account && one.region === region && one.state !== 'disabled')
    .map((one) => one.snapshotId)
    .filter((id) => id !== snapshotId);
  if (new Set(others).size >= snapshotsPerRegionMax) {
    return {
      Code: 'FastSnapshotRestoreLimitExceeded',
      Message: `The maximum number of snapshots with fast snapshot restore in this Region is ${snapshotsPerRegionMax}.`,
    };
  }
  return undefined;
}

export function disableRefusal(call: Call, snapshotId: string, zone: string): ItemError | undefined {
  if (ownSnapshotOrNone(call, snapshotId) === undefined) return missing(snapshotId);
  const known = call.world.fastSnapshotRestores.get(restoreId(call.account, snapshotId, zone));
  if (known !== undefined && (isOn(known) || known.state === 'disabling')) return undefined;
  return {
    Code: 'InvalidParameterValue',
    Message: `Fast snapshot restore of '${snapshotId}' in ${zone} is not enabled.`,
  };
}

/** Starts to enable the restore. Enabling it again changes nothing (assumed). */
export function enableRestore(call: Call, snapshotId: string, zone: string): FastSnapshotRestoreRecord {
  const { world, account, region, now } = call;
  const id = restoreId(account, snapshotId, zone);
  const known = world.fastSnapshotRestores.get(id);
  if (known !== undefined && isOn(known)) return known;
  return change(
    world,
    {
      id,
      account,
      region,
      snapshotId,
      availabilityZone: zone,
      state: 'enabling',
      reason: 'Client.UserInitiated',
      enablingTime: now,
    },
    now,
    drawSeconds(world.seed, 'fast-restore.enabling', id, now),
  );
}

export function disableRestore(call: Call, snapshotId: string, zone: string): FastSnapshotRestoreRecord {
  const { world, account, now } = call;
  const id = restoreId(account, snapshotId, zone);
  const known = world.fastSnapshotRestores.get(id) as FastSnapshotRestoreRecord;
  if (known.state === 'disabling') return known;
  return change(
    world,
    { ...known, state: 'disabling', reason: 'Client.UserInitiated', disablingTime: now },
    now,
    drawSeconds(world.seed, 'fast-restore.disabling', id, now),
  );
}

/** EC2 disables the restores of a deleted snapshot (EBS user guide, Configure fast snapshot restore). */
export function forgetRestores(world: World, snapshotId: string): void {
  for (const { id, ...restore } of world.fastSnapshotRestores.all()) {
    if (restore.snapshotId === snapshotId) world.fastSnapshotRestores.delete(id);
  }
}

/** Writes the state, and schedules the next one. */
function change(
  world: World,
  record: FastSnapshotRestoreRecord,
  at: number,
  seconds: number,
): FastSnapshotRestoreRecord {
  const nextAt = at + seconds * 1000;
  schedule(world, 'fast-restore.next', record.id, nextAt);
  return world.fastSnapshotRestores.put({ ...record, nextAt }, at, lagMs(world, record.id));
}

export const fastRestoreTransitions: TransitionHandlers = {
  'fast-restore.next': (world, id, at) => {
    const record = world.fastSnapshotRestores.get(id);
    // The restore has been disabled or enabled in the meantime, or its snapshot is gone.
    if (record?.nextAt !== at) return;
    const { nextAt: _past, ...rest } = record;
    const lag = lagMs(world, id);
    if (record.state === 'enabling') {
      const { volumeSizeGiB = 0 } = world.snapshots.get(record.snapshotId) ?? {};
      const perTiB = drawSeconds(world.seed, 'fast-restore.optimizing.perTiB', id, at);
      const optimizing = { ...rest, state: 'optimizing', optimizingTime: at } as const;
      change(world, optimizing, at, (perTiB * volumeSizeGiB) / 1024);
    } else if (record.state === 'optimizing') {
      world.fastSnapshotRestores.put({ ...rest, state: 'enabled', enabledTime: at }, at, lag);
    } else {
      world.fastSnapshotRestores.put({ ...rest, state: 'disabled', disabledTime: at }, at, lag);
    }
  },
};

/** The snapshot, if the caller owns it. A snapshot of another account is not emulated here, and counts as missing. */
function ownSnapshotOrNone({ world, account, region, now }: Call, id: string): SnapshotRecord | undefined {
  const snapshot = world.snapshots.seen(id, now);
  if (snapshot?.account !== account || snapshot.region !== region) return undefined;
  return world.snapshots.get(id);
}

function missing(id: string): ItemError {
  const { code, message } = snapshotNotFound(id);
  return { Code: code, Message: message };
}

const date = (at: number | undefined) => (at === undefined ? undefined : new Date(at));

/** The fields that all three operations answer with. */
export function restoreShape(record: FastSnapshotRestoreRecord) {
  return {
    SnapshotId: record.snapshotId,
    AvailabilityZone: record.availabilityZone,
    State: record.state,
    StateTransitionReason: record.reason,
    OwnerId: record.account,
    EnablingTime: date(record.enablingTime),
    OptimizingTime: date(record.optimizingTime),
    EnabledTime: date(record.enabledTime),
    DisablingTime: date(record.disablingTime),
    DisabledTime: date(record.disabledTime),
  };
}
