import { type Fault, inventory, perform } from 'embedded-aws';
import { describe, expect, test } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import type { BuildRequest } from '../../shared/build/execution-document.ts';
import { plainRecipe, recipeFile, simulate, type TestRecipe } from '../simulated-build.ts';

const small = { ...plainRecipe, regions: ['us-east-1'], share: {} };
const unbuildable = { ...small, name: 'unbuildable', base: { ssmParameter: '/gone' } };

/** A deployment with all triggers and alarms, and functions to read its state. */
function deployed(
  options: { readonly recipes?: TestRecipe[]; readonly faults?: Fault[]; readonly triggers?: boolean } = {},
) {
  const { recipes = [small, unbuildable], faults = [], triggers = true } = options;
  const files = recipes.map(recipeFile);
  const simulation = simulate({ recipes: files, faults, triggers });
  const { pipeline, run, pass, world } = simulation;
  const call = (service: string, operation: string, input: Record<string, unknown>) =>
    perform(pipeline.services, world, { service, operation, ...HOME, input, inner: true });
  return {
    ...simulation,
    /** How an execution ended, which states it entered, and how long it took. */
    async build(request: object) {
      // A new rule is in force after some seconds.
      await pass(60);
      const states: string[] = [];
      const execution = pipeline.start(request as BuildRequest, ({ type, state }) => {
        if (type === 'StateEntered' && state) states.push(state.name);
      });
      const { status, error } = await run(execution.result);
      const { stopDate = 0, startDate = 0 } = world.executions.get(execution.arn) ?? {};
      return { name: execution.name, status, error, states, seconds: (stopDate - startDate) / 1000 };
    },
    leases() {
      const { Items } = call('dynamodb', 'Scan', { TableName: pipeline.deps.settings.table });
      const ids = (Items as { id: { S: string } }[]).map(({ id }) => id.S);
      return ids.filter((id) => id.startsWith('lease#'));
    },
    resources: () => inventory(pipeline, HOME.account),
    /** The names of the builds in the queue of BakeFailedAlarm. */
    async alarming() {
      await pass(120);
      const { QueueUrl } = call('sqs', 'GetQueueUrl', { QueueName: 'golden-image-failed-builds' });
      const letters = call('sqs', 'ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 });
      const bodies = ((letters.Messages ?? []) as { Body: string }[]).map(({ Body }) => JSON.parse(Body));
      return [...new Set(bodies.map(({ detail }) => detail.name as string))];
    },
  };
}

const mistakes: [mistake: string, request: object][] = [
  ['the name of a recipe that does not exist', { recipe: 'al2032' }],
  ['a field that does not exist', { recipe: 'plain', overides: {} }],
  ['no recipe at all', {}],
  ['a recipe that the schema refuses', { recipe: { ...small, regions: ['us-east-9'] } }],
  ['a recipe that Plan refuses', { recipe: 'unbuildable' }],
  [
    'overrides that Plan refuses',
    { recipe: 'plain', overrides: { build: { instanceTypes: ['m7g.large'] } } },
  ],
];

describe('a build that a person starts with a mistake', () => {
  test.each(mistakes)('%s: ends immediately, without clean-up and without an alarm', async (_, request) => {
    const { build, leases, resources, alarming } = deployed();
    const { seconds, states, ...ending } = await build(request);
    expect(ending).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
    expect(states).not.toContain('CleanUp');
    expect(states).toContain('Record');
    expect(seconds).toBeLessThan(15);
    expect(leases()).toEqual([]);
    expect(resources()).toEqual([]);
    expect(await alarming()).toEqual([]);
  });

  test('does not make the next build wait', async () => {
    const { build, pipeline, pass } = deployed();
    pipeline.start({ recipe: 'plain', overrides: { build: { instanceTypes: ['m7g.large'] } } });
    await pass(20);
    const { status, states } = await build({ recipe: 'plain' });
    expect(status).toBe('SUCCEEDED');
    expect(states).toContain('Released');
  });
});

describe('a build that a trigger starts', () => {
  test('and that Plan refuses raises the alarm, because no person watches it', async () => {
    const { build, leases, alarming } = deployed();
    const trigger = { type: 'schedule', id: 'one' };
    const { name, states, ...ending } = await build({ recipe: 'unbuildable', trigger });
    expect(ending).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
    expect(states).not.toContain('CleanUp');
    expect(leases()).toEqual([]);
    expect(await alarming()).toEqual([name]);
  });

  test('and that is skipped raises no alarm', async () => {
    const { build, alarming } = deployed({ recipes: [{ ...small, patch: { install: false } }] });
    await build({ recipe: 'plain' });
    const trigger = { type: 'schedule', id: 'one' };
    const { status, states } = await build({ recipe: 'plain', trigger });
    expect(status).toBe('SUCCEEDED');
    expect(states).toContain('Skipped');
    expect(states).not.toContain('CleanUp');
    expect(await alarming()).toEqual([]);
  });
});

describe('a build that fails', () => {
  const denied = { times: 'always', error: 'UnauthorizedOperation', status: 403 } as const;

  test('raises the alarm, and is cleaned up', async () => {
    const { build, resources, alarming } = deployed({
      faults: [{ command: 'AWS-RunPatchBaseline', exitCode: 1 }],
    });
    const { name, status, states } = await build({ recipe: 'plain' });
    expect(status).toBe('FAILED');
    expect(states).toContain('CleanUp');
    expect(resources()).toEqual([]);
    expect(await alarming()).toEqual([name]);
  });

  test('raises the alarm although its Record fails', async () => {
    const { build, alarming } = deployed({
      faults: [
        { command: 'AWS-RunPatchBaseline', exitCode: 1 },
        { lambda: 'Record', happens: 'killed before', times: 'always' },
      ],
    });
    const { name, status, error } = await build({ recipe: 'plain' });
    expect([status, error]).toEqual(['FAILED', 'BuildFailed']);
    expect(await alarming()).toEqual([name]);
  });

  test('raises the alarm although no Catch handles the failure', async () => {
    const { build, alarming, world } = deployed();
    const [bake] = world.stateMachines.all().filter(({ name }) => name === 'golden-image-bake');
    if (bake === undefined) throw new Error('not deployed');
    const definition = JSON.parse(bake.definition);
    // A Choice without a match and without a Default: States.NoChoiceMatched ends the execution.
    delete definition.States.Planned.Default;
    world.stateMachines.put({ ...bake, definition: JSON.stringify(definition) }, world.now(), 0);
    const { name, status, states } = await build({ recipe: 'plain' });
    expect(status).toBe('FAILED');
    expect(states).not.toContain('Record');
    expect(await alarming()).toEqual([name]);
  });

  test.each(['Decide', 'Plan'])('in %s because a permission is missing raises the alarm', async (stage) => {
    const call = stage === 'Decide' ? 'GetParameter' : 'DescribeSubnets';
    const { build, leases, alarming } = deployed({ faults: [{ call, ...denied }] });
    const { name, states, error } = await build({ recipe: 'plain' });
    expect(error).toBe('Denied');
    expect(states).not.toContain('CleanUp');
    expect(leases()).toEqual([]);
    expect(await alarming()).toEqual([name]);
  });

  test('in Plan after a scan is cleaned up: the scan launched an instance', async () => {
    const faults: Fault[] = [];
    const { build, pass, resources } = deployed({
      recipes: [{ ...small, scanForUpdates: true }],
      faults,
      triggers: false,
    });
    await build({ recipe: 'plain' });
    await pass(60 * 86_400);
    const before = resources();
    // The first Plan may read, the Plan after the scan may not.
    faults.push({ call: 'DescribeSubnets', skip: 1, ...denied });
    const { status, error, states } = await build({ recipe: 'plain', ifChanged: true });
    expect([status, error]).toEqual(['FAILED', 'Denied']);
    expect(states).toEqual(expect.arrayContaining(['Scan', 'CleanUp']));
    expect(resources()).toEqual(before);
  });
});
