import type { InstanceRefresh, Recipe } from '../recipe/recipe.ts';
import type { Channels } from './channels.ts';

/** An instance refresh of a group, with Auto Scaling's word for its state. */
export interface FoundRefresh {
  readonly id: string;
  readonly status: string;
  /** When it began (ISO 8601); absent: it has not begun. */
  readonly startTime?: string;
}

/** A group whose instances are to be replaced. */
export type RefreshTarget = Pick<InstanceRefresh, 'region' | 'autoScalingGroup' | 'minHealthyPercentage'>;

/** What to refresh after a channel has moved, or names new images. */
export interface PlannedRefreshes {
  /** Since when the channel names the images (ISO 8601). */
  readonly since: string;
  readonly version: string;
  readonly targets: readonly RefreshTarget[];
  /** The groups in regions in which the release has no image. */
  readonly without: readonly RefreshTarget[];
}

/** The groups of a recipe, each with its channel. */
const groupsOf = ({ instanceRefresh = [], channels: [first = ''] }: Recipe['publish']) =>
  instanceRefresh.map((group) => ({ ...group, channel: group.channel ?? first }));

/** Whether groups of these regions follow a channel. */
export const refreshesIn = ({ publish }: Pick<Recipe, 'publish'>, regions: readonly string[]): boolean =>
  groupsOf(publish).some(({ region }) => regions.includes(region));

/** New images of a release in further regions. */
export interface RefreshedAddition {
  readonly version: string;
  readonly regions: readonly string[];
  /** The channels whose parameters name the new images. */
  readonly channels: readonly string[];
  /** Since when (ISO 8601). */
  readonly at: string;
}

/**
 * The groups in the new regions that follow these channels. A channel that has moved on in the meantime has refreshed its groups itself.
 * `undefined`: there are none.
 */
export function refreshesOfAddition(
  { publish }: Pick<Recipe, 'publish'>,
  addition: RefreshedAddition,
  { channels }: Pick<Channels, 'channels'>,
): PlannedRefreshes | undefined {
  const targets = groupsOf(publish).filter(
    ({ region, channel }) =>
      addition.regions.includes(region) &&
      addition.channels.includes(channel) &&
      channels[channel]?.version === addition.version,
  );
  if (targets.length === 0) return undefined;
  return { since: addition.at, version: addition.version, targets, without: [] };
}

/** The groups that follow a channel; `undefined`: the channel names no release, or no group follows it. */
export function plannedRefreshes(
  { publish }: Pick<Recipe, 'publish'>,
  channel: string,
  { releases, channels }: Channels,
): PlannedRefreshes | undefined {
  const current = channels[channel];
  const groups = groupsOf(publish).filter((one) => one.channel === channel);
  if (current === undefined || groups.length === 0) return undefined;
  const images = releases.find(({ version }) => version === current.version)?.images ?? {};
  const hasImage = ({ region }: RefreshTarget) => Object.hasOwn(images, region);
  return {
    since: current.since,
    version: current.version,
    targets: groups.filter(hasImage),
    without: groups.filter((group) => !hasImage(group)),
  };
}

const ACTIVE = ['Pending', 'InProgress', 'Baking', 'Cancelling', 'RollbackInProgress'];
const BRINGS_THE_RELEASE = ['Pending', 'InProgress', 'Baking', 'Successful'];

/**
 * What is known about the instance refreshes of a group. `covered`: one began after the channel had moved, so all its instances get the
 * release, and none has to be started. It may be the one that an invocation started before it died. `blocked`: one began before, so some of its
 * instances have the former image, and Auto Scaling starts no other one before it has ended.
 */
export function refreshState(
  refreshes: readonly FoundRefresh[],
  since: string,
): { readonly covered?: FoundRefresh; readonly blocked?: FoundRefresh } {
  const isNew = ({ startTime }: FoundRefresh) => startTime === undefined || startTime >= since;
  const covered = refreshes.find((one) => isNew(one) && BRINGS_THE_RELEASE.includes(one.status));
  if (covered !== undefined) return { covered };
  const blocked = refreshes.find(({ status }) => ACTIVE.includes(status));
  return blocked === undefined ? {} : { blocked };
}
