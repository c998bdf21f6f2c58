import type { Fault, Item } from 'embedded-aws';
import { describe, expect, test } from 'vitest';
import { ownSnapshot, snapshotRecipe } from '../simulated-bases.ts';
import { plainRecipe, recipeFile } from '../simulated-build.ts';
import { simulateLeftovers } from '../simulated-leftovers.ts';

const HOUR_SECONDS = 3600;
const kinds = (items: readonly Item[]): string[] =>
  items.map(({ kind, region }) => `${kind} ${region}`).toSorted();
const release = ['image eu-west-1', 'image us-east-1', 'snapshot eu-west-1', 'snapshot us-east-1'];

const stages = [
  'Plan',
  'Launch',
  'Patch',
  'Stop',
  'CreateImage',
  'CopyImages',
  'ShareImages',
  'Publish',
  'Announce',
  'CleanUp',
];
const moments = stages.flatMap((stage) => [0.2, 20].map((seconds) => ({ stage, seconds })));

/** Checks that a stopped build left no resources, or a release that was complete when it was stopped. */
function expectOrder(left: readonly Item[], stage: string): void {
  const isReleased = left.length > 0 && ['ShareImages', 'Publish', 'Announce', 'CleanUp'].includes(stage);
  expect(kinds(left)).toEqual(isReleased ? release : []);
  for (const { tags } of left) expect(tags).toMatchObject({ 'golden-image:role': 'release' });
}

describe('a build that is stopped', () => {
  test.each(moments)('$seconds s into $stage is cleaned up by the rule', async ({ stage, seconds }) => {
    const { stopped, pass, resources, world } = simulateLeftovers({ triggers: true });
    const build = await stopped(stage, seconds);
    // Some stages have ended by then.
    if (build.outcome.status === 'SUCCEEDED') return;
    expect(build.outcome.status).toBe('ABORTED');
    await pass(HOUR_SECONDS);
    expectOrder(resources(build), stage);
    const machines = world.executions
      .all()
      .map(({ stateMachineArn, status }) => [stateMachineArn.replace(/.*:/, ''), status]);
    expect(machines).toContainEqual(['golden-image-clean-up', 'SUCCEEDED']);
  });

  test.each(moments)(
    '$seconds s into $stage without the rule is found by the janitor, which touches nothing else',
    async ({ stage, seconds }) => {
      const other = recipeFile({ ...plainRecipe, name: 'other' });
      const faults: Fault[] = [];
      const simulation = simulateLeftovers({ recipes: [recipeFile(plainRecipe), other], faults });
      const { pipeline, run, pass, stopped, resources, addOtherResources, cleanUp, measured } = simulation;
      await addOtherResources();
      const released = await run(pipeline.start('plain').result);
      expect(released.status).toBe('SUCCEEDED');
      const build = await stopped(stage, seconds);
      await pass(2 * HOUR_SECONDS);
      const count = resources(build).length;
      faults.push({ command: 'AWS-RunPatchBaseline', hangs: true });
      const running = pipeline.start('other');
      await pass(HOUR_SECONDS / 2);
      const others = () => resources().filter(({ tags }) => tags['golden-image:execution'] !== build.name);
      const before = others();
      expect(kinds(before)).toHaveLength(6 + 4 + 2);
      const report = await cleanUp();
      expect(report).toMatchObject({ status: 'SUCCEEDED' });
      const left = resources(build);
      expectOrder(left, stage);
      expect(others()).toEqual(before);
      expect(resources(running)).toHaveLength(2);
      expect(measured.LeftoversFound).toBe(count - left.length);
      // A volume may be removed with its instance before clean-up sees it. In each of the two regions, clean-up also puts back the
      // parameters of the version and of the channel, if Publish had begun.
      const parametersMax = 4;
      expect(measured.LeftoversRemoved ?? 0).toBeLessThanOrEqual(count - left.length + parametersMax);
    },
  );
});

describe('a build whose functions die, or whose resources appear late', () => {
  const lag: Fault = { reads: 'lag', seconds: 100, times: 'always' };
  const lambdas = ['Launch', 'CreateImage', 'CopyImages', 'ShareImages', 'Publish'];
  const faulty = lambdas.flatMap((lambda): { stage: string; name: string; faults: Fault[] }[] => [
    { stage: lambda, name: 'killed after its effect', faults: [{ lambda, happens: 'killed after' }] },
    { stage: lambda, name: 'invoked twice', faults: [{ lambda, happens: 'invoked twice' }] },
    { stage: lambda, name: 'not seen for 100 s', faults: [lag] },
  ]);

  test.each(faulty)('$stage, $name: the rule leaves no resources behind', async ({ stage, faults }) => {
    const { stopped, pass, resources } = simulateLeftovers({ faults, triggers: true });
    // The rule is in force by then.
    await pass(600);
    const build = await stopped(stage, 0.2);
    expect(build.outcome.status).toBe('ABORTED');
    await pass(HOUR_SECONDS);
    expectOrder(resources(build), stage);
  });

  test.each(faulty)('$stage, $name: the janitor leaves no resources behind', async ({ stage, faults }) => {
    const { stopped, pass, resources, cleanUp } = simulateLeftovers({ faults });
    const build = await stopped(stage, 0.2);
    await pass(2 * HOUR_SECONDS);
    expect(await cleanUp()).toMatchObject({ status: 'SUCCEEDED' });
    expectOrder(resources(build), stage);
  });
});

