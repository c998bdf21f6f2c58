import type { Fault } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { deploy } from '../../local/pipeline.ts';
import { readChannels } from '../../shared/aws/channels-table.ts';
import type { Acceleration, Release } from '../../shared/build/execution-document.ts';
import { plainRecipe, recipeFile, simulate, type TestRecipe, windowsRecipe } from '../simulated-build.ts';

const zones = ['us-east-1a', 'us-east-1b'];
const linux = {
  ...plainRecipe,
  image: { fastSnapshotRestore: { 'us-east-1': zones, 'eu-west-1': ['eu-west-1c'] } },
};
const windows = { ...windowsRecipe, image: { fastLaunch: { regions: ['us-east-1'] } } };

function simulateReleases(recipe: TestRecipe, faults: Fault[] = []) {
  const simulation = simulate({ recipes: [recipeFile(recipe)], faults });
  const { world, pipeline, run } = simulation;
  const { dynamodb, settings } = pipeline.deps;
  const succeeded = async (result: Promise<{ status: string; cause?: string; output?: unknown }>) => {
    const { status, cause, output } = await run(result);
    expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
    return output as { release: Release; acceleration?: Acceleration; plan: { warnings?: string[] } };
  };
  return {
    ...simulation,
    bake: () => succeeded(pipeline.start(recipe.name).result),
    move: (action: 'promote' | 'rollback', channel = 'stable') =>
      succeeded(pipeline.moveChannel({ action, recipe: recipe.name, channel }).result),
    /** The versions of the releases, the newest first. */
    versions: async () => {
      const { releases } = await run(readChannels({ dynamodb, table: settings.table }, recipe.name));
      return releases.map(({ version }) => version);
    },
    /** What costs money now: the version, the region or zone, and the kind. */
    paid: () => {
      const isOn = ({ state }: { state: string }) => !['disabling', 'disabled'].includes(state);
      const versionOf = (tags: Readonly<Record<string, string>> = {}) =>
        tags['golden-image:version'] ?? 'none';
      const restores = world.fastSnapshotRestores
        .all()
        .filter(isOn)
        .map((one) => `${versionOf(world.snapshots.get(one.snapshotId)?.tags)} ${one.availabilityZone}`);
      const launches = world.fastLaunches
        .all()
        .filter(isOn)
        .map((one) => `${versionOf(world.images.get(one.imageId)?.tags)} ${one.region} Fast Launch`);
      return [...restores, ...launches].toSorted();
    },
  };
}

const onLinux = (version: string | undefined) => ['eu-west-1c', ...zones].map((zone) => `${version} ${zone}`);

describe('fast snapshot restore', () => {
  it('follows the channels: two releases, a promotion and a rollback', async () => {
    const { bake, move, versions, paid } = simulateReleases(linux);
    const { plan, acceleration } = await bake();
    expect(plan.warnings?.join()).toContain('$2.25 an hour, or $1620 in 30 days');
    expect(acceleration?.warnings).toBeUndefined();
    const [first] = await versions();
    expect(paid()).toEqual(onLinux(first));

    await move('promote');
    expect(paid()).toEqual(onLinux(first));
    await bake();
    const [second] = await versions();
    expect(paid()).toEqual([...onLinux(first), ...onLinux(second)].toSorted());
    await move('promote');
    expect(paid()).toEqual(onLinux(second));
    await move('rollback');
    expect(paid()).toEqual([...onLinux(first), ...onLinux(second)].toSorted());
    await move('rollback', 'candidate');
    expect(paid()).toEqual(onLinux(first));
  });

  it('of an earlier release is turned off by the next release', async () => {
    const { bake, versions, paid } = simulateReleases(linux);
    await bake();
    await bake();
    const [second] = await versions();
    expect(paid()).toEqual(onLinux(second));
  });

  it('ends for a channel that has left the recipe', async () => {
    const { world, run, bake, move, versions, paid } = simulateReleases({
      ...linux,
      publish: { channels: ['candidate', 'beta', 'stable'] },
    });
    await bake();
    await move('promote', 'beta');
    const redeployed = deploy(world, [recipeFile(linux)]);
    expect((await run(redeployed.start('plain').result)).status).toBe('SUCCEEDED');
    const [second] = await versions();
    expect(paid()).toEqual(onLinux(second));
  });

  it('is never on for the images of a failed build', async () => {
    const fault: Fault = {
      call: 'PutParameter',
      region: 'eu-west-1',
      error: 'AccessDeniedException',
      status: 400,
      times: 'always',
    };
    const { run, pipeline, world } = simulateReleases(linux, [fault]);
    expect((await run(pipeline.start('plain').result)).status).toBe('FAILED');
    expect(world.fastSnapshotRestores.all()).toEqual([]);
  });

  it('does not undo a release when EC2 cannot turn it on', async () => {
    const fault: Fault = {
      call: 'EnableFastSnapshotRestores',
      error: 'InternalError',
      status: 500,
      times: 'always',
    };
    const { bake, versions, paid } = simulateReleases(linux, [fault]);
    const { acceleration, release } = await bake();
    expect(acceleration).toMatchObject({ Error: 'Transient' });
    expect(release.images).toHaveLength(2);
    expect(await versions()).toHaveLength(1);
    expect(paid()).toEqual([]);
  });
});

describe('EC2 Fast Launch', () => {
  it('follows the channels: two releases and a rollback', async () => {
    const { bake, move, versions, paid } = simulateReleases(windows);
    const { plan } = await bake();
    expect(plan.warnings?.join()).toContain('5 snapshots in us-east-1');
    const [first] = await versions();
    expect(paid()).toEqual([`${first} us-east-1 Fast Launch`]);
    await bake();
    const [second] = await versions();
    expect(paid()).toEqual([`${second} us-east-1 Fast Launch`]);
    await move('rollback', 'candidate');
    expect(paid()).toEqual([`${first} us-east-1 Fast Launch`]);
  });
});
