import type {
  DisableFastSnapshotRestoresCommandInput,
  DisableFastSnapshotRestoresCommandOutput,
  EnableFastSnapshotRestoresCommandInput,
  EnableFastSnapshotRestoresCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError, missingParameter } from '../core/errors.ts';
import type { Call, Operation } from '../core/service.ts';
import {
  disableRefusal,
  disableRestore,
  enableRefusal,
  enableRestore,
  type ItemError,
  restoreShape,
} from './fast-snapshot-restores.ts';
import type { FastSnapshotRestoreRecord } from './records.ts';
import { checkDryRun, checkIds } from './refusals.ts';

interface Input {
  readonly AvailabilityZones?: readonly string[] | undefined;
  readonly SourceSnapshotIds?: readonly string[] | undefined;
  readonly DryRun?: boolean | undefined;
}

const snapshotsPerCallMax = 10;

/** A call succeeds even if it is refused for some or all pairs of snapshot and zone. The answer lists these pairs. */
function changeEach(
  input: Input,
  call: Call,
  refusal: (call: Call, snapshotId: string, zone: string) => ItemError | undefined,
  change: (call: Call, snapshotId: string, zone: string) => FastSnapshotRestoreRecord,
) {
  const { AvailabilityZones: zones = [], SourceSnapshotIds: snapshotIds = [] } = input;
  if (zones.length === 0) throw missingParameter('AvailabilityZone');
  if (snapshotIds.length === 0) throw missingParameter('SourceSnapshotId');
  // pingcap/tidb#48505.
  if (snapshotIds.length > snapshotsPerCallMax) {
    throw new AwsError(
      'InvalidRequest',
      `Number of values of parameter SourceSnapshotIds must be less than or equal to ${snapshotsPerCallMax}.`,
    );
  }
  checkIds('snap', snapshotIds);
  checkDryRun(input);
  const Successful: ReturnType<typeof restoreShape>[] = [];
  const Unsuccessful = [...new Set(snapshotIds)].flatMap((SnapshotId) => {
    const errors = [...new Set(zones)].flatMap((AvailabilityZone) => {
      const refused = refusal(call, SnapshotId, AvailabilityZone);
      if (refused !== undefined) return [{ AvailabilityZone, Error: refused }];
      Successful.push(restoreShape(change(call, SnapshotId, AvailabilityZone)));
      return [];
    });
    return errors.length === 0 ? [] : [{ SnapshotId, FastSnapshotRestoreStateErrors: errors }];
  });
  return { Successful, Unsuccessful };
}

export const enableFastSnapshotRestores: Operation<
  EnableFastSnapshotRestoresCommandInput,
  EnableFastSnapshotRestoresCommandOutput
> = {
  kind: 'write',
  accepts: ['AvailabilityZones', 'DryRun', 'SourceSnapshotIds'],
  run: (input, call) => changeEach(input, call, enableRefusal, enableRestore),
};

export const disableFastSnapshotRestores: Operation<
  DisableFastSnapshotRestoresCommandInput,
  DisableFastSnapshotRestoresCommandOutput
> = {
  kind: 'write',
  accepts: ['AvailabilityZones', 'DryRun', 'SourceSnapshotIds'],
  run: (input, call) => changeEach(input, call, disableRefusal, disableRestore),
};
