import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { EC2Client, Filter } from '@aws-sdk/client-ec2';
import {
  launchChange,
  restoreChange,
  type WantedInRegion,
  type ZonesOfSnapshot,
} from '../build/acceleration.ts';
import type { Acceleration } from '../build/execution-document.ts';
import { isFinal } from '../build/optional-regions.ts';
import { HOME, RECIPE } from '../build/tags.ts';
import { readItem, type Table } from './builds-table.ts';
import type { Clients } from './clients.ts';
import {
  disableFastLaunch,
  disableRestore,
  enableFastLaunch,
  enableRestore,
  findFastLaunches,
  type RestoreAnswer,
} from './fast-restores.ts';
import { findFastRestores } from './find-fast-restores.ts';
import { findImages, findSnapshots, snapshotIdsOf } from './find-resources.ts';

/** What is on in a region after an invocation, and what remains to be done. */
export interface AcceleratedRegion {
  readonly on: Acceleration['on'];
  /** Whether something was changed, or cannot be changed yet. The next invocation checks the region again. */
  readonly isUnsettled: boolean;
  readonly warnings: readonly string[];
}

/** The recipe and the deployment whose images are meant. Images of other deployments are not touched. */
export interface Owned {
  readonly recipe: string;
  /** The region of the deployment. */
  readonly home: string;
}

/**
 * Turns on what is wanted in a region, then turns off what is not. Both happen even if EC2 refuses the first: what no channel names would only
 * cost money. EC2 may refuse a snapshot because of its quota, until fast snapshot restore of others has ended, so it is tried again then.
 */
export async function accelerateRegion(
  { region, imageIds, zones, prepared }: WantedInRegion,
  owned: Owned,
  { ec2 }: Pick<Clients, 'ec2'>,
): Promise<AcceleratedRegion> {
  const client = ec2(region);
  const warnings: string[] = [];
  /** Makes calls one after the other. What EC2 refuses for good becomes a warning. Returns whether something was changed. */
  const each = async <T>(
    items: readonly T[],
    problem: (item: T) => string,
    call: (item: T) => Promise<RestoreAnswer>,
  ) => {
    let changed = false;
    for (const item of items) {
      try {
        const answer = await call(item);
        changed ||= answer.changed;
        for (const reason of answer.refused) warnings.push(`${problem(item)}: ${reason}`);
      } catch (error) {
        if (!isFinal(error)) throw error;
        warnings.push(`${problem(item)}: ${error.message}`);
      }
    }
    return changed;
  };
  try {
    const state = await readState(client, imageIds, owned);
    const restores = restoreChange(
      state.images.flatMap(({ snapshotIds }) => snapshotIds),
      zones,
      state.restores,
    );
    const launches = launchChange(
      prepared === undefined ? [] : state.images.map(({ imageId }) => imageId),
      state.launches,
    );
    const restoreOf = ({ snapshotId }: ZonesOfSnapshot) =>
      `fast snapshot restore of ${snapshotId} in ${region}`;
    const launchOf = (imageId: string) => `EC2 Fast Launch of ${imageId} in ${region}`;
    const off = 'could not be turned off, and AWS still charges for it';
    const enabled = [
      await each(
        restores.enable,
        (one) => `${restoreOf(one)} is not on`,
        (one) => enableRestore(client, one),
      ),
      await each(
        launches.enable,
        (id) => `${launchOf(id)} is not on`,
        async (id) => {
          await enableFastLaunch(client, id, prepared ?? 0);
          return { changed: true, refused: [] };
        },
      ),
    ];
    const isRefused = warnings.length > 0;
    const disabled = [
      await each(
        restores.disable,
        (one) => `${restoreOf(one)} ${off}`,
        (one) => disableRestore(client, one),
      ),
      await each(
        launches.disable,
        (id) => `${launchOf(id)} ${off}`,
        async (id) => {
          await disableFastLaunch(client, id);
          return { changed: true, refused: [] };
        },
      ),
    ];
    const isEnding = state.restores.some((one) => one.isEnding);
    return {
      on: onOf(region, state, zones, prepared),
      isUnsettled:
        [...enabled, ...disabled].includes(true) ||
        restores.isBlocked ||
        launches.isBlocked ||
        (isRefused && isEnding),
      warnings: [...warnings, ...launches.failed],
    };
  } catch (error) {
    if (!isFinal(error)) throw error;
    return {
      on: [],
      isUnsettled: false,
      warnings: [`could not set fast launches in ${region}: ${error.message}`],
    };
  }
}

