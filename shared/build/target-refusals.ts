import type { InstanceRecipe, Recipe } from '../recipe/recipe.ts';
import { roleRefusals } from './consumer-roles.ts';
import { copyKeyRefusals, type EncryptionFacts, encryptionRefusals } from './encryption.ts';
import { fastLaunchRefusals } from './fast-launch.ts';
import type { Facts, FoundImage, InstanceFacts, PublishingFacts, RegionFacts } from './plan-facts.ts';
import { volumesOf } from './planned-base.ts';
import { templateRefusals } from './template-versions.ts';

/** The facts that decide about the target regions. */
type ImagedFacts = RegionFacts & Pick<Facts | InstanceFacts, 'base'>;

/** The reasons that concern the target regions, for every kind of build. */
export const targetRefusals = (recipe: Recipe, facts: ImagedFacts & PublishingFacts): string[] => [
  ...regionRefusals(recipe, facts, 'remove it from the recipe'),
  ...encryptionRefusals(recipe, encryptionFacts(facts)),
  ...publishingRefusals(recipe, facts, facts.account),
];

/** Reasons why what follows a release would fail in the target regions. `account`: the account of the pipeline. */
export const publishingRefusals = (recipe: Recipe, facts: PublishingFacts, account: string): string[] => [
  ...roleRefusals(
    recipe.name,
    recipe.publish.roles,
    facts.closedConsumers.filter(({ region }) => recipe.regions.some((one) => one === region)),
    account,
  ),
  ...templateRefusals(facts.launchTemplates, recipe.regions),
  ...fastLaunchRefusals(recipe, facts),
];

/**
 * The recipe of copies of an existing image. `target`: the regions, and who gets the copies. As for the image of an instance, there is no
 * builder whose volumes count.
 */
export function copiedAs(
  { build: _build, patch: _patch, ...recipe }: Recipe,
  target: Pick<Recipe, 'regions' | 'share' | 'publish'>,
  image: FoundImage,
): InstanceRecipe {
  return { ...recipe, ...target, base: { instanceId: image.imageId, reboot: false } };
}

/** Reasons why a copy of an existing image would fail, or could not be shared. */
export function copyRefusals(imaged: InstanceRecipe, facts: RegionFacts, image: FoundImage): string[] {
  const known = { ...facts, base: image };
  return [
    ...regionRefusals(imaged, known, 'leave it out of the request'),
    ...copyKeyRefusals(imaged, encryptionFacts(known)),
  ];
}

/** `otherwise`: what to do with a region that stays disabled. */
function regionRefusals(recipe: Recipe, facts: RegionFacts, otherwise: string): string[] {
  const reasons: string[] = [];
  const disabled = recipe.regions.filter((region) => !facts.enabledRegions.has(region));
  if (disabled.length > 0) {
    reasons.push(
      `this account has not enabled ${disabled.join(', ')}: enable each region in the account's settings, or ${otherwise}`,
    );
  }
  const isTarget = (region: string) => recipe.regions.some((one) => one === region);
  const publicBlockedIn = facts.publicBlockedIn.filter(isTarget);
  if (publicBlockedIn.length > 0) {
    reasons.push(
      `this account blocks public images in ${publicBlockedIn.join(', ')}: ` +
        'set share.public to false, or turn off the block (EC2, block public access for AMIs)',
    );
  }
  const snapshotsBlockedIn = facts.publicSnapshotsBlockedIn.filter(isTarget);
  if (snapshotsBlockedIn.length > 0) {
    reasons.push(
      `this account blocks public snapshots in ${snapshotsBlockedIn.join(', ')}, and share.copyable makes the snapshots public: ` +
        'set share.copyable to false, or turn off the block (EC2, block public access for EBS snapshots)',
    );
  }
  return reasons;
}

/** The facts about encryption, with the volumes of the base. */
export function encryptionFacts({ account, region, encryption, keys, base }: ImagedFacts): EncryptionFacts {
  const facts = { account, region, encryption, keys };
  if (base === undefined) return { ...facts, volumes: undefined };
  return { ...facts, volumes: { owner: 'owner' in base ? base.owner : account, all: volumesOf(base) } };
}
