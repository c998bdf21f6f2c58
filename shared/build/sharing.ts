import type { Share } from './execution-document.ts';

/** One permission of an image or a snapshot in EC2's form: exactly one of the keys. */
export type Permission =
  | { UserId: string }
  | { Group: 'all' }
  | { OrganizationArn: string }
  | { OrganizationalUnitArn: string };

/** The permissions to add to an image or a snapshot, and to remove from it. */
export interface SharingChange {
  readonly add: Permission[];
  readonly remove: Permission[];
}

/** The permissions that the recipe gives to other accounts. */
export interface WantedSharing {
  /** Who can launch the image. EC2 reads the snapshots for the launch. */
  readonly launch: readonly Permission[];
  /** Who can create volumes from the snapshots. To copy an image, an account needs both permissions (EC2 user guide, Copy an AMI). */
  readonly createVolume: readonly Permission[];
}

export function wantedSharing(share: Share): WantedSharing {
  const accounts = share.accounts.map((UserId) => ({ UserId }));
  const everyone = share.public ? [{ Group: 'all' as const }] : [];
  return {
    launch: [
      ...accounts,
      ...share.organizations.map((OrganizationArn) => ({ OrganizationArn })),
      ...share.organizationalUnits.map((OrganizationalUnitArn) => ({ OrganizationalUnitArn })),
      ...everyone,
    ],
    createVolume: share.copyable ? [...accounts, ...everyone] : [],
  };
}

/** Compares the wanted permissions with the actual ones. If both lists of the result are empty, no change is needed. */
export function sharingChange(wanted: readonly Permission[], actual: readonly Permission[]): SharingChange {
  const wantedKeys = new Set(wanted.map(keyOf));
  const actualKeys = new Set(actual.map(keyOf));
  return {
    add: wanted.filter((permission) => !actualKeys.has(keyOf(permission))),
    remove: actual.filter((permission) => !wantedKeys.has(keyOf(permission))),
  };
}

/**
 * The change for an image or a snapshot of an earlier release. `mayAdd`: whether other accounts may get new permissions. If the recipe has
 * become public, the earlier release stays as it is: it does not become public, and nobody has left the list.
 */
export function earlierChange(
  wanted: readonly Permission[],
  actual: readonly Permission[],
  mayAdd: boolean,
): SharingChange {
  if (wanted.some(isEveryone)) return { add: [], remove: [] };
  const { add, remove } = sharingChange(wanted, actual);
  return { add: mayAdd ? add : [], remove };
}

export const isEmpty = ({ add, remove }: SharingChange): boolean => add.length + remove.length === 0;

/** The maximum number of permissions of a snapshot that one call can change (EC2 API reference, ModifySnapshotAttribute). */
const SNAPSHOT_CHANGES_MAX = 500;

/**
 * Splits the change of a snapshot into calls. EC2 does not add and remove permissions of a snapshot in one call (same source). The removals
 * come first, so that no failure to add keeps a permission that must go.
 */
export function snapshotCalls({ add, remove }: SharingChange): SharingChange[] {
  return [
    ...inBatches(remove).map((batch) => ({ add: [], remove: batch })),
    ...inBatches(add).map((batch) => ({ add: batch, remove: [] })),
  ];
}

function inBatches(permissions: readonly Permission[]): Permission[][] {
  const count = Math.ceil(permissions.length / SNAPSHOT_CHANGES_MAX);
  return Array.from({ length: count }, (_, index) =>
    permissions.slice(index * SNAPSHOT_CHANGES_MAX, (index + 1) * SNAPSHOT_CHANGES_MAX),
  );
}

/** The maximum number of launch permissions in a message. */
const SHOWN_MAX = 20;

/** How to fix launch permissions that EC2 refuses. EC2's message does not always name the refused value. */
export function sharingFix({ add }: SharingChange): string {
  const fields = Object.entries(fieldsOfShare).flatMap(([key, field]) => {
    const values = add.flatMap((permission) => Object.entries(permission)).filter(([kind]) => kind === key);
    if (values.length === 0) return [];
    const shown = values.slice(0, SHOWN_MAX).map(([, value]) => value);
    const more = values.length > SHOWN_MAX ? ` and ${values.length - SHOWN_MAX} more` : '';
    return [{ field, sent: `${field} ${shown.join(', ')}${more}` }];
  });
  return (
    `The call added ${fields.map(({ sent }) => sent).join('; ')}. ` +
    `Check ${fields.map(({ field }) => field).join(' and ')}: each must exist and be active`
  );
}

/** The field of the recipe for each kind of launch permission that can be refused. */
const fieldsOfShare = {
  UserId: 'share.accounts',
  OrganizationArn: 'share.organizations',
  OrganizationalUnitArn: 'share.organizationalUnits',
};

function keyOf(permission: Permission): string {
  return Object.entries(permission).join();
}

const isEveryone = (permission: Permission): boolean => 'Group' in permission;

/** Whether the recipe shares the image with any other account. */
export const isShared = (share: Share): boolean =>
  share.public || share.accounts.length + share.organizations.length + share.organizationalUnits.length > 0;

/** The list without the account that owns the image. A launch permission for the owner would have no effect. */
export const withoutAccount = (share: Share, account: string): Share => ({
  ...share,
  accounts: share.accounts.filter((id) => id !== account),
});
