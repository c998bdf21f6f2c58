import type {
  ResetSnapshotAttributeCommandInput,
  ResetSnapshotAttributeCommandOutput,
} from '@aws-sdk/client-ec2';
import { invalidParameter, missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';
import { ownSnapshot, putSnapshot } from './snapshots.ts';

/**
 * Resets the permissions, so that only the owner can use the snapshot. No other attribute can be reset (EC2
 * API reference, ResetSnapshotAttribute).
 */
export const resetSnapshotAttribute: Operation<
  ResetSnapshotAttributeCommandInput,
  ResetSnapshotAttributeCommandOutput
> = {
  kind: 'write',
  accepts: ['Attribute', 'DryRun', 'SnapshotId'],
  run(input, call) {
    const { Attribute, SnapshotId } = input;
    if (Attribute === undefined) throw missingParameter('Attribute');
    if (SnapshotId === undefined) throw missingParameter('SnapshotId');
    checkOneOf('attribute', Attribute, ['createVolumePermission', 'productCodes']);
    if (Attribute === 'productCodes') {
      throw invalidParameter('The attribute productCodes of a snapshot cannot be reset.');
    }
    const snapshot = ownSnapshot(call, SnapshotId);
    checkDryRun(input);
    const { public: _public, sharedWith: _sharedWith, ...rest } = snapshot;
    putSnapshot(call.world, rest, call.now);
    return {};
  },
};
