import { EC2Client, EnableFastSnapshotRestoresCommand } from '@aws-sdk/client-ec2';
import { answerFrom, services } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import { addAcceleratedRegions, readAcceleratedRegions } from '../../shared/aws/acceleration.ts';
import { endTurn, takeTurn } from '../../shared/aws/channels-table.ts';
import { type Channels, withMove, withRelease } from '../../shared/build/channels.ts';
import type { Acceleration, Release } from '../../shared/build/execution-document.ts';
import {
  failureOf,
  plainRecipe,
  type SimulatedBuild,
  simulateBuild,
  windowsRecipe,
} from '../simulated-build.ts';

const fastRecipe = {
  ...plainRecipe,
  image: { fastSnapshotRestore: { 'us-east-1': ['us-east-1a', 'us-east-1b'], 'eu-west-1': ['eu-west-1a'] } },
};

/** The snapshots and zones with fast snapshot restore that is on. */
const restoresOf = ({ world }: SimulatedBuild) =>
  world.fastSnapshotRestores
    .all()
    .filter(({ state }) => ['enabling', 'optimizing', 'enabled'].includes(state))
    .map(({ snapshotId, availabilityZone }) => `${snapshotId} ${availabilityZone}`)
    .toSorted();

const snapshotIn = ({ document }: SimulatedBuild, region: string): string =>
  (document.release as Release).images.find((image) => image.region === region)?.snapshotIds[0] ?? '';

const tableOf = ({ pipeline: { deps } }: SimulatedBuild) => ({
  dynamodb: deps.dynamodb,
  table: deps.settings.table,
});

/** Changes the channels, as another execution does. */
async function change(build: SimulatedBuild, changed: (channels: Channels) => Channels) {
  const now = new Date(build.world.now());
  const turn = await build.run(takeTurn(tableOf(build), 'plain', 'other', now));
  if ('heldBy' in turn) throw new Error(turn.heldBy);
  await build.run(endTurn(tableOf(build), 'plain', 'other', changed(turn.channels)));
}

const mover = { at: '2026-11-23T03:00:00.000Z', execution: 'other', by: 'a person' };
const newer = { version: '20261123-030000-aaaaaa', execution: 'other', at: mover.at, images: {} };

