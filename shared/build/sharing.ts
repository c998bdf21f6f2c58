import type { Share } from './execution-document.ts';

/** One launch permission of an image in EC2's form: exactly one of the keys. */
export type Permission =
  | { UserId: string }
  | { Group: 'all' }
  | { OrganizationArn: string }
  | { OrganizationalUnitArn: string };

/** The launch permissions to add to an image and to remove from it. */
export interface SharingChange {
  readonly add: Permission[];
  readonly remove: Permission[];
}

/** Compares the recipe's list with the image's launch permissions. If both lists of the result are empty, the image needs no change. */
export function sharingChange(wanted: Share, actual: readonly Permission[]): SharingChange {
  const want = permissionsOf(wanted);
  const wantedKeys = new Set(want.map(keyOf));
  const actualKeys = new Set(actual.map(keyOf));
  return {
    add: want.filter((permission) => !actualKeys.has(keyOf(permission))),
    remove: actual.filter((permission) => !wantedKeys.has(keyOf(permission))),
  };
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

/** Whether the recipe shares the image with any other account. */
export const isShared = (share: Share): boolean =>
  share.public || share.accounts.length + share.organizations.length + share.organizationalUnits.length > 0;

/** The list without the account that owns the image. A launch permission for the owner would have no effect. */
export const withoutAccount = (share: Share, account: string): Share => ({
  ...share,
  accounts: share.accounts.filter((id) => id !== account),
});
