import type { Share } from './execution-document.ts';

/** One entity in an image's launch permission, in EC2's own form: exactly one of the keys. */
export type Permission =
  | { UserId: string }
  | { Group: 'all' }
  | { OrganizationArn: string }
  | { OrganizationalUnitArn: string };

/** What must be added to an image's launch permission, and what removed, so that it becomes what the recipe says. */
export interface SharingChange {
  readonly add: Permission[];
  readonly remove: Permission[];
}

/** Compares the recipe's list with what the image has; nothing to add and nothing to remove means that it converged. */
export function sharingChange(wanted: Share, actual: readonly Permission[]): SharingChange {
  const want = permissionsOf(wanted);
  const wantedKeys = new Set(want.map(keyOf));
  const actualKeys = new Set(actual.map(keyOf));
  return {
    add: want.filter((permission) => !actualKeys.has(keyOf(permission))),
    remove: actual.filter((permission) => !wantedKeys.has(keyOf(permission))),
  };
}

function permissionsOf(share: Share): Permission[] {
  return [
    ...share.accounts.map((UserId) => ({ UserId })),
    ...share.organizations.map((OrganizationArn) => ({ OrganizationArn })),
    ...share.organizationalUnits.map((OrganizationalUnitArn) => ({ OrganizationalUnitArn })),
    ...(share.public ? [{ Group: 'all' as const }] : []),
  ];
}

function keyOf(permission: Permission): string {
  return Object.entries(permission).join();
}

/** Whether anybody else is to launch the image. */
export const isShared = (share: Share): boolean =>
  share.public || share.accounts.length + share.organizations.length + share.organizationalUnits.length > 0;

/** The same without an account that owns the image. EC2 would list it among the launch permissions, to no effect. */
export const withoutAccount = (share: Share, account: string): Share => ({
  ...share,
  accounts: share.accounts.filter((id) => id !== account),
});
