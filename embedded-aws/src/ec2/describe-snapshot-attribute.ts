import type {
  CreateVolumePermission,
  DescribeSnapshotAttributeCommandInput,
  DescribeSnapshotAttributeCommandOutput,
} from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';
import { ownSnapshot } from './snapshots.ts';

/**
 * Describes one attribute per call, for the owner only. Snapshots of customers have no product codes in the
 * embedded AWS.
 */
export const describeSnapshotAttribute: Operation<
  DescribeSnapshotAttributeCommandInput,
  DescribeSnapshotAttributeCommandOutput
> = {
  kind: 'read',
  accepts: ['Attribute', 'DryRun', 'SnapshotId'],
  run(input, call) {
    const { Attribute, SnapshotId } = input;
    if (Attribute === undefined) throw missingParameter('Attribute');
    if (SnapshotId === undefined) throw missingParameter('SnapshotId');
    checkOneOf('attribute', Attribute, ['createVolumePermission', 'productCodes']);
    const { sharedWith = [], public: isPublic } = ownSnapshot(call, SnapshotId);
    checkDryRun(input);
    if (Attribute === 'productCodes') return { SnapshotId, ProductCodes: [] };
    const all: CreateVolumePermission[] = isPublic ? [{ Group: 'all' }] : [];
    return {
      SnapshotId,
      CreateVolumePermissions: [...all, ...sharedWith.map((UserId) => ({ UserId }))],
    };
  },
};
