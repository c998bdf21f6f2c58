import { isSameDevice } from '../recipe/devices.ts';
import { isBuilt, type Recipe } from '../recipe/recipe.ts';
import { notInImage } from './image-attributes.ts';
import type { Facts, FastLaunchFacts, InstanceFacts } from './plan-facts.ts';
import { volumesOf } from './planned-base.ts';

/** Whether the recipe asks for something that Accelerate turns on. */
export const asksForFastLaunches = ({ image }: Pick<Recipe, 'image'>): boolean =>
  image.fastSnapshotRestore !== undefined || image.fastLaunch !== undefined;

const NO_FACTS: FastLaunchFacts = { zones: new Map(), restored: new Map(), withoutDefaultVpc: [] };

/** Why EC2 would refuse the fast launches in the recipe's regions. */
export function fastLaunchRefusals(
  { image, regions }: Recipe,
  { fastLaunches = NO_FACTS }: Pick<Facts, 'fastLaunches'>,
): string[] {
  const targets: readonly string[] = regions;
  const unknown = Object.entries(image.fastSnapshotRestore ?? {}).flatMap(([region, zones]) => {
    const known = fastLaunches.zones.get(region);
    const wrong = known === undefined ? [] : zones.filter((zone) => !known.includes(zone));
    if (wrong.length === 0 || !targets.includes(region)) return [];
    return [
      `image.fastSnapshotRestore names ${wrong.join(', ')}, but this account has no such Availability Zone in ${region}: use ` +
        `${known?.join(', ')}`,
    ];
  });
  const without = fastLaunches.withoutDefaultVpc.filter((region) => targets.includes(region));
  if (without.length === 0) return unknown;
  return [
    ...unknown,
    `image.fastLaunch needs a default VPC in each region, and ${without.join(', ')} has none: add one (aws ec2 create-default-vpc), ` +
      'or remove the region from image.fastLaunch',
  ];
}

/** EC2's default quota for a region (EBS user guide, "Amazon EBS fast snapshot restore"). An account can raise it. */
const RESTORED_MAX = 5;

/** The price in US dollars in us-east-1 for each snapshot, Availability Zone and hour (EBS user guide, as above). */
const DOLLARS_PER_HOUR = 0.75;
const PRICE_READ = 'November 2026';
const HOURS_OF_30_DAYS = 720;

/** What fast launches cost, and what EC2 will probably refuse. */
export function fastLaunchWarnings(
  recipe: Recipe,
  { base, fastLaunches = NO_FACTS }: Pick<Facts | InstanceFacts, 'base' | 'fastLaunches'>,
): string[] {
  const { regions, image } = recipe;
  const isTarget = (region: string) => regions.some((one) => one === region);
  const restores = Object.entries(image.fastSnapshotRestore ?? {}).filter(([region]) => isTarget(region));
  const launches = (image.fastLaunch?.regions ?? []).filter(isTarget);
  const snapshots = base === undefined ? 1 : snapshotCount(recipe, base);
  const zones = restores.flatMap(([, names]) => names).length;
  const perHour = snapshots * zones * DOLLARS_PER_HOUR;
  const over = restores.flatMap(([region]) => {
    const others = fastLaunches.restored.get(region) ?? 0;
    if (others + snapshots <= RESTORED_MAX) return [];
    return [
      `${region} has ${others} other snapshots with fast snapshot restore, and the image has ${count(snapshots, 'snapshot')}: together more than ` +
        `${RESTORED_MAX}, the default quota of a region. Unless the account has a higher quota, the release will not have fast snapshot restore there`,
    ];
  });
  return [
    ...(zones === 0
      ? []
      : [
          `image.fastSnapshotRestore costs $${perHour.toFixed(2)} an hour, or $${perHour * HOURS_OF_30_DAYS} in 30 days, for each release that ` +
            `a channel names: ${count(snapshots, 'snapshot')} in ${count(zones, 'Availability Zone')} (price of us-east-1, ${PRICE_READ}). ` +
            'It makes launches fast only in the account of the pipeline, not in the accounts that the image is shared with',
        ]),
    ...over,
    ...(image.fastLaunch === undefined || launches.length === 0
      ? []
      : [
          `image.fastLaunch makes EC2 launch instances to prepare ${count(image.fastLaunch.snapshots, 'snapshot')} in ` +
            `${launches.length === 1 ? '' : 'each of '}${launches.join(', ')}, for each release that a channel names. AWS charges for these instances and snapshots`,
        ]),
  ];
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** The number of snapshots of the image: one for each of its volumes. */
function snapshotCount(recipe: Recipe, base: NonNullable<(Facts | InstanceFacts)['base']>): number {
  const ofBase = volumesOf(base).map(({ device }) => device);
  if (!isBuilt(recipe)) return ofBase.length;
  const added = recipe.build.volumes
    .map(({ device }) => device)
    .filter((device) => !ofBase.some((one) => isSameDevice(one, device)));
  const left = notInImage(recipe);
  return [...ofBase, ...added].filter((device) => !left.some((one) => isSameDevice(one, device))).length;
}
