import { type Fault, inventory } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import { instanceNow, instanceRecipe, ownInstance, ownSnapshot, snapshotRecipe } from '../simulated-bases.ts';
import { plainRecipe, recipeFile, type Simulation, simulate } from '../simulated-build.ts';

/** All resources in the account, by kind and region. */
const resources = ({ pipeline }: Simulation): string[] =>
  inventory(pipeline, HOME.account)
    .map(({ kind, region }) => `${kind} ${region}`)
    .toSorted();

const released = ['image eu-west-1', 'image us-east-1', 'snapshot eu-west-1', 'snapshot us-east-1'];

/** Failures at every stage of a build with this base. */
const failures: { at: string; fault: Fault; builder?: true; snapshot?: true }[] = [
  { at: 'RegisterBase', fault: { call: 'RegisterImage', error: 'UnauthorizedOperation' }, snapshot: true },
  {
    at: 'RegisterBase, after the effect',
    fault: { call: 'RegisterImage', error: 'UnauthorizedOperation', afterEffect: true },
    snapshot: true,
  },
  { at: 'Launch', fault: { call: 'RunInstances', error: 'UnauthorizedOperation' }, builder: true },
  { at: 'Patch', fault: { call: 'StartAutomationExecution', error: 'AccessDeniedException' }, builder: true },
  { at: 'Stop', fault: { call: 'StopInstances', error: 'UnauthorizedOperation' }, builder: true },
  { at: 'CreateImage', fault: { call: 'CreateImage', error: 'UnauthorizedOperation' } },
  {
    at: 'CreateImage, after the effect',
    fault: { call: 'CreateImage', error: 'UnauthorizedOperation', afterEffect: true },
  },
  { at: 'CreateImage, every time', fault: { image: 'fails', times: 'always', by: 'CreateImage' } },
  { at: 'CopyImages', fault: { call: 'CopyImage', error: 'UnauthorizedOperation' } },
  {
    at: 'CreateImage, when the image must require IMDSv2',
    fault: { call: 'ModifyImageAttribute', region: 'us-east-1', error: 'UnauthorizedOperation' },
  },
  {
    at: 'ShareImages',
    fault: { call: 'ModifyImageAttribute', region: 'eu-west-1', error: 'UnauthorizedOperation' },
  },
];

describe('a build from a snapshot', () => {
  it('releases images, and leaves only the snapshot', async () => {
    const simulation = simulate({ recipes: [recipeFile(snapshotRecipe)] });
    const { world, pipeline, run } = simulation;
    const snapshot = ownSnapshot(world);
    const { status, output } = await run(pipeline.start('from-snapshot').result);

    expect(status).toBe('SUCCEEDED');
    expect(resources(simulation)).toEqual([...released, 'snapshot us-east-1'].toSorted());
    expect(world.snapshots.get(snapshot.id)).toEqual(snapshot);
    const { base, cleanup } = output as { base: { imageId: string }; cleanup: { removed: { id: string }[] } };
    expect(cleanup.removed.map(({ id }) => id)).toContain(base.imageId);
  });

  it('is skipped with ifChanged if nothing has changed, and built when the recipe names another snapshot', async () => {
    const { world, pipeline, run } = simulate({
      recipes: [recipeFile({ ...snapshotRecipe, patch: { install: false } })],
    });
    const snapshot = ownSnapshot(world);
    await run(pipeline.start('from-snapshot').result);
    const again = await run(pipeline.start({ recipe: 'from-snapshot', ifChanged: true }).result);
    expect(again.output).toMatchObject({ decision: { verdict: 'skip', rule: 'unchanged' } });

    const other = ownSnapshot(world, { id: 'snap-0123456789abcdef1' });
    const overrides = { base: { snapshotId: other.id } };
    const changed = await run(pipeline.start({ recipe: 'from-snapshot', ifChanged: true, overrides }).result);
    expect(changed.output).toMatchObject({
      decision: {
        verdict: 'build',
        reason: `the base is ${other.id}, but the last release was built from ${snapshot.id}`,
      },
    });
  });

  it.each(failures)('leaves only the snapshot when it fails at $at', async ({ fault }) => {
    const simulation = simulate({ recipes: [recipeFile(snapshotRecipe)], faults: [fault] });
    const { world, pipeline, run } = simulation;
    const snapshot = ownSnapshot(world);
    const { status } = await run(pipeline.start('from-snapshot').result);

    expect(status).toBe('FAILED');
    expect(resources(simulation)).toEqual(['snapshot us-east-1']);
    expect(world.snapshots.get(snapshot.id)).toEqual(snapshot);
  });

  const killed = (['killed before', 'killed after', 'invoked twice'] as const).flatMap((happens) =>
    [0, 1, 2].map((skip) => ({ happens, skip })),
  );

  it.each(killed)(
    'continues when RegisterBase is $happens at invocation $skip',
    async ({ happens, skip }) => {
      const simulation = simulate({
        recipes: [recipeFile(snapshotRecipe)],
        faults: [{ lambda: 'RegisterBase', happens, skip }],
      });
      ownSnapshot(simulation.world);
      const { status } = await simulation.run(simulation.pipeline.start('from-snapshot').result);
      expect(status).toBe('SUCCEEDED');
      expect(resources(simulation)).toEqual([...released, 'snapshot us-east-1'].toSorted());
    },
  );
});

