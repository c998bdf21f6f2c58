import type { Recipe } from '../recipe/recipe.ts';
import type { Channels } from './channels.ts';

/** Fast snapshot restore of a snapshot in a zone, which is on or ends. */
export interface FastRestore {
  readonly snapshotId: string;
  readonly zone: string;
  readonly isEnding: boolean;
}

/** EC2 Fast Launch of an image, with EC2's word for its state. */
export interface FastLaunch {
  readonly imageId: string;
  readonly state: string;
  readonly reason: string;
}

/** The zones of a snapshot in which fast snapshot restore is to change. */
export interface ZonesOfSnapshot {
  readonly snapshotId: string;
  readonly zones: readonly string[];
}

/** What the recipe wants in one region. */
export interface WantedInRegion {
  readonly region: string;
  /** The images that channels name. */
  readonly imageIds: readonly string[];
  /** Where each of these images has fast snapshot restore; empty: nowhere. */
  readonly zones: readonly string[];
  /** The number of pre-provisioned snapshots of EC2 Fast Launch; absent: off. */
  readonly prepared?: number;
}

/**
 * What must be on in the regions, and what must be off: every release that a channel of the recipe names has fast launches, and no other
 * release. So a rollback finds the release fast if another channel still names it, and otherwise turns it on. A channel that has left the
 * recipe still names its last release, but nobody can move it any more, so its release would have fast launches for ever. `recipe`: as it is
 * deployed now; absent: it is no longer deployed. `known`: the regions in which something may be on.
 */
export function wantedFastLaunches(
  recipe: Pick<Recipe, 'image' | 'publish'> | undefined,
  { releases, channels }: Channels,
  known: readonly string[],
): WantedInRegion[] {
  const { fastSnapshotRestore = {}, fastLaunch } = recipe?.image ?? {};
  const named = new Set((recipe?.publish.channels ?? []).map((channel) => channels[channel]?.version));
  const regions = new Set([...Object.keys(fastSnapshotRestore), ...(fastLaunch?.regions ?? []), ...known]);
  return [...regions].toSorted().map((region) => {
    const images = releases.flatMap(({ version, images }) =>
      named.has(version) ? (images[region] ?? []) : [],
    );
    const isPrepared = fastLaunch?.regions.some((one) => one === region) === true;
    return {
      region,
      imageIds: [...new Set(images)],
      zones: fastSnapshotRestore[region] ?? [],
      ...(isPrepared && { prepared: fastLaunch.snapshots }),
    };
  });
}

/** What is to change. */
export interface RestoreChange {
  readonly enable: readonly ZonesOfSnapshot[];
  readonly disable: readonly ZonesOfSnapshot[];
  /** Whether fast snapshot restore must end somewhere before it can be enabled there. */
  readonly isBlocked: boolean;
}

/** `snapshotIds`: of the images that channels name. `actual`: of all snapshots of the recipe. */
export function restoreChange(
  snapshotIds: readonly string[],
  zones: readonly string[],
  actual: readonly FastRestore[],
): RestoreChange {
  const isWanted = ({ snapshotId, zone }: FastRestore) =>
    snapshotIds.includes(snapshotId) && zones.includes(zone);
  const unwanted = actual.filter((one) => !one.isEnding && !isWanted(one));
  const enable = snapshotIds.map((snapshotId) => ({
    snapshotId,
    zones: zones.filter((zone) => !actual.some((one) => one.snapshotId === snapshotId && one.zone === zone)),
  }));
  const disable = [...Map.groupBy(unwanted, ({ snapshotId }) => snapshotId)].map(([snapshotId, those]) => ({
    snapshotId,
    zones: those.map(({ zone }) => zone),
  }));
  return {
    enable: enable.filter((one) => one.zones.length > 0),
    disable,
    isBlocked: actual.some((one) => one.isEnding && isWanted(one)),
  };
}

export interface LaunchChange {
  readonly enable: readonly string[];
  readonly disable: readonly string[];
  readonly isBlocked: boolean;
  /** What EC2 could not do, in words. EC2 does not try again by itself. */
  readonly failed: readonly string[];
}

/** `imageIds`: of the images that channels name, if the recipe wants EC2 Fast Launch in the region. `actual`: of all images of the recipe. */
export function launchChange(imageIds: readonly string[], actual: readonly FastLaunch[]): LaunchChange {
  const isWanted = ({ imageId }: FastLaunch) => imageIds.includes(imageId);
  const isEnding = ({ state }: FastLaunch) => state === 'disabling' || state === 'disabling-failed';
  return {
    enable: imageIds.filter((imageId) => !actual.some((one) => one.imageId === imageId)),
    disable: actual.filter((one) => !isWanted(one) && !isEnding(one)).map(({ imageId }) => imageId),
    isBlocked: actual.some((one) => isWanted(one) && one.state === 'disabling'),
    failed: actual
      .filter((one) => one.state === 'disabling-failed' || (isWanted(one) && one.state.endsWith('-failed')))
      .map(({ imageId, state, reason }) => `EC2 Fast Launch of ${imageId} is ${state}: ${reason}`),
  };
}