describe('Accelerate', () => {
  it('turns fast snapshot restore on for the release that a channel names', async () => {
    const build = simulateBuild({ recipe: fastRecipe });
    const { on, warnings } = await build.through<Acceleration>('accelerate');
    const [home, far] = [snapshotIn(build, 'us-east-1'), snapshotIn(build, 'eu-west-1')];
    expect(restoresOf(build)).toEqual(
      [`${home} us-east-1a`, `${home} us-east-1b`, `${far} eu-west-1a`].toSorted(),
    );
    expect(on.map(({ region, fastSnapshotRestore }) => [region, fastSnapshotRestore])).toEqual([
      ['eu-west-1', ['eu-west-1a']],
      ['us-east-1', ['us-east-1a', 'us-east-1b']],
    ]);
    expect(warnings).toBeUndefined();
    expect((await build.run(readAcceleratedRegions(tableOf(build), 'plain'))).toSorted()).toEqual([
      'eu-west-1',
      'us-east-1',
    ]);
  });

  it('changes nothing when it is repeated', async () => {
    const build = simulateBuild({ recipe: fastRecipe });
    await build.through('accelerate');
    const before = build.world.fastSnapshotRestores.all().map(({ id, enablingTime }) => [id, enablingTime]);
    await build.finish('accelerate');
    expect(build.world.fastSnapshotRestores.all().map(({ id, enablingTime }) => [id, enablingTime])).toEqual(
      before,
    );
  });

  it('turns it off when no channel names the release, and leaves that of others alone', async () => {
    const build = simulateBuild({ recipe: fastRecipe });
    await build.through('accelerate');
    const other = build.world.snapshots.put(
      {
        ...(build.world.snapshots.get(snapshotIn(build, 'us-east-1')) as never as { tags: object }),
        id: 'snap-0123456789abcdef0',
        tags: {},
      } as never,
      build.world.now(),
      0,
    ) as { id: string };
    const client = new EC2Client({ region: 'us-east-1' });
    answerFrom(build.world, services, client, HOME.account);
    const input = { SourceSnapshotIds: [other.id], AvailabilityZones: ['us-east-1a'] };
    await build.run(client.send(new EnableFastSnapshotRestoresCommand(input)));
    await change(build, (all) =>
      withMove(withRelease(all, newer), 'candidate', newer.version, 'released', mover),
    );
    const { on } = await build.finish<Acceleration>('accelerate');
    expect(on).toEqual([]);
    expect(restoresOf(build)).toEqual([`${other.id} us-east-1a`]);
  });

  it('keeps it as long as another channel names the release', async () => {
    const build = simulateBuild({ recipe: fastRecipe });
    await build.through('accelerate');
    const before = restoresOf(build);
    await change(build, (all) => {
      const [release] = all.releases;
      const stable = withMove(all, 'stable', release?.version ?? '', 'promoted', mover);
      return withMove(withRelease(stable, newer), 'candidate', newer.version, 'released', mover);
    });
    await build.finish('accelerate');
    expect(restoresOf(build)).toEqual(before);
  });

  it('turns it on again when a channel returns to the release, also while it still ends', async () => {
    const build = simulateBuild({ recipe: fastRecipe });
    await build.through('accelerate');
    const before = restoresOf(build);
    await change(build, (all) =>
      withMove(withRelease(all, newer), 'candidate', newer.version, 'released', mover),
    );
    await build.invoke('accelerate');
    expect(restoresOf(build)).toEqual([]);
    await change(build, (all) =>
      withMove(all, 'candidate', all.releases[1]?.version ?? '', 'rolled back', mover),
    );
    await build.finish('accelerate');
    expect(restoresOf(build)).toEqual(before);
  });

  it('turns it off after the recipe no longer asks for it', async () => {
    const build = simulateBuild();
    await build.through('publish');
    const snapshot = snapshotIn(build, 'us-east-1');
    const client = new EC2Client({ region: 'us-east-1' });
    answerFrom(build.world, services, client, HOME.account);
    const input = { SourceSnapshotIds: [snapshot], AvailabilityZones: ['us-east-1a'] };
    await build.run(client.send(new EnableFastSnapshotRestoresCommand(input)));
    // The pipeline did not turn it on, so it does not look for it.
    await build.finish('accelerate');
    expect(restoresOf(build)).toEqual([`${snapshot} us-east-1a`]);
    await build.run(addAcceleratedRegions(tableOf(build), 'plain', ['us-east-1']));
    await build.finish('accelerate');
    expect(restoresOf(build)).toEqual([]);
  });

  it('reports what EC2 refuses for one zone, and turns on the others', async () => {
    const image = { fastSnapshotRestore: { 'us-east-1': ['us-east-1a', 'us-east-1f'] } };
    const build = simulateBuild({ recipe: { ...plainRecipe, image } });
    await build.through('publish');
    const { on, warnings } = await withFiveOthers(build, () => build.finish<Acceleration>('accelerate'));
    expect(on).toEqual([]);
    expect(warnings).toHaveLength(2);
    expect(warnings?.[0]).toMatch(
      /^fast snapshot restore of snap-\w+ in us-east-1 is not on: us-east-1a: The maximum number .* \(FastSnapshotRestoreLimitExceeded\)$/,
    );
  });

  it('waits for the quota that the former release still takes', async () => {
    const image = { fastSnapshotRestore: { 'us-east-1': ['us-east-1a'] } };
    const build = simulateBuild({ recipe: { ...plainRecipe, image } });
    await build.through('publish');
    const snapshot = snapshotIn(build, 'us-east-1');
    const tags = build.world.snapshots.get(snapshot)?.tags;
    const { on, warnings } = await withFiveOthers(
      build,
      () => build.finish<Acceleration>('accelerate'),
      tags,
    );
    expect(warnings).toBeUndefined();
    expect(on).toMatchObject([{ region: 'us-east-1', fastSnapshotRestore: ['us-east-1a'] }]);
    expect(restoresOf(build)).toEqual([`${snapshot} us-east-1a`]);
  });

  it.each<[string, string, number]>([
    ['enabling', 'EnableFastSnapshotRestores', 0],
    // Plan makes the first call.
    ['listing', 'DescribeFastSnapshotRestores', 1],
  ])('reports a denied call, and works in the other regions: %s', async (_, call, skip) => {
    const denied = {
      region: 'us-east-1',
      error: 'UnauthorizedOperation',
      status: 403,
      times: 'always',
    } as const;
    const build = simulateBuild({ recipe: fastRecipe, faults: [{ call, skip, ...denied }] });
    const { on, warnings } = await build.through<Acceleration>('accelerate');
    expect(on.map(({ region }) => region)).toEqual(['eu-west-1']);
    expect(warnings?.[0]).toContain('us-east-1');
  });

  it('leaves a fault of AWS to the retries of the machine, after it has worked in the other regions', async () => {
    const fault = {
      call: 'EnableFastSnapshotRestores',
      region: 'us-east-1',
      error: 'InternalError',
      status: 500,
    };
    const build = simulateBuild({ recipe: fastRecipe, faults: [{ ...fault, times: 5 }] });
    await build.through('publish');
    expect((await failureOf(build.invoke('accelerate'))).name).toBe('Transient');
    expect(restoresOf(build)).toEqual([`${snapshotIn(build, 'eu-west-1')} eu-west-1a`]);
    await build.finish('accelerate');
    expect(restoresOf(build)).toHaveLength(3);
  });

  it('turns EC2 Fast Launch on for Windows, and off again', async () => {
    const image = { fastLaunch: { regions: ['us-east-1'], snapshots: 7 } };
    const build = simulateBuild({ recipe: { ...windowsRecipe, name: 'plain', image } });
    const { on } = await build.through<Acceleration>('accelerate');
    const launches = () =>
      build.world.fastLaunches.all().map(({ region, state, targetCount }) => [region, state, targetCount]);
    expect(on).toMatchObject([{ region: 'us-east-1', fastLaunch: 7 }]);
    expect(launches()).toEqual([['us-east-1', 'enabling', 7]]);
    await change(build, (all) =>
      withMove(withRelease(all, newer), 'candidate', newer.version, 'released', mover),
    );
    await build.finish('accelerate');
    expect(launches()).toEqual([['us-east-1', 'disabling', 7]]);
  });

  it('refuses an invalid document', async () => {
    const build = simulateBuild();
    build.document.acceleration = { status: 'unknown' };
    expect((await failureOf(build.invoke('accelerate'))).name).toBe('Defect');
  });
});

/** Works while five other snapshots have fast snapshot restore, which is EC2's quota. */
async function withFiveOthers<T>(
  build: SimulatedBuild,
  work: () => Promise<T>,
  tags: object = {},
): Promise<T> {
  const client = new EC2Client({ region: 'us-east-1' });
  answerFrom(build.world, services, client, HOME.account);
  const model = build.world.snapshots.get(snapshotIn(build, 'us-east-1'));
  const ids = [1, 2, 3, 4, 5].map((digit) => `snap-0000000000000000${digit}`);
  for (const id of ids) build.world.snapshots.put({ ...model, id, tags } as never, build.world.now(), 0);
  const input = { SourceSnapshotIds: ids, AvailabilityZones: ['us-east-1a'] };
  await build.run(client.send(new EnableFastSnapshotRestoresCommand(input)));
  return work();
}