describe('a build from an instance', () => {
  const own = ['instance us-east-1', 'volume us-east-1'];

  it.each([
    { stopped: false, reboot: true },
    { stopped: false, reboot: false },
    { stopped: true, reboot: true },
  ])('releases images, and does not change the instance: %o', async ({ stopped, reboot }) => {
    const simulation = simulate({ recipes: [recipeFile(plainRecipe)] });
    const { pipeline, run } = simulation;
    const id = await ownInstance(simulation, { open: 'from-instance', stopped });
    const before = instanceNow(simulation, id);
    const recipe = instanceRecipe(id, reboot);
    const { status, output } = await run(pipeline.start({ recipe }).result);

    expect(status).toBe('SUCCEEDED');
    // The build did not launch, patch or stop an instance.
    for (const noun of ['builder', 'patches', 'shutdown']) expect(output).not.toHaveProperty(noun);
    expect(resources(simulation)).toEqual([...own, ...released].toSorted());
    expect(instanceNow(simulation, id)).toEqual(before);
  });

  it('is built at every request', async () => {
    const simulation = simulate({ recipes: [recipeFile(plainRecipe)] });
    const { pipeline, run } = simulation;
    const recipe = instanceRecipe(await ownInstance(simulation, { open: '*' }));
    await run(pipeline.start({ recipe }).result);
    const { status, output } = await run(pipeline.start({ recipe, ifChanged: true }).result);
    expect(status).toBe('SUCCEEDED');
    expect(output).toMatchObject({
      decision: { verdict: 'build', rule: 'changed' },
    });
  });

  it.each(failures.filter(({ builder, snapshot }) => !builder && !snapshot))(
    'leaves the instance as it was and nothing else when it fails at $at',
    async ({ fault }) => {
      const simulation = simulate({ recipes: [recipeFile(plainRecipe)], faults: [fault] });
      const { pipeline, run } = simulation;
      const id = await ownInstance(simulation, { open: 'from-instance' });
      const before = instanceNow(simulation, id);
      const { status } = await run(pipeline.start({ recipe: instanceRecipe(id) }).result);

      expect(status).toBe('FAILED');
      expect(resources(simulation)).toEqual(own);
      expect(instanceNow(simulation, id)).toEqual(before);
    },
  );

  it('fails before it creates anything when the owner has not opened the instance', async () => {
    const simulation = simulate({ recipes: [recipeFile(plainRecipe)] });
    const { pipeline, run } = simulation;
    const id = await ownInstance(simulation);
    const before = instanceNow(simulation, id);
    const { status, cause } = await run(pipeline.start({ recipe: instanceRecipe(id) }).result);

    expect(status).toBe('FAILED');
    expect(cause).toContain('is not open to this recipe');
    expect(resources(simulation)).toEqual(own);
    expect(instanceNow(simulation, id)).toEqual(before);
  });
});
