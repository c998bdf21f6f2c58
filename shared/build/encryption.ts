import { isBuilt, type Recipe } from '../recipe/recipe.ts';
import { notInImage } from './image-attributes.ts';
import { isShared } from './sharing.ts';

/** The encryption settings of EBS in a region. */
export interface EbsEncryption {
  /** Whether EBS encrypts all new volumes and copies, also without a request for encryption. */
  readonly byDefault: boolean;
  readonly key: DefaultKey;
}

/** The key that EBS uses if a call names no key. */
export interface DefaultKey {
  /** The id in EC2's answer. */
  readonly id: string;
  /** `AWS`: an AWS managed key, which no other account can use (KMS developer guide, "AWS managed keys"). */
  readonly manager: 'AWS' | 'customer';
  /** The state in KMS (KMS developer guide, "Key states"); `undefined`: the key does not exist. */
  readonly state: string | undefined;
  readonly use: KeyUse;
}

/** Whether the pipeline may use a key. `why`: the reason in words, if the answer is not `allowed`. */
export type KeyUse = { readonly is: 'allowed' } | { readonly is: 'denied' | 'unknown'; readonly why: string };

/** The AWS managed key for EBS, under its name in EC2. This key is always enabled, and the account may use it through EC2. */
export const AWS_MANAGED_KEY: DefaultKey = {
  id: 'alias/aws/ebs',
  manager: 'AWS',
  state: 'Enabled',
  use: { is: 'allowed' },
};

/** A volume of the base. */
export interface BaseVolume {
  readonly device: string;
  readonly encrypted: boolean;
}

/** The facts that decide which keys a build uses. */
export interface EncryptionFacts {
  readonly account: string;
  readonly region: string;
  /** By region: the deployment's region, and the target regions where EBS encrypts by default. */
  readonly encryption: ReadonlyMap<string, EbsEncryption>;
  /** The volumes of the base, and their owner; `undefined`: there is no base. */
  readonly volumes: { readonly owner: string; readonly all: readonly BaseVolume[] } | undefined;
}

/** The regions where a build uses the default key: the home region for new volumes, the others for copies. */
function keysInUse(recipe: Recipe, facts: EncryptionFacts): { region: string; key: DefaultKey }[] {
  const { region: home, encryption } = facts;
  const used = (region: string) =>
    region === home ? usesHomeKey(recipe, facts) : encryption.get(region)?.byDefault;
  return [...new Set([home, ...recipe.regions])].flatMap((region) => {
    const key = encryption.get(region)?.key;
    return key !== undefined && used(region) === true ? [{ region, key }] : [];
  });
}

/**
 * Whether a volume of the builder is encrypted with the default key of its region. A volume from an encrypted snapshot of the account keeps
 * the snapshot's key. A volume from another account's encrypted snapshot gets the default key (EBS user guide, "Encryption outcomes"). A
 * base that is an instance keeps its volumes.
 */
function usesHomeKey(recipe: Recipe, { account, region, encryption, volumes }: EncryptionFacts): boolean {
  if (!isBuilt(recipe) || volumes === undefined) return false;
  const { byDefault = false } = encryption.get(region) ?? {};
  const isNew = recipe.build.volumes.some(
    ({ device }) => !volumes.all.some((volume) => volume.device === device),
  );
  if (isNew && byDefault) return true;
  return volumes.all.some(({ encrypted }) => (encrypted ? volumes.owner !== account : byDefault));
}

/** Reasons of encryption by default why a build would fail, or why its images could not be shared. */
export function encryptionRefusals(recipe: Recipe, facts: EncryptionFacts): string[] {
  const image = onlyInImage(recipe, facts);
  return [
    ...keysInUse(recipe, facts).flatMap(keyRefusals),
    ...sharingRefusals(recipe, image.facts, keysInUse(image.recipe, image.facts)),
  ];
}

/** The recipe and the facts without the volumes that are not part of the image: these volumes are not shared. */
function onlyInImage(recipe: Recipe, facts: EncryptionFacts): { recipe: Recipe; facts: EncryptionFacts } {
  const { volumes } = facts;
  if (!isBuilt(recipe) || volumes === undefined) return { recipe, facts };
  const without = notInImage(recipe);
  const isIn = ({ device }: { device: string }) => !without.includes(device);
  return {
    recipe: { ...recipe, build: { ...recipe.build, volumes: recipe.build.volumes.filter(isIn) } },
    facts: { ...facts, volumes: { ...volumes, all: volumes.all.filter(isIn) } },
  };
}

/** Warnings about keys of the build that Plan could not check. */
export function encryptionWarnings(recipe: Recipe, facts: EncryptionFacts): string[] {
  return keysInUse(recipe, facts).flatMap(({ region, key: { id, use } }) =>
    use.is === 'unknown'
      ? [
          `EBS encrypts with the key ${id} in ${region}, but Plan could not check whether the pipeline may use this key: ${use.why}. ` +
            'If the pipeline may not use the key, the launch or the copy fails',
        ]
      : [],
  );
}

/** Whether a key in this state encrypts (KMS developer guide, "Key state table"). */
export const isUsable = (state: string | undefined): boolean => state === 'Enabled' || state === 'Updating';

/** How to make a key usable, by its state. */
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
  const encrypts = `EBS encrypts with the key ${id} in ${region}, but`;
  const other = `choose another default key in ${region} (aws ec2 modify-ebs-default-kms-key-id --region ${region})`;
  if (state === undefined) return [`${encrypts} this key does not exist: ${other}`];
  if (!isUsable(state)) {
    const remedy = remedies[state];
    return [`${encrypts} this key is ${state}: ${remedy === undefined ? '' : `${remedy}, or `}${other}`];
  }
  if (use.is !== 'denied') return [];
  return [
    `${encrypts} the pipeline may not use this key, because ${use.why}: add the statement from docs/bases.md ` +
      `("Encryption by default") to the policy of the key, or ${other}`,
  ];
}

/** An image with encrypted snapshots can be shared only with accounts that can use the key. */
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
    : 'no other account can use the AWS managed key that EBS encrypts with';
  const reasons =
    unfit.length === 0
      ? []
      : [
          `EBS encrypts by default in ${unfit.join(', ')}, but ${why}: ` +
            'turn off encryption by default there (aws ec2 disable-ebs-encryption-by-default), or leave out share',
        ];
  const isEncrypted =
    keys.some(({ region }) => region === home) || volumes?.all.some(({ encrypted }) => encrypted) === true;
  const copies = regions.filter((region) => region !== home && encryption.get(region)?.byDefault !== true);
  // Another refusal, about the default or the base, already says that an encrypted image cannot be public.
  if (share.public || !isEncrypted || copies.length === 0) return reasons;
  return [
    ...reasons,
    `the image is encrypted in ${home}, so EC2 encrypts its copies in ${copies.join(', ')} with the AWS managed key (${AWS_MANAGED_KEY.id}), ` +
      'which no other account can use: turn on encryption by default there with a customer managed key ' +
      '(aws ec2 enable-ebs-encryption-by-default, modify-ebs-default-kms-key-id), or leave out share',
  ];
}
