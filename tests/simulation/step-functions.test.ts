import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import {
  answerFrom,
  installClock,
  inventory,
  newWorld,
  perform,
  type SimulatedClock,
  services,
} from 'embedded-aws';
import { describe, expect, test } from 'vitest';
import { deploy, HOME, type Pipeline } from '../../local/pipeline.ts';
import { AT, plainRecipe, plainStages, recipeFile, simulate, windowsRecipe } from '../simulated-build.ts';

const MACHINE = 'arn:aws:states:us-east-1:999988887777:stateMachine:golden-image-bake';
const released = ['image eu-west-1', 'image us-east-1', 'snapshot eu-west-1', 'snapshot us-east-1'];
const resources = (pipeline: Pipeline) =>
  inventory(pipeline, HOME.account)
    .map(({ kind, region }) => `${kind} ${region}`)
    .toSorted();

describe('a bake that is interrupted', () => {
  /**
   * Bakes until some seconds after a stage was entered, discards everything except the world, and continues in another process
   * a minute later.
   */
  async function interrupted(recipe: typeof plainRecipe, stage: string, seconds: number) {
    let clock: SimulatedClock = installClock(AT, 7);
    try {
      const world = newWorld({ seed: 7, now: () => clock.now() });
      const file = recipeFile(recipe);
      const until = Promise.withResolvers<void>();
      deploy(world, [file]).start(recipe.name, ({ type, state }) => {
        if (type === 'StateEntered' && state?.name === stage) setTimeout(until.resolve, seconds * 1000);
      });
      await clock.run(until.promise);
      const later = clock.now() + 60_000;
      clock.uninstall();
      clock = installClock(new Date(later), 8);
      for (const record of world.executions.all()) {
        world.executions.put(JSON.parse(JSON.stringify(record)), later, 0);
      }
      world.running.clear();
      const pipeline = deploy(world, [file]);
      const resumed = pipeline.resume();
      const results = await Promise.all(resumed.map(({ result }) => clock.run(result)));
      // The tester needs some time to end.
      await clock.run(new Promise((resolve) => setTimeout(resolve, 600_000)));
      return { pipeline, results };
    } finally {
      clock.uninstall();
    }
  }

  test.each(plainStages.flatMap((stage) => [0, 0.2, 2, 30].map((seconds) => ({ stage, seconds }))))(
    '$seconds s into $stage is resumed, and leaves only its images',
    async ({ stage, seconds }) => {
      const { pipeline, results } = await interrupted(plainRecipe, stage, seconds);
      const { world } = pipeline;
      // The last stages may have ended by then.
      for (const { status, cause } of results) expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
      expect(world.executions.all().map(({ status }) => status)).toEqual(['SUCCEEDED']);
      expect(resources(pipeline)).toEqual(released);
      const running = world.automations.all().filter(({ endTime }) => endTime === undefined);
      expect(running).toEqual([]);
    },
  );

  test('of Windows is resumed, too', async () => {
    const { pipeline, results } = await interrupted(windowsRecipe, 'Patch', 600);
    expect(results.map(({ status }) => status)).toEqual(['SUCCEEDED']);
    expect(resources(pipeline)).toEqual(released);
  });
});

describe('the history of a bake', () => {
  test('links each event to the previous one, ends with success, and is small', async () => {
    const { world, pipeline, run } = simulate({ recipes: [recipeFile(plainRecipe)] });
    const { arn, result } = pipeline.start('plain');
    await run(result);
    const record = world.executions.get(arn);
    const history = record?.history.flat() ?? [];
    expect(history.slice(0, 5).map(({ type, previous }) => [type, previous])).toEqual([
      ['ExecutionStarted', 0],
      ['ChoiceStateEntered', 0],
      ['ChoiceStateExited', 2],
      ['TaskStateEntered', 3],
      ['LambdaFunctionScheduled', 4],
    ]);
    // The events of the two branches of CopyAndTest alternate.
    const [begin, end] = ['ParallelStateStarted', 'ParallelStateExited'].map((type) =>
      history.findIndex((event) => event.type === type),
    ) as [number, number];
    for (const [index, { previous }] of history.entries()) {
      const isInBranch = index > begin && index <= end;
      if (isInBranch) expect(previous).toBeGreaterThan(begin);
      if (isInBranch) expect(previous).toBeLessThanOrEqual(index);
      if (index > 1 && !isInBranch) expect(previous).toBe(index);
    }
    expect(history.at(-1)?.type).toBe('ExecutionSucceeded');
    expect(history.length).toBeGreaterThan(100);
    expect(JSON.stringify(record).length).toBeLessThan(400_000);
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
  });
});

