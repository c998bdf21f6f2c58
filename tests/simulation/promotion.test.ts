import { describe, expect, test } from 'vitest';
import { readChannels } from '../../shared/aws/channels-table.ts';
import { listen } from '../simulated-announcements.ts';
import { plainRecipe, recipeFile } from '../simulated-build.ts';
import { simulateLeftovers } from '../simulated-leftovers.ts';

const HOUR = 3600;
const stable = '/golden-images/plain/stable';
const soaking = { ...plainRecipe, publish: { promoteAfterHours: { candidate: 48 } } };

/** A deployment with triggers, a program that listens to its events, and a person who reads its messages. */
async function simulatePromotion(recipe: object = plainRecipe, faults: object[] = []) {
  const file = recipeFile(recipe as typeof plainRecipe);
  const simulation = simulateLeftovers({ recipes: [file], triggers: true, faults: faults as never });
  const { world, pipeline, run, call, pass } = simulation;
  const { events, messages } = await listen(simulation);
  const { dynamodb, settings } = pipeline.deps;
  const channels = () => run(readChannels({ dynamodb, table: settings.table }, 'plain'));
  /** The images that a parameter names, by region. */
  const named = (parameter: string): Record<string, string> =>
    Object.fromEntries(
      world.parameters
        .all()
        .flatMap(({ region, name, value }) => (name === parameter ? [[region, value]] : [])),
    );
  const bake = async () => {
    const { status, cause, output } = await run(pipeline.start('plain').result);
    expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
    return (output as { plan: { version: string } }).plan.version;
  };
  const moves = () => world.executions.all().filter(({ id }) => id.includes(':golden-image-channels:'));
  const queue = (name: string): string[] => {
    const { QueueUrl } = call('sqs', 'GetQueueUrl', { QueueName: `golden-image-${name}` });
    const { Messages = [] } = call('sqs', 'ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 });
    return (Messages as { Body: string }[]).map(({ Body }) => Body);
  };
  const put = (detail: object, count = 1) => {
    const one = {
      Source: 'ci',
      DetailType: 'Golden Image Promotion Requested',
      Detail: JSON.stringify(detail),
    };
    call('eventbridge', 'PutEvents', { Entries: Array(count).fill(one) });
  };
  return { ...simulation, bake, channels, events, messages, moves, named, pass, put, queue };
}

describe('a release that has been in candidate for 48 hours', () => {
  test('moves to stable by itself, once, and programs and people learn of it', async () => {
    const { bake, channels, events, messages, moves, named, pass } = await simulatePromotion(soaking);
    const version = await bake();
    expect((await events()).map((event) => [event['detail-type'], event.detail.channel])).toEqual([
      ['Golden Image Released', 'candidate'],
    ]);
    expect((await messages()).map(({ Subject }) => Subject)).toEqual([
      `Golden image plain: released ${version}`,
    ]);

    await pass(46 * HOUR);
    expect([named(stable), moves()]).toEqual([{}, []]);
    await pass(4 * HOUR);
    expect(named(stable)).toEqual(named('/golden-images/plain/candidate'));
    expect(moves().map(({ status }) => status)).toEqual(['SUCCEEDED']);
    const { history } = await channels();
    expect(history[0]).toMatchObject({ channel: 'stable', to: version, by: '48 hours in candidate' });
    expect(await events()).toMatchObject([
      {
        'detail-type': 'Golden Image Channel Moved',
        detail: {
          version,
          channel: 'stable',
          how: 'promoted',
          by: '48 hours in candidate',
          images: named(stable),
        },
      },
    ]);
    expect((await messages()).map(({ Subject }) => Subject)).toEqual(['Golden image plain: stable promoted']);

    await pass(72 * HOUR);
    expect(moves()).toHaveLength(1);
  });

  test('does not move if a newer release has replaced it; the newer one has its own time', async () => {
    const { bake, channels, moves, pass } = await simulatePromotion(soaking);
    await bake();
    await pass(30 * HOUR);
    const newer = await bake();
    await pass(30 * HOUR);
    expect(moves()).toEqual([]);
    await pass(20 * HOUR);
    expect((await channels()).channels.stable?.version).toBe(newer);
  });

  test('does not move again after a person rolled the channel back from it', async () => {
    const { bake, channels, pass, pipeline, run } = await simulatePromotion(soaking);
    const first = await bake();
    await pass(50 * HOUR);
    await bake();
    await pass(50 * HOUR);
    expect((await run(pipeline.moveChannel({ action: 'rollback', recipe: 'plain' }).result)).status).toBe(
      'SUCCEEDED',
    );
    await pass(72 * HOUR);
    expect((await channels()).channels.stable?.version).toBe(first);
  });

  test('and whose promotion fails raises the alarm, and is tried again a day later', async () => {
    const faults: object[] = [];
    const { bake, channels, moves, pass, queue } = await simulatePromotion(soaking, faults);
    const version = await bake();
    const fault = {
      call: 'PutParameter',
      times: 1,
      error: 'AccessDeniedException',
      message: 'No.',
      status: 400,
    };
    faults.push(fault);
    await pass(47 * HOUR);
    // The message stays for half an hour.
    for (let minutes = 0; minutes < 180 && queue('failed-moves').length === 0; minutes += 10) await pass(600);
    expect(moves().map(({ error }) => error)).toEqual(['Denied']);
    expect((await channels()).channels.stable).toBeUndefined();
    await pass(27 * HOUR);
    expect((await channels()).channels.stable?.version).toBe(version);
  });
});

describe('an event that requests a promotion', () => {
  test('moves the channel, and the history names the sender and the reason', async () => {
    const { bake, channels, moves, pass, put } = await simulatePromotion();
    const version = await bake();
    put({ recipe: 'plain', version, channel: 'stable', reason: 'all tests passed' });
    await pass(300);
    expect(moves().map(({ status }) => status)).toEqual(['SUCCEEDED']);
    expect((await channels()).history[0]).toMatchObject({
      channel: 'stable',
      to: version,
      by: 'an event of ci: all tests passed',
    });
  });

  test('with an unknown field goes to the dead-letter queue, with what is allowed', async () => {
    const { bake, moves, pass, put, queue } = await simulatePromotion();
    await bake();
    put({ recipe: 'plain', chanel: 'stable' });
    await pass(HOUR);
    expect(moves()).toEqual([]);
    const [letter = ''] = queue('dead-letters');
    expect(JSON.parse(letter).responsePayload).toMatchObject({
      errorType: 'InvalidInput',
      errorMessage: expect.stringContaining('has "chanel": allowed are recipe'),
    });
  });

  test('for nothing that could be promoted raises the alarm', async () => {
    const { moves, pass, put, queue } = await simulatePromotion();
    put({ recipe: 'plain' });
    await pass(300);
    expect(moves().map(({ error }) => error)).toEqual(['InvalidInput']);
    expect(queue('failed-moves')).toHaveLength(1);
  });

  test('a person who asks for nothing that could be promoted raises no alarm', async () => {
    const { pass, pipeline, queue, run } = await simulatePromotion();
    const { error } = await run(pipeline.moveChannel({ action: 'promote', recipe: 'plain' }).result);
    expect(error).toBe('InvalidInput');
    await pass(300);
    expect(queue('failed-moves')).toEqual([]);
  });
});

describe('the events of the pipeline', () => {
  test('start no builds', async () => {
    const { bake, events, pass, pipeline, run, world } = await simulatePromotion({
      ...plainRecipe,
      rebuildOnNewBase: true,
    });
    await bake();
    await run(pipeline.moveChannel({ action: 'promote', recipe: 'plain' }).result);
    expect(await events()).toHaveLength(2);
    await pass(6 * HOUR);
    const builds = world.executions.all().filter(({ id }) => id.includes(':golden-image-bake:'));
    expect(builds).toHaveLength(1);
  });

  test('a release that cannot be announced is a release, and its result says so', async () => {
    const denied = {
      call: 'PutEvents',
      times: 'always',
      error: 'AccessDeniedException',
      message: 'No.',
      status: 400,
    };
    const { bake, named, world } = await simulatePromotion(plainRecipe, [denied]);
    await bake();
    expect(Object.keys(named('/golden-images/plain/candidate')).toSorted()).toEqual(
      plainRecipe.regions.toSorted(),
    );
    const [{ output = '{}' } = {}] = world.executions.all();
    expect(JSON.parse(output).announcement).toMatchObject({ Error: 'Denied' });
  });
});

describe('a recipe with a weekly schedule', () => {
  const weekly = { ...plainRecipe, schedule: { cron: '0 3 ? * SUN *', timezone: 'Europe/Berlin' } };

  test('is overdue a day after the time of a build that failed, and until the next release', async () => {
    const faults: object[] = [];
    const { measured, pass, world } = await simulatePromotion(weekly, faults);
    // The deployment is on a Sunday at four, after the time of the build. The next build is a week later.
    await pass(8 * 24 * HOUR + HOUR);
    const builds = () => world.executions.all().filter(({ id }) => id.includes(':golden-image-bake:'));
    expect(builds().map(({ status }) => status)).toEqual(['SUCCEEDED']);
    expect(measured.ReleasesOverdue).toBeUndefined();
    faults.push({ call: 'RunInstances', error: 'UnauthorizedOperation', times: 'always', status: 403 });
    await pass(7 * 24 * HOUR - 2 * HOUR);
    expect(builds().map(({ status }) => status)).toEqual(['SUCCEEDED', 'FAILED']);
    expect(measured.ReleasesOverdue).toBeUndefined();
    await pass(3 * HOUR);
    expect(measured.ReleasesOverdue).toBeGreaterThan(0);
    faults.length = 0;
    await pass(6 * 24 * HOUR);
    const counted = measured.ReleasesOverdue;
    await pass(3 * 24 * HOUR);
    expect(builds().map(({ status }) => status)).toEqual(['SUCCEEDED', 'FAILED', 'SUCCEEDED']);
    expect(measured.ReleasesOverdue).toBe(counted);
  });

  test.each([
    ['frozen', { freeze: { windows: [{ from: '2026-11-23', until: '2026-12-20' }] } }],
    ['up to date', { scanForUpdates: true }],
  ])('is not overdue while its builds are skipped because it is %s', async (_, more) => {
    const { bake, measured, pass } = await simulatePromotion({ ...weekly, ...more });
    await bake();
    await pass(20 * 24 * HOUR);
    expect(measured.ReleasesOverdue).toBeUndefined();
  });
});
