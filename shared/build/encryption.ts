import { isBuilt, isCopied, type Recipe } from '../recipe/recipe.ts';
import { usesStackKeys } from '../recipe/stack-key.ts';
import {
  AWS_MANAGED_KEY,
  type EncryptionKey,
  type KeyInUse,
  keyRefusals,
  keyWarnings,
} from './encryption-key.ts';
import { notInImage } from './image-attributes.ts';
import { consumerWarnings, keyConsumerRefusals, managedKeyRefusals } from './key-sharing.ts';
import { isShared } from './sharing.ts';

/** The encryption settings of EBS in a region. */
export interface EbsEncryption {
  /** Whether EBS encrypts all new volumes and copies, also without a request for encryption. */
  readonly byDefault: boolean;
  /** The key that EBS uses if a call names no key. */
  readonly key: EncryptionKey;
}

/** A volume of the base. */
export interface BaseVolume {
  readonly device: string;
  readonly encrypted: boolean;
  /** The ARN of its key; absent: it is not encrypted, or EC2 does not show the key for this kind of base. */
  readonly key?: string;
}

/** The facts that decide which keys a build uses. */
export interface EncryptionFacts {
  readonly account: string;
  readonly region: string;
  /** By region: the deployment's region, and the target regions where EBS encrypts by default. */
  readonly encryption: ReadonlyMap<string, EbsEncryption>;
  /** The keys that the recipe names, by region. */
  readonly keys: ReadonlyMap<string, EncryptionKey>;
  /** The volumes of the base, and their owner; `undefined`: there is no base. */
  readonly volumes: { readonly owner: string; readonly all: readonly BaseVolume[] } | undefined;
}

/**
 * The keys that a build uses: in the home region for the volumes of the builder, in the other regions for the copies. If the recipe names
 * keys, no default key is used.
 */
function keysInUse(recipe: Recipe, facts: EncryptionFacts): KeyInUse[] {
  const { region: home, encryption, keys } = facts;
  const used = (region: string) =>
    region === home ? usesHomeKey(recipe, facts) : encryption.get(region)?.byDefault;
  return [...new Set([home, ...recipe.regions])].flatMap((region): KeyInUse[] => {
    const place = { region, isHome: region === home };
    if (recipe.encryption !== undefined) {
      const key = keys.get(region);
      const by = usesStackKeys(recipe) ? 'stack' : 'recipe';
      return key === undefined ? [] : [{ ...place, key, by }];
    }
    const key = encryption.get(region)?.key;
    return key !== undefined && used(region) === true ? [{ ...place, key, by: 'account' }] : [];
  });
}

/**
 * Whether a volume of the builder is encrypted with the default key of its region. A volume from an encrypted snapshot of the account keeps
 * the snapshot's key. A volume from another account's encrypted snapshot gets the default key (EBS user guide, "Encryption outcomes"). A
 * base that is an instance keeps its volumes. A copy of the base gets the default key only if EBS encrypts by default (EBS user guide, "Copy
 * an Amazon EBS snapshot").
 */
function usesHomeKey(recipe: Recipe, { account, region, encryption, volumes }: EncryptionFacts): boolean {
  const { byDefault = false } = encryption.get(region) ?? {};
  if (isCopied(recipe)) return byDefault;
  if (!isBuilt(recipe) || volumes === undefined) return false;
  const isNew = recipe.build.volumes.some(
    ({ device }) => !volumes.all.some((volume) => volume.device === device),
  );
  if (isNew && byDefault) return true;
  return volumes.all.some(({ encrypted }) => (encrypted ? volumes.owner !== account : byDefault));
}

/** Reasons of encryption why a build would fail, or why its images could not be shared or launched. */
export const encryptionRefusals = (recipe: Recipe, facts: EncryptionFacts): string[] => [
  ...homeKeyRefusals(recipe, facts),
  ...imageKeyRefusals(recipe, facts),
];

/** The same for copies of an existing image, which keeps its keys. */
export function copyKeyRefusals(recipe: Recipe, facts: EncryptionFacts): string[] {
  const without = recipe.encryption === undefined ? [] : recipe.regions.filter((one) => !facts.keys.has(one));
  return [
    ...without.map(
      (region) => `encryption.keys names no key for ${region}: add ${region} to encryption.keys`,
    ),
    ...imageKeyRefusals(recipe, facts),
  ];
}

function imageKeyRefusals(recipe: Recipe, facts: EncryptionFacts): string[] {
  const image = onlyInImage(recipe, facts);
  const keys = keysInUse(image.recipe, image.facts);
  return [
    ...keysInUse(recipe, facts).flatMap((used) => keyRefusals(used, facts.account)),
    ...(recipe.encryption === undefined
      ? sharingRefusals(recipe, image.facts, keys)
      : managedKeyRefusals(recipe, keys)),
    ...keyConsumerRefusals(recipe, keys),
  ];
}

/** Warnings about keys of the build that Plan could not check. */
export function encryptionWarnings(recipe: Recipe, facts: EncryptionFacts): string[] {
  const image = onlyInImage(recipe, facts);
  return [
    ...keysInUse(recipe, facts).flatMap(keyWarnings),
    ...consumerWarnings(recipe, keysInUse(image.recipe, image.facts)),
  ];
}

/** The keys that a recipe names must include one for the region of the build. An instance must already be encrypted with this key. */
function homeKeyRefusals(recipe: Recipe, { region, keys, volumes }: EncryptionFacts): string[] {
  if (recipe.encryption === undefined) return [];
  const key = keys.get(region);
  if (key === undefined) {
    return [
      `encryption.keys names no key for ${region}, the region of the build: add ${region} to encryption.keys`,
    ];
  }
  if (isBuilt(recipe) || isCopied(recipe)) return [];
  const others = (volumes?.all ?? []).filter((volume) => volume.key !== key.id).map(({ device }) => device);
  if (others.length === 0) return [];
  return [
    `the volumes ${others.join(', ')} of the instance are not encrypted with ${key.id}, and an image of an instance keeps the keys of its ` +
      `volumes: name the key of these volumes for ${region} in encryption.keys, or leave out encryption`,
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

/** An image with encrypted snapshots can be shared only with accounts that can use the key. */
function sharingRefusals(
  recipe: Recipe,
  { region: home, encryption, volumes }: EncryptionFacts,
  keys: readonly KeyInUse[],
): string[] {
  const { share, regions } = recipe;
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
  const copies = regions.filter(
    (region) => (region !== home || isCopied(recipe)) && encryption.get(region)?.byDefault !== true,
  );
  // Another refusal, about the default or the base, already says that an encrypted image cannot be public.
  if (share.public || !isEncrypted || copies.length === 0) return reasons;
  return [
    ...reasons,
    `the ${isCopied(recipe) ? 'base' : 'image'} is encrypted in ${home}, so EC2 encrypts its copies in ${copies.join(', ')} with the AWS managed key (${AWS_MANAGED_KEY.id}), ` +
      'which no other account can use: turn on encryption by default there with a customer managed key ' +
      '(aws ec2 enable-ebs-encryption-by-default, modify-ebs-default-kms-key-id), or leave out share',
  ];
}
