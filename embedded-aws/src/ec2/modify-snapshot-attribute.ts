import type {
  CreateVolumePermission,
  ModifySnapshotAttributeCommandInput,
  ModifySnapshotAttributeCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter, missingParameter, notEmulated } from '../core/errors.ts';
import type { Call, Operation } from '../core/service.ts';
import { isUnderManagedKey } from './encryption.ts';
import type { SnapshotRecord } from './records.ts';
import { checkAttribute, checkDryRun, checkOneOf, parameterCombination } from './refusals.ts';
import { ownSnapshot, putSnapshot } from './snapshots.ts';

/**
 * Changes who can create volumes and copies from a snapshot. The request uses the structured form or the flat
 * form of older clients.
 */
export const modifySnapshotAttribute: Operation<
  ModifySnapshotAttributeCommandInput,
  ModifySnapshotAttributeCommandOutput
> = {
  kind: 'write',
  accepts: [
    'Attribute',
    'CreateVolumePermission.Add.Group',
    'CreateVolumePermission.Add.UserId',
    'CreateVolumePermission.Remove.Group',
    'CreateVolumePermission.Remove.UserId',
    'DryRun',
    'GroupNames',
    'OperationType',
    'SnapshotId',
    'UserIds',
  ],
  run(input, call) {
    const { SnapshotId } = input;
    if (SnapshotId === undefined) throw missingParameter('SnapshotId');
    const attribute = checkAttribute(input.Attribute, ['createVolumePermission', 'productCodes'], {
      hasField: input.CreateVolumePermission !== undefined,
    });
    if (attribute === 'productCodes') {
      throw invalidParameter('The attribute productCodes of a snapshot cannot be modified.');
    }
    const { add, remove } = changesOf(input);
    for (const permission of [...add, ...remove]) checkPermission(permission);
    const snapshot = ownSnapshot(call, SnapshotId);
    checkSharing(snapshot, add, call);
    checkDryRun(input);
    putSnapshot(call.world, changed(snapshot, add, remove), call.now);
    return {};
  },
};

const changesMax = 500;

interface Changes {
  readonly add: readonly CreateVolumePermission[];
  readonly remove: readonly CreateVolumePermission[];
}

function changesOf(input: ModifySnapshotAttributeCommandInput): Changes {
  const { add, remove } =
    input.CreateVolumePermission === undefined ? flatChanges(input) : structuredChanges(input);
  if (add.length + remove.length === 0) throw parameterCombination('No attributes specified.');
  if (add.length > 0 && remove.length > 0) {
    throw parameterCombination('Permissions cannot be added and removed in one call.');
  }
  if (add.length + remove.length > changesMax) {
    throw invalidParameter(`No more than ${changesMax} permissions can be changed in one call.`);
  }
  return { add, remove };
}

/**
 * Packer sends its permissions in both forms (hashicorp/packer-plugin-amazon, step_modify_ami_attributes.go).
 * The two forms must agree.
 */
function structuredChanges(input: ModifySnapshotAttributeCommandInput): Changes {
  const { Add: add = [], Remove: remove = [] } = input.CreateVolumePermission ?? {};
  const known = new Set([...add, ...remove].flatMap(({ UserId, Group }) => [UserId, Group]));
  const flat = flatPermissions(input);
  const verb = add.length > 0 ? 'add' : 'remove';
  const isContradicted = input.OperationType !== undefined && input.OperationType !== verb;
  if (isContradicted || flat.some(({ UserId, Group }) => !known.has(UserId ?? Group))) {
    throw notEmulated('ec2:ModifySnapshotAttribute with lists that differ from CreateVolumePermission');
  }
  return { add, remove };
}

function flatChanges(input: ModifySnapshotAttributeCommandInput): Changes {
  const permissions = flatPermissions(input);
  const operation = checkOneOf('operationType', input.OperationType, ['add', 'remove']);
  if (permissions.length === 0) return { add: [], remove: [] };
  if (operation === undefined) throw missingParameter('operationType');
  return operation === 'add' ? { add: permissions, remove: [] } : { add: [], remove: permissions };
}

function flatPermissions({
  UserIds = [],
  GroupNames = [],
}: ModifySnapshotAttributeCommandInput): CreateVolumePermission[] {
  return [
    ...UserIds.map((UserId) => ({ UserId })),
    ...GroupNames.map((Group) => ({ Group: Group as 'all' })),
  ];
}

/** A permission names an account or the group `all`. Organizations are not supported. */
function checkPermission({ UserId, Group }: CreateVolumePermission): void {
  if (UserId === undefined && Group === undefined) {
    throw parameterCombination('Each permission must have a userId or a group.');
  }
  if (UserId !== undefined && !/^\d{12}$/.test(UserId)) {
    throw invalidParameter(`Value (${UserId}) for parameter userId is invalid. Invalid user id: "${UserId}"`);
  }
  checkOneOf('group', Group, ['all']);
}

function checkSharing(
  snapshot: SnapshotRecord,
  add: readonly CreateVolumePermission[],
  { world, account, region }: Call,
): void {
  if (add.length === 0) return;
  if (isUnderManagedKey(world, snapshot)) {
    throw new AwsError('OperationNotPermitted', 'Encrypted snapshots with EBS default key cannot be shared');
  }
  if (!add.some(({ Group }) => Group === 'all')) return;
  if (snapshot.encrypted) {
    throw new AwsError('OperationNotPermitted', 'Encrypted snapshots cannot be shared publicly');
  }
  if (world.publicSnapshots.has(`${account}/${region}`)) {
    throw new AwsError(
      'OperationNotPermitted',
      "You can't publicly share this snapshot because block public access for snapshots is enabled for this account.",
    );
  }
}

/** Adding an existing permission or removing a missing permission succeeds and changes nothing. */
function changed(
  snapshot: SnapshotRecord,
  add: readonly CreateVolumePermission[],
  remove: readonly CreateVolumePermission[],
): SnapshotRecord {
  const { public: wasPublic = false, sharedWith = [], ...rest } = snapshot;
  const isRemoved = (id: string) => remove.some(({ UserId }) => UserId === id);
  const accounts = new Set([...sharedWith, ...add.flatMap(({ UserId }) => UserId ?? [])]);
  const isPublic =
    (wasPublic || add.some(({ Group }) => Group === 'all')) && !remove.some(({ Group }) => Group === 'all');
  return {
    ...rest,
    sharedWith: [...accounts].filter((id) => !isRemoved(id)),
    ...(isPublic ? { public: true } : {}),
  };
}
