import {
  type CreateVolumePermission,
  type CreateVolumePermissionModifications,
  DescribeImageAttributeCommand,
  DescribeSnapshotAttributeCommand,
  type EC2Client,
  type LaunchPermission,
  ModifyImageAttributeCommand,
  ModifySnapshotAttributeCommand,
} from '@aws-sdk/client-ec2';
import { type Permission, type SharingChange, snapshotCalls } from '../build/sharing.ts';

/** The permissions of an image or a snapshot, which only its owner can read and change. */
export interface PermissionList {
  readonly id: string;
  read(): Promise<Permission[]>;
  change(change: SharingChange): Promise<void>;
}

/**
 * Who can launch an image. One call changes all permissions: a call can contain 10,000 accounts, and an image can have 1,000 permissions
 * (EC2 API reference, LaunchPermission; EC2 user guide, AMI quotas).
 */
export const launchPermissions = (ec2: EC2Client, ImageId: string): PermissionList => ({
  id: ImageId,
  async read() {
    const input = { ImageId, Attribute: 'launchPermission' } as const;
    const { LaunchPermissions = [] } = await ec2.send(new DescribeImageAttributeCommand(input));
    return LaunchPermissions.map(permissionOf);
  },
  async change(change) {
    const input = { ImageId, Attribute: 'launchPermission', LaunchPermission: modificationOf(change) };
    await ec2.send(new ModifyImageAttributeCommand(input));
  },
});

/** Who can create volumes from a snapshot: accounts, or everyone. EC2 knows no organizations here. */
export const createVolumePermissions = (ec2: EC2Client, SnapshotId: string): PermissionList => ({
  id: SnapshotId,
  async read() {
    const input = { SnapshotId, Attribute: 'createVolumePermission' } as const;
    const { CreateVolumePermissions = [] } = await ec2.send(new DescribeSnapshotAttributeCommand(input));
    return CreateVolumePermissions.map(permissionOf);
  },
  async change(change) {
    for (const call of snapshotCalls(change)) {
      const CreateVolumePermission = modificationOf(call) as CreateVolumePermissionModifications;
      const input = { SnapshotId, Attribute: 'createVolumePermission', CreateVolumePermission } as const;
      await ec2.send(new ModifySnapshotAttributeCommand(input));
    }
  },
});

const modificationOf = ({ add, remove }: SharingChange) => ({
  ...(add.length > 0 && { Add: add }),
  ...(remove.length > 0 && { Remove: remove }),
});

/** Keeps the one key that is set: the SDK may return the other keys as `undefined`. */
function permissionOf(permission: LaunchPermission | CreateVolumePermission): Permission {
  return Object.fromEntries(
    Object.entries(permission).filter(([, value]) => value !== undefined),
  ) as Permission;
}