describe('a build that is stopped', () => {
  test('during a scan leaves no scanner behind', async () => {
    const recipe = recipeFile({ ...plainRecipe, scanForUpdates: true });
    const { pipeline, run, pass, stopped, resources, cleanUp } = simulateLeftovers({ recipes: [recipe] });
    await run(pipeline.start('plain').result);
    const before = resources();
    const build = await stopped('ScanWait', 30, { recipe: 'plain', ifChanged: true });
    expect(kinds(resources(build))).toEqual(['instance us-east-1', 'volume us-east-1']);
    await pass(2 * HOUR_SECONDS);
    expect(await cleanUp()).toMatchObject({ status: 'SUCCEEDED' });
    expect(resources()).toEqual(before);
  });

  test.each(['RegisterBase', 'Patch'])(
    'in %s, with a base snapshot, leaves only the snapshot',
    async (stage) => {
      const recipes = [recipeFile(snapshotRecipe)];
      const { world, pass, stopped, resources, cleanUp } = simulateLeftovers({ recipes });
      const snapshot = ownSnapshot(world);
      const build = await stopped(stage, 20, snapshotRecipe.name);
      expect(kinds(resources(build))).toContain('image us-east-1');
      await pass(2 * HOUR_SECONDS);
      expect(await cleanUp()).toMatchObject({ status: 'SUCCEEDED' });
      expect(resources().map(({ id }) => id)).toEqual([snapshot.id]);
      expect(world.snapshots.get(snapshot.id)).toEqual(snapshot);
    },
  );

  test('by its timeout is cleaned up like a build that is stopped by hand', async () => {
    const { world, pipeline, run, pass, resources } = simulateLeftovers({ triggers: true });
    const [bake] = world.stateMachines.all().filter(({ name }) => name === 'golden-image-bake');
    if (bake === undefined) throw new Error('not deployed');
    const definition = JSON.stringify({ ...JSON.parse(bake.definition), TimeoutSeconds: 400 });
    world.stateMachines.put({ ...bake, definition }, world.now(), 0);
    expect(await run(pipeline.start('plain').result)).toMatchObject({ status: 'TIMED_OUT' });
    expect(resources()).not.toEqual([]);
    await pass(HOUR_SECONDS);
    expect(resources()).toEqual([]);
  });

  test('is found by the janitor’s schedule if the rule does not run', async () => {
    const { call, stopped, pass, resources } = simulateLeftovers({ triggers: true });
    call('eventbridge', 'DisableRule', { Name: 'golden-image-StoppedRule' });
    await stopped('CopyImages', 60);
    await pass(30 * 60);
    // The builder is gone. The tester is running.
    expect(resources()).toHaveLength(6);
    await pass(13 * HOUR_SECONDS);
    expect(resources()).toEqual([]);
  });

  test('with backups and disks that others made from its resources keeps them', async () => {
    const { call, world, stopped, pass, resources, cleanUp } = simulateLeftovers();
    const build = await stopped('Patch', 20);
    const tags = resources(build)[0]?.tags ?? {};
    const [volume] = resources(build).filter(({ kind }) => kind === 'volume');
    // AWS Backup and Data Lifecycle Manager copy the tags of the resource that they back up.
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const { SnapshotId } = call('ec2', 'CreateSnapshot', {
      VolumeId: volume?.id,
      TagSpecifications: [{ ResourceType: 'snapshot', Tags }],
    });
    await pass(2 * HOUR_SECONDS);
    expect(await cleanUp()).toMatchObject({ status: 'SUCCEEDED' });
    expect(resources().map(({ id }) => id)).toEqual([SnapshotId]);
    expect(world.snapshots.get(String(SnapshotId))?.state).toBe('completed');
  });
});