type RegionState = Awaited<ReturnType<typeof readState>>;

/** The images that channels name, and everything of the recipe that is on. */
async function readState(client: EC2Client, imageIds: readonly string[], { recipe, home }: Owned) {
  const ofRecipe: Filter[] = [
    { Name: `tag:${RECIPE}`, Values: [recipe] },
    { Name: `tag:${HOME}`, Values: [home] },
  ];
  const [images, restores, launches] = await Promise.all([
    imageIds.length === 0
      ? []
      : findImages(
          client,
          { Name: 'image-id', Values: [...imageIds] },
          { Name: 'state', Values: ['available'] },
          ...ofRecipe,
        ),
    findFastRestores(client),
    findFastLaunches(client),
  ]);
  const [snapshots, launched] = await Promise.all([
    restores.length === 0
      ? []
      : findSnapshots(
          client,
          { Name: 'snapshot-id', Values: restores.map(({ snapshotId }) => snapshotId) },
          ...ofRecipe,
        ),
    launches.length === 0
      ? []
      : findImages(client, { Name: 'image-id', Values: launches.map(({ imageId }) => imageId) }, ...ofRecipe),
  ]);
  return {
    images: images.map((image) => ({ imageId: image.ImageId ?? '', snapshotIds: snapshotIdsOf(image) })),
    restores: restores.filter(({ snapshotId }) =>
      snapshots.some(({ SnapshotId }) => SnapshotId === snapshotId),
    ),
    launches: launches.filter(({ imageId }) => launched.some(({ ImageId }) => ImageId === imageId)),
  };
}

/** What is on of what is wanted. */
function onOf(
  region: string,
  { images, restores, launches }: RegionState,
  zones: readonly string[],
  prepared: number | undefined,
): Acceleration['on'] {
  return images.flatMap(({ imageId, snapshotIds }) => {
    const on = restores.filter((one) => !one.isEnding && snapshotIds.includes(one.snapshotId));
    const restored = zones.filter((zone) =>
      snapshotIds.every((id) => on.some((one) => one.snapshotId === id && one.zone === zone)),
    );
    const isPrepared =
      prepared !== undefined &&
      launches.some((one) => one.imageId === imageId && ['enabling', 'enabled'].includes(one.state));
    if (restored.length === 0 && !isPrepared) return [];
    return [
      {
        region,
        imageId,
        ...(restored.length > 0 && { fastSnapshotRestore: restored }),
        ...(isPrepared && { fastLaunch: prepared }),
      },
    ];
  });
}

/** The regions in which something of the recipe may be on. */
export async function readAcceleratedRegions(table: Table, recipe: string): Promise<string[]> {
  const { accelerated } = (await readItem(table, `recipe#${recipe}`)) ?? {};
  return accelerated === undefined ? [] : String(accelerated).split(' ');
}

/** Remembers regions before anything is turned on there, so that it is turned off also after the recipe has changed. */
export async function addAcceleratedRegions(
  { dynamodb, table }: Table,
  recipe: string,
  regions: readonly string[],
): Promise<void> {
  const input = {
    TableName: table,
    Key: { id: { S: `recipe#${recipe}` } },
    UpdateExpression: 'ADD accelerated :regions',
    ExpressionAttributeValues: { ':regions': { SS: [...regions] } },
  };
  await dynamodb.send(new UpdateItemCommand(input));
}
