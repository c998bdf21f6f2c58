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

/** What to refresh after a channel has moved. */
export interface PlannedRefreshes {
  /** Since when the channel names its release (ISO 8601). */
  readonly since: string;
  readonly version: string;
  readonly targets: readonly RefreshTarget[];
  /** The groups in regions in which the release has no image. */
  readonly without: readonly RefreshTarget[];
}

/** The groups that follow a channel; `undefined`: the channel names no release, or no group follows it. */
export function plannedRefreshes(
  { publish }: Pick<Recipe, 'publish'>,
  channel: string,
  { releases, channels }: Channels,
): PlannedRefreshes | undefined {
  const current = channels[channel];
  const groups = (publish.instanceRefresh ?? []).filter(
    (one) => (one.channel ?? publish.channels[0]) === channel,
  );
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