describe('a release whose build was stopped while it set the release tags', () => {
  const denied = { times: 'always', error: 'UnauthorizedOperation', message: 'No.', status: 403 } as const;
  const half: Fault = { call: 'CreateTags', region: 'us-east-1', times: 'always', error: 'InternalError' };
  const roles = (items: readonly Item[]) =>
    items.flatMap(({ kind, tags }) => (kind === 'image' ? [tags['golden-image:role']] : [])).toSorted();

  test('is removed completely', async () => {
    const { stopped, pass, resources, cleanUp } = simulateLeftovers({ faults: [half] });
    const build = await stopped('ShareImages', 60);
    expect(roles(resources(build))).toEqual(['candidate', 'release']);
    await pass(2 * HOUR_SECONDS);
    expect(await cleanUp()).toMatchObject({ status: 'SUCCEEDED' });
    expect(resources()).toEqual([]);
  });

  test('is never treated as complete, although one part cannot be removed', async () => {
    const faults: Fault[] = [half];
    const { stopped, pass, resources, cleanUp } = simulateLeftovers({ faults });
    const build = await stopped('ShareImages', 60);
    faults.push({ call: 'DeregisterImage', region: 'eu-west-1', ...denied });
    for (let run = 0; run < 2; run++) {
      await pass(2 * HOUR_SECONDS);
      const { status, cause } = await cleanUp();
      expect(status).toBe('FAILED');
      expect(cause).toMatch(/may still exist: image ami-\w+ in .*UnauthorizedOperation: No\./);
      expect(roles(resources(build))).toEqual(['candidate', 'release']);
    }
    faults.length = 0;
    await pass(2 * HOUR_SECONDS);
    expect(await cleanUp()).toMatchObject({ status: 'SUCCEEDED' });
    expect(resources()).toEqual([]);
  });
});

test('the janitor removes what a failed build could not remove', async () => {
  const faults: Fault[] = [
    { image: 'fails', by: 'CopyImage', times: 'always' },
    { call: 'DeregisterImage', times: 'always', error: 'InternalError' },
  ];
  const { pipeline, run, pass, resources, cleanUp, measured } = simulateLeftovers({ faults });
  expect(await run(pipeline.start('plain').result)).toMatchObject({ status: 'FAILED', error: 'BuildFailed' });
  const left = resources();
  expect(left).not.toEqual([]);
  faults.length = 0;
  await pass(2 * HOUR_SECONDS);
  const { status, output } = await cleanUp();
  expect(status).toBe('SUCCEEDED');
  expect(output?.cleanedUp).toEqual([expect.stringMatching(/: removed \d+ images? .*, nothing remains$/)]);
  expect(resources()).toEqual([]);
  expect(measured).toMatchObject({ LeftoversFound: left.length, LeftoversRemoved: left.length });
});

describe('clean-up after Ctrl-C', () => {
  const denied = { times: 'always', error: 'UnauthorizedOperation', message: 'No.', status: 403 } as const;
  const cleanUps = ({ world }: ReturnType<typeof simulateLeftovers>) =>
    world.executions
      .all()
      .filter(({ stateMachineArn }) => stateMachineArn.endsWith(':golden-image-clean-up'));

  test('is an execution of the clean-up machine', async () => {
    const simulation = simulateLeftovers();
    const { pipeline, run, stopped, resources } = simulation;
    const build = await stopped('CopyImages', 60);
    const made = resources(build).map(({ id }) => id);
    const { removed, remaining } = await run(pipeline.cleanUp(build));
    expect(cleanUps(simulation).map(({ status }) => status)).toEqual(['SUCCEEDED']);
    expect(remaining).toEqual([]);
    expect(removed.map(({ id }) => id)).toEqual(expect.arrayContaining(made));
    expect(resources()).toEqual([]);
  });

  test('starts the machine with the same input as the rule', async () => {
    const simulation = simulateLeftovers({ triggers: true });
    const { pipeline, run, pass, stopped } = simulation;
    // The rule is in force by then.
    await pass(600);
    const build = await stopped('CopyImages', 60);
    await run(pipeline.cleanUp(build));
    await pass(HOUR_SECONDS);
    const started = cleanUps(simulation).filter(({ input }) => input !== '{}');
    expect(started.length).toBeGreaterThanOrEqual(2);
    for (const { input } of started)
      expect(JSON.parse(input)).toEqual({
        executions: [{ execution: build.name, startTime: build.startTime }],
      });
  });

  test('checks only the regions of the build, if its plan is known', async () => {
    const simulation = simulateLeftovers({ faults: [{ call: '*', region: 'ap-south-1', ...denied }] });
    const { pipeline, run, stopped, resources } = simulation;
    const build = await stopped('CopyImages', 60);
    const known = { plan: { region: 'us-east-1', regions: ['us-east-1', 'eu-west-1'] } };
    expect((await run(pipeline.cleanUp(build, known))).remaining).toEqual([]);
    expect(resources()).toEqual([]);
  });

  test('reports what remains, and why', async () => {
    const faults: Fault[] = [];
    const simulation = simulateLeftovers({ faults });
    const { pipeline, run, stopped } = simulation;
    const build = await stopped('ShareImages');
    faults.push({ call: 'DeregisterImage', region: 'eu-west-1', ...denied });
    const { remaining } = await run(pipeline.cleanUp(build));
    expect(remaining).toMatchObject([
      { kind: 'image', region: 'eu-west-1', reason: expect.stringContaining('No.') },
      { kind: 'snapshot', region: 'eu-west-1' },
    ]);
    expect(cleanUps(simulation).map(({ status }) => status)).toEqual(['FAILED']);
  });

  test('that fails does not report that nothing remains', async () => {
    const faults: Fault[] = [];
    const { pipeline, run, stopped, resources } = simulateLeftovers({ faults });
    const build = await stopped('CopyImages', 60);
    faults.push({ call: 'DescribeRegions', ...denied });
    expect(await run(pipeline.cleanUp(build))).toEqual({
      status: 'ready',
      removed: [],
      remaining: [
        {
          region: 'us-east-1',
          kind: 'region',
          id: 'us-east-1',
          reason: expect.stringMatching(
            /^the clean-up execution ended with FAILED: .*clean-up failed: Denied/,
          ),
        },
      ],
    });
    expect(resources()).not.toEqual([]);
  });
});

