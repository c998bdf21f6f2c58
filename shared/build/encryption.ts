import { isBuilt, type Recipe } from '../recipe/recipe.ts';
import { isShared } from './sharing.ts';

/** What EBS encrypts with in a region. */
export interface EbsEncryption {
  /** Whether EBS encrypts new volumes and copies though nobody asks for it. */
  readonly byDefault: boolean;
  readonly key: DefaultKey;
}

/** The key that EBS takes where none is named. */
export interface DefaultKey {
  /** As EC2 names it. */
  readonly id: string;
  /** `AWS`: AWS manages it, so no other account can ever use it (KMS developer guide, "AWS managed keys"). */
  readonly manager: 'AWS' | 'customer';
  /** As KMS has it (KMS developer guide, "Key states"); `undefined`: there is no such key. */
  readonly state: string | undefined;
  readonly use: KeyUse;
}

/** Whether the pipeline may use a key. `why` says it in words: of one that it may not, and of one of which that is not known. */
export type KeyUse = { readonly is: 'allowed' } | { readonly is: 'denied' | 'unknown'; readonly why: string };

/** What EC2 calls the key that AWS manages for EBS. It is always enabled, and open to the account through EC2. */
export const AWS_MANAGED_KEY: DefaultKey = {
  id: 'alias/aws/ebs',
  manager: 'AWS',
  state: 'Enabled',
  use: { is: 'allowed' },
};

/** A volume that a build begins with. */
export interface BaseVolume {
  readonly device: string;
  readonly encrypted: boolean;
}

/** What must be known to tell what a build encrypts with. */
export interface EncryptionFacts {
  readonly account: string;
  readonly region: string;
  /** By region: of the deployment's, and of the targets where EBS encrypts by default. */
  readonly encryption: ReadonlyMap<string, EbsEncryption>;
  /** The volumes of the base, and whose they are; `undefined`: there is no base. */
  readonly volumes: { readonly owner: string; readonly all: readonly BaseVolume[] } | undefined;
}

/** Where a build uses a default key: `home` for new volumes, elsewhere for copies. */
function keysInUse(recipe: Recipe, facts: EncryptionFacts): { region: string; key: DefaultKey }[] {
  const { region: home, encryption } = facts;
  const used = (region: string) =>
    region === home ? takesHomeKey(recipe, facts) : encryption.get(region)?.byDefault;
  return [...new Set([home, ...recipe.regions])].flatMap((region) => {
    const key = encryption.get(region)?.key;
    return key !== undefined && used(region) === true ? [{ region, key }] : [];
  });
}

/**
 * Whether a builder has a volume under the default key of its region. A volume keeps the key of the account's own encrypted snapshot;
 * one of another account's takes the default key (EBS user guide, "Encryption outcomes"). An instance keeps its volumes.
 */
function takesHomeKey(recipe: Recipe, { account, region, encryption, volumes }: EncryptionFacts): boolean {
  if (!isBuilt(recipe) || volumes === undefined) return false;
  const { byDefault = false } = encryption.get(region) ?? {};
  const isNew = recipe.build.volumes.some(
    ({ device }) => !volumes.all.some((volume) => volume.device === device),
  );
  if (isNew && byDefault) return true;
  return volumes.all.some(({ encrypted }) => (encrypted ? volumes.owner !== account : byDefault));
}

/** Why what a build encrypts by default could not be encrypted, or not be shared. */
export function encryptionRefusals(recipe: Recipe, facts: EncryptionFacts): string[] {
  const keys = keysInUse(recipe, facts);
  return [...keys.flatMap(keyRefusals), ...sharingRefusals(recipe, facts, keys)];
}

/** What nobody could find out of keys that a build uses. */
export function encryptionWarnings(recipe: Recipe, facts: EncryptionFacts): string[] {
  return keysInUse(recipe, facts).flatMap(({ region, key: { id, use } }) =>
    use.is === 'unknown'
      ? [
          `EBS encrypts with the key ${id} in ${region}, and it is not known whether the pipeline may use that key: ${use.why}. ` +
            'If it may not, the launch or the copy fails',
        ]
      : [],
  );
}

/** Whether a key in this state encrypts (KMS developer guide, "Key state table"). */
export const isUsable = (state: string | undefined): boolean => state === 'Enabled' || state === 'Updating';

/** What makes a key usable that is in another state. */
const remedies: Readonly<Record<string, string>> = {
  Disabled: 'enable it (aws kms enable-key)',
  PendingDeletion: 'cancel its deletion (aws kms cancel-key-deletion) and enable it (aws kms enable-key)',
  PendingReplicaDeletion:
    'cancel its deletion (aws kms cancel-key-deletion) and enable it (aws kms enable-key)',
  PendingImport: 'import its key material (aws kms import-key-material)',
  Unavailable: 'connect its key store (aws kms connect-custom-key-store)',
  Creating: 'wait until it is Enabled',
};

function keyRefusals({ region, key: { id, state, use } }: { region: string; key: DefaultKey }): string[] {
  const encrypts = `EBS encrypts with the key ${id} in ${region}, and`;
  const other = `choose another default key in ${region} (aws ec2 modify-ebs-default-kms-key-id --region ${region})`;
  if (state === undefined) return [`${encrypts} there is no such key: ${other}`];
  if (!isUsable(state)) {
    const remedy = remedies[state];
    return [`${encrypts} that key is ${state}: ${remedy === undefined ? '' : `${remedy}, or `}${other}`];
  }
  if (use.is !== 'denied') return [];
  return [
    `${encrypts} the pipeline may not use that key, because ${use.why}: add the statement from docs/bases.md ` +
      `("Encryption by default") to the policy of the key, or ${other}`,
  ];
}

/** An image whose snapshots are encrypted is shared with nobody who could not use the key. */
function sharingRefusals(
  { share, regions }: Recipe,
  { region: home, encryption, volumes }: EncryptionFacts,
  keys: readonly { region: string; key: DefaultKey }[],
): string[] {
  if (!isShared(share)) return [];
  const unfit = keys
    .filter(
      ({ region, key }) => share.public || (key.manager === 'AWS' && regions.some((one) => one === region)),
    )
    .map(({ region }) => region);
  const why = share.public
    ? 'an encrypted image cannot be public'
    : 'no other account can use the key of AWS that it encrypts with';
  const reasons =
    unfit.length === 0
      ? []
      : [
          `EBS encrypts by default in ${unfit.join(', ')}, and ${why}: ` +
            'turn that off there (aws ec2 disable-ebs-encryption-by-default), or share the image with nobody',
        ];
  const isEncrypted =
    keys.some(({ region }) => region === home) || volumes?.all.some(({ encrypted }) => encrypted) === true;
  const copies = regions.filter((region) => region !== home && encryption.get(region)?.byDefault !== true);
  // That an encrypted image cannot be public is said already, of the default or of the base.
  if (share.public || !isEncrypted || copies.length === 0) return reasons;
  return [
    ...reasons,
    `the image is encrypted in ${home}, so EC2 encrypts its copies in ${copies.join(', ')} with the key that AWS manages (${AWS_MANAGED_KEY.id}), ` +
      'which no other account can use: turn on encryption by default there with a key of the account ' +
      '(aws ec2 enable-ebs-encryption-by-default, modify-ebs-default-kms-key-id), or share the image with nobody',
  ];
}