describe('a deployment', () => {
  test('registers the machine with the ARNs of its functions', () => {
    const { world } = simulate({ recipes: [recipeFile(plainRecipe)] });
    const [machine] = world.stateMachines.all();
    expect(machine).toMatchObject({ id: MACHINE, name: 'golden-image-bake', creationDate: AT.getTime() });
    expect(JSON.parse(machine?.definition ?? '').States.Plan.Resource).toBe(
      'arn:aws:lambda:us-east-1:999988887777:function:golden-image-plan',
    );
  });

  test('on a world that has it already uses the existing resources', () => {
    const { world, pipeline } = simulate({ recipes: [recipeFile(plainRecipe)] });
    const tables = (
      ['subnets', 'securityGroups', 'instanceProfiles', 'documents', 'stateMachines'] as const
    ).map((name) => world[name]);
    const before = tables.map((table) => table.all());
    const again = deploy(world, [recipeFile(plainRecipe)]);
    expect(tables.map((table) => table.all())).toEqual(before);
    expect(again.deps.settings).toEqual(pipeline.deps.settings);
  });

  test('adds a version to a changed build document, also when it is changed back, and updates the machine', () => {
    const { world } = simulate({ recipes: [recipeFile(plainRecipe)] });
    const linux = world.documents.all().find(({ name }) => name === 'golden-image-build-linux');
    const machine = world.stateMachines.get(MACHINE);
    const [first] = linux?.versions ?? [];
    if (linux === undefined || first === undefined || machine === undefined) throw new Error('not deployed');
    const other = { ...first, version: 2, text: '{}', hash: 'other' };
    const changed = { ...linux, versions: [first, other], defaultVersion: 2, latestVersion: 2 };
    world.documents.put(changed, world.now(), 0);
    world.stateMachines.put({ ...machine, definition: '{}' }, world.now(), 0);

    deploy(world, [recipeFile(plainRecipe)]);
    expect(world.documents.get(linux.id)).toMatchObject({
      defaultVersion: 3,
      latestVersion: 3,
      // SSM refuses a second version with the same content, so the third one has a comment at its end.
      versions: [first, other, { version: 3, text: expect.stringContaining(first.text.trimEnd()) }],
    });
    expect(world.stateMachines.get(MACHINE)).toEqual({
      ...machine,
      revisionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test('bakes all its recipes, also at the same time', async () => {
    const { world, pipeline, run } = simulate({
      recipes: [recipeFile(plainRecipe), recipeFile(windowsRecipe)],
    });
    const modes = { retryMode: 'standard', defaultsMode: 'standard' } as const;
    const client = new SFNClient({ region: HOME.region, maxAttempts: 1, ...modes });
    answerFrom(world, pipeline.services, client, HOME.account);
    const started = ['plain', 'plain-windows'].map((recipe) =>
      client.send(new StartExecutionCommand({ stateMachineArn: MACHINE, input: JSON.stringify({ recipe }) })),
    );
    await run(Promise.all(started));
    await run(new Promise<void>((resolve) => setTimeout(resolve, 24 * 3600_000)));
    expect(world.executions.all().map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(resources(pipeline)).toEqual([...released, ...released].toSorted());
  });

  test('starts a scheduled bake, also when only the inventory is read', async () => {
    const { world, pipeline, pass } = simulate({ recipes: [recipeFile(plainRecipe)] });
    perform(pipeline.services, world, {
      service: 'scheduler',
      operation: 'CreateSchedule',
      ...HOME,
      input: {
        Name: 'once',
        ScheduleExpression: `at(${new Date(AT.getTime() + 3600_000).toISOString().slice(0, 19)})`,
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: MACHINE,
          RoleArn: `arn:aws:iam::${HOME.account}:role/schedules`,
          Input: '{"recipe":"plain"}',
        },
      },
    });
    await pass(2 * 3600);
    expect(resources(pipeline)).toEqual([]);
    expect(world.queueMessages.all()).toEqual([]);
    await pass(24 * 3600);
    expect(world.executions.all().map(({ status }) => status)).toEqual(['SUCCEEDED']);
    expect(resources(pipeline)).toEqual(released);
  });

  test('fails a bake of a recipe that does not exist', async () => {
    const { pipeline, run } = simulate({ recipes: [recipeFile(plainRecipe)] });
    const { status, cause } = await run(pipeline.start('nothing').result);
    expect([status, JSON.parse(cause ?? '').errorMessage]).toEqual([
      'FAILED',
      expect.stringContaining('nothing'),
    ]);
  });

  test('lets its functions use the clients that it is given', async () => {
    const { world, run } = simulate({ recipes: [recipeFile(plainRecipe)] });
    const prepared = new Set<string>();
    const pipeline = deploy(world, [recipeFile(plainRecipe)], {
      prepare: (client) => {
        prepared.add(client.config.serviceId);
        answerFrom(world, services, client, HOME.account);
      },
    });
    const { status } = await run(pipeline.start('plain').result);
    expect(status).toBe('SUCCEEDED');
    expect([...prepared].toSorted()).toEqual(['DynamoDB', 'EC2', 'EventBridge', 'SFN', 'SNS', 'SSM']);
    expect(resources(pipeline)).toEqual(released);
  });
});