describe('the clean-up machine', () => {
  const denied = { times: 'always', error: 'UnauthorizedOperation', message: 'No.', status: 403 } as const;

  test('reports that it found nothing', async () => {
    const { cleanUp } = simulateLeftovers();
    expect(await cleanUp()).toMatchObject({
      status: 'SUCCEEDED',
      output: { found: 'No leftovers found.', cleanedUp: [] },
    });
    expect(await cleanUp({ executions: [] })).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('cleans up the other executions when one cannot be cleaned up, and fails with what remains', async () => {
    const { stopped, resources, cleanUp } = simulateLeftovers();
    const build = await stopped('CopyImages', 60);
    const { status, cause } = await cleanUp({ executions: [{ execution: '' }, { execution: build.name }] });
    expect(status).toBe('FAILED');
    expect(cause).toContain(': clean-up failed: Defect');
    expect(cause).toMatch(new RegExp(`${build.name}: removed .*2 images.*, nothing remains`));
    expect(resources()).toEqual([]);
  });

  test('fails when resources cannot be removed, and says which and why', async () => {
    const faults: Fault[] = [];
    const { stopped, resources, cleanUp } = simulateLeftovers({ faults });
    const build = await stopped('ShareImages');
    faults.push({ call: 'DeregisterImage', region: 'eu-west-1', ...denied });
    const { status, cause } = await cleanUp({ executions: [{ execution: build.name }] });
    expect(status).toBe('FAILED');
    expect(cause).toMatch(/may still exist: image ami-\w+ in eu-west-1 \(.*No\. Check the policies/);
    expect(kinds(resources())).toEqual(['image eu-west-1', 'snapshot eu-west-1']);
  });

  test('succeeds when a region is closed to the account, but fails when a region is unavailable', async () => {
    const faults: Fault[] = [{ call: '*', region: 'ap-south-1', ...denied }];
    const { pass, stopped, resources, cleanUp } = simulateLeftovers({ faults });
    await stopped('CopyImages', 60);
    await pass(2 * HOUR_SECONDS);
    const closed = await cleanUp();
    expect(closed).toMatchObject({ status: 'SUCCEEDED' });
    expect(closed.output?.found).toMatch(/Could not check ap-south-1/);
    expect(resources()).toEqual([]);
    faults.splice(0, 1, { call: '*', region: 'ap-south-1', times: 'always', error: 'InternalError' });
    expect(await cleanUp()).toMatchObject({
      status: 'FAILED',
      cause: expect.stringMatching(/^No leftovers found\. Could not check ap-south-1/),
    });
  });

  test('has enough history for the maximum number of executions in one run, when none can be cleaned up', async () => {
    const faults: Fault[] = [];
    const { world, stopped, pass, cleanUp } = simulateLeftovers({ faults });
    const build = await stopped('CreateImage', 10);
    const [volume] = world.volumes.all().filter(({ tags }) => tags['golden-image:execution'] === build.name);
    if (volume === undefined) throw new Error('no volume');
    for (let index = 0; index < 24; index++) {
      const tags = { ...volume.tags, 'golden-image:execution': `many-${index}` };
      const { attachment: _, ...alone } = volume;
      const id = `vol-0000000000000000${index + 10}`;
      world.volumes.put({ ...alone, id, state: 'available', tags }, world.now(), 0);
    }
    faults.push({ call: 'DeleteVolume', ...denied });
    await pass(2 * HOUR_SECONDS);
    const { status, cause, events } = await cleanUp();
    expect(status).toBe('FAILED');
    expect(cause?.length).toBeLessThan(32_768);
    expect(cause).toContain('The next run cleans up 5 of these executions.');
    expect(events).toBeLessThan(15_000);
  });
});
