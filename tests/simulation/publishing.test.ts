import type { Fault } from 'embedded-aws';
import { describe, expect, test } from 'vitest';
import { readChannels } from '../../shared/aws/channels-table.ts';
import type { Release } from '../../shared/build/execution-document.ts';
import { plainRecipe, recipeFile } from '../simulated-build.ts';
import { simulateLeftovers } from '../simulated-leftovers.ts';

const HOUR_SECONDS = 3600;
const regions = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-south-1', 'sa-east-1'];
const recipe = { ...plainRecipe, regions };
const candidate = '/golden-images/plain/candidate';

function simulatePublishing(faults: Fault[] = [], options: { triggers?: boolean } = {}) {
  const simulation = simulateLeftovers({ recipes: [recipeFile(recipe)], faults, ...options });
  const { world, pipeline, run, call } = simulation;
  /** The parameters of the recipe now, and the image that each names: `us-east-1 /golden-images/plain/candidate`. */
  const parameters = (): Record<string, string> => {
    const own = world.parameters.all().filter(({ name }) => name.startsWith('/golden-images/'));
    return Object.fromEntries(own.map(({ region, name, value }) => [`${region} ${name}`, value]));
  };
  /** The images that the parameter of the channel names, by region. */
  const channel = (name = candidate): Record<string, string> => {
    const entries = Object.entries(parameters()).map(
      ([key, value]) => [...key.split(' '), value] as string[],
    );
    return Object.fromEntries(
      entries.flatMap(([region, one, value]) => (one === name ? [[region, value]] : [])),
    );
  };
  const released = async (): Promise<Record<string, string>> => {
    const { status, cause, output } = await run(pipeline.start('plain').result);
    expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
    const { images } = (output as { release: Release }).release;
    return Object.fromEntries(images.map(({ region, imageId }) => [region, imageId]));
  };
  const { dynamodb, settings } = pipeline.deps;
  const channels = () => run(readChannels({ dynamodb, table: settings.table }, 'plain'));
  const turn = () => {
    const { Item } = call('dynamodb', 'GetItem', {
      TableName: settings.table,
      Key: { id: { S: 'channels#plain' } },
    }) as { Item?: Record<string, unknown> };
    return Item?.moving;
  };
  return { ...simulation, parameters, channel, channels, released, turn };
}

/** The second write of a parameter in a region is that of the channel. */
const channelFault = (region: string, skip = 1): Fault => ({
  call: 'PutParameter',
  region,
  skip,
  times: 'always',
  error: 'AccessDeniedException',
  message: 'An explicit deny.',
  status: 400,
});

describe('a parameter that cannot be written in the third of six regions', () => {
  test('leaves all regions at the earlier version, and the build fails with the original error', async () => {
    const faults: Fault[] = [];
    const { run, pipeline, parameters, channel, channels, released, resources, turn } =
      simulatePublishing(faults);
    const first = await released();
    expect(channel()).toEqual(first);
    const before = [parameters(), await channels(), resources()];
    // Until then, the region has had two writes: the version and the channel of the first release.
    faults.push(channelFault('eu-west-1'));
    const moved: string[] = [];
    const execution = pipeline.start('plain', ({ type, state }) => {
      if (type === 'StateCaught') moved.push(state?.name ?? '', ...Object.values(channel()));
    });
    const { status, error, cause } = await run(execution.result);
    expect([status, error]).toEqual(['FAILED', 'Denied']);
    expect(cause).toContain('ssm:PutParameter in eu-west-1: AccessDeniedException: An explicit deny');
    expect(moved[0]).toBe('Publish');
    expect([parameters(), await channels(), resources()]).toEqual(before);
    expect(turn()).toBeUndefined();
  });

  test('leaves no parameters, if there was no earlier version', async () => {
    const { run, pipeline, parameters, channels, resources } = simulatePublishing([
      channelFault('eu-west-1'),
    ]);
    const { status, error } = await run(pipeline.start('plain').result);
    expect([status, error]).toEqual(['FAILED', 'Denied']);
    expect(parameters()).toEqual({});
    expect(resources()).toEqual([]);
    expect(await channels()).toEqual({ releases: [], channels: {}, history: [] });
  });
});

describe('an execution that is stopped while it publishes', () => {
  test.each([0.2, 1, 3, 8])('%s s after it began: all regions, or none', async (seconds) => {
    const { pass, stopped, channel, channels, released, parameters, turn } = simulatePublishing([], {
      triggers: true,
    });
    const first = await released();
    const before = [parameters(), await channels()];
    const { outcome } = await stopped('Publish', seconds);
    await pass(HOUR_SECONDS);
    expect(turn()).toBeUndefined();
    const { channels: now } = await channels();
    if (now.candidate?.earlier.length === 1) {
      expect(Object.keys(channel())).toEqual(Object.keys(first));
      expect(Object.values(channel()).filter((id) => Object.values(first).includes(id))).toEqual([]);
    } else {
      expect(outcome.status).toBe('ABORTED');
      expect([parameters(), await channels()]).toEqual(before);
    }
  });

  test.each([0, 1, 3])(
    '%s s after it wrote the channel, before all writes have appeared: none',
    async (seconds) => {
      const simulation = simulatePublishing([], { triggers: true });
      const { pipeline, run, pass, channel, channels, released, parameters } = simulation;
      const first = await released();
      const before = [parameters(), await channels()];
      const execution = pipeline.start('plain', ({ type, state }) => {
        const { publication } = (state?.output ?? {}) as { publication?: { phase?: string } };
        if (type === 'StateExited' && state?.name === 'Publish' && publication?.phase === 'channel')
          setTimeout(execution.stop, seconds * 1000);
      });
      expect((await run(execution.result)).status).toBe('ABORTED');
      const hasMoved = () => Object.values(channel()).some((id) => !Object.values(first).includes(id));
      let moved = hasMoved();
      for (let waited = 0; waited < 60 && !moved; waited++) {
        await pass(1);
        moved = hasMoved();
      }
      expect(moved).toBe(true);
      await pass(HOUR_SECONDS);
      expect([parameters(), await channels()]).toEqual(before);
    },
  );
});

test('the janitor puts a channel back if the event about the stopped execution was lost', async () => {
  const { pipeline, call, run, pass, released, parameters, channels, cleanUp, channel, turn } =
    simulatePublishing();
  const first = await released();
  const before = [parameters(), await channels()];
  const execution = pipeline.start('plain', ({ type, state }) => {
    const { publication } = (state?.output ?? {}) as { publication?: { phase?: string } };
    if (type === 'StateExited' && state?.name === 'Publish' && publication?.phase === 'channel')
      execution.stop();
  });
  expect((await run(execution.result)).status).toBe('ABORTED');
  await pass(2 * HOUR_SECONDS);
  // What is due happens with the next call.
  call('ssm', 'GetParameter', { Name: candidate });
  expect(channel()).not.toEqual(first);
  const { status, output } = await cleanUp();
  expect([status, output?.found]).toEqual([
    'SUCCEEDED',
    `No leftovers found. ${execution.name}: did not finish moving a channel of plain.`,
  ]);
  expect([parameters(), await channels()]).toEqual(before);
  expect(turn()).toBeUndefined();
});

describe('a function that dies while it publishes', () => {
  test.each(['killed before', 'killed after', 'invoked twice'] as const)(
    '%s: the release is published once, everywhere',
    async (happens) => {
      const { channel, channels, released } = simulatePublishing([{ lambda: 'Publish', happens, times: 3 }]);
      const images = await released();
      expect(channel()).toEqual(images);
      const { releases, history } = await channels();
      expect([releases.length, history.length]).toEqual([1, 1]);
      expect(releases[0]?.images).toEqual(images);
    },
  );

  test('for good, also when all parameters are written: the channel is put back', async () => {
    const faults: Fault[] = [];
    const { run, pipeline, parameters, channels, released, resources } = simulatePublishing(faults);
    await released();
    const before = { parameters: parameters(), resources: resources(), channels: await channels() };
    faults.push({ lambda: 'Publish', happens: 'killed after', times: 'always' });
    const { status } = await run(pipeline.start('plain').result);
    expect(status).toBe('FAILED');
    const now = await channels();
    expect(parameters()).toEqual(before.parameters);
    expect(resources()).toEqual(before.resources);
    expect(now.releases).toEqual(before.channels.releases);
    expect(now.channels.candidate?.version).toBe(before.channels.channels.candidate?.version);
    // The release was complete when its function died, so the history says that it was withdrawn.
    expect(now.history.map(({ how }) => how)).toEqual(['withdrawn', 'released', 'released']);
  });
});

describe('channels', () => {
  const promote = { action: 'promote', recipe: 'plain' } as const;
  const rollback = { action: 'rollback', recipe: 'plain' } as const;
  const stable = '/golden-images/plain/stable';

  test('three releases, promote, roll back, promote again: every region names the same release', async () => {
    const { run, pipeline, released, channel, channels } = simulatePublishing();
    const ask = async (request: Parameters<typeof pipeline.moveChannel>[0]) =>
      expect((await run(pipeline.moveChannel(request).result)).status).toBe('SUCCEEDED');
    const images = [];
    for (let count = 0; count < 3; count++) {
      images.push(await released());
      await ask(promote);
      expect(channel(stable)).toEqual(images[count]);
    }
    await ask(rollback);
    expect([channel(), channel(stable)]).toEqual([images[2], images[1]]);
    await ask(rollback);
    expect(channel(stable)).toEqual(images[0]);
    const [newest] = (await channels()).releases;
    await ask({ ...promote, version: newest?.version ?? '' });
    expect(channel(stable)).toEqual(images[2]);
  });

  test('a rollback that fails in the third of six regions leaves all regions where they were', async () => {
    const faults: Fault[] = [];
    const { run, pipeline, released, parameters, channels, turn, resources } = simulatePublishing(faults);
    for (let count = 0; count < 2; count++) {
      await released();
      await run(pipeline.moveChannel(promote).result);
    }
    const before = [parameters(), await channels(), resources()];
    faults.push(channelFault('eu-west-1', 0));
    const { status, error } = await run(pipeline.moveChannel(rollback).result);
    expect([status, error]).toEqual(['FAILED', 'Denied']);
    expect([parameters(), await channels(), resources()]).toEqual(before);
    expect(turn()).toBeUndefined();
  });

  test.each([
    [
      'cannot be put back',
      { call: 'PutParameter', region: 'us-west-2', times: 'always' },
      /Not everything was put back: .*No\./,
    ],
    [
      'cannot be cleaned up',
      { lambda: 'CleanUp', happens: 'killed before', times: 'always' },
      /Clean-up failed/,
    ],
  ] as const)('a rollback that %s says so', async (_, fault, reason) => {
    const faults: Fault[] = [];
    const { run, pipeline, released, channel, pass, call } = simulatePublishing(faults);
    for (let count = 0; count < 2; count++) {
      await released();
      await run(pipeline.moveChannel(promote).result);
    }
    const before = channel(stable);
    faults.push(channelFault('eu-west-1', 0));
    const execution = pipeline.moveChannel(rollback);
    execution.listen(({ type, state }) => {
      if (type !== 'StateEntered' || state?.name !== 'CleanUp' || faults.length > 1) return;
      faults.push(
        'call' in fault ? { ...fault, error: 'ValidationException', message: 'No.', status: 400 } : fault,
      );
    });
    const { status, error, cause } = await run(execution.result);
    expect([status, error]).toEqual(['FAILED', 'NotPutBack']);
    expect(cause).toMatch(reason);
    expect(cause).toContain('Denied');
    expect(cause).toContain('An explicit deny.');
    // What is due happens with the next call.
    await pass(60);
    call('ssm', 'GetParameter', { Name: stable });
    expect(channel(stable)).not.toEqual(before);
  });

  test.each([0.2, 1, 3])('a promotion that is stopped after %s s: all regions, or none', async (seconds) => {
    const { run, pipeline, pass, released, channel, turn } = simulatePublishing([], { triggers: true });
    const first = await released();
    await run(pipeline.moveChannel(promote).result);
    const second = await released();
    const execution = pipeline.moveChannel(promote);
    setTimeout(execution.stop, seconds * 1000);
    await run(execution.result);
    await pass(HOUR_SECONDS);
    expect([first, second]).toContainEqual(channel(stable));
    expect(turn()).toBeUndefined();
  });

  test('two promotions at once move the channel once, and one after the other', async () => {
    const { run, pipeline, released, channel, channels } = simulatePublishing();
    const images = await released();
    const both = [pipeline.moveChannel(promote), pipeline.moveChannel(promote)];
    const results = await run(Promise.all(both.map(({ result }) => result)));
    expect(results.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(channel(stable)).toEqual(images);
    expect((await channels()).history.map(({ how }) => how)).toEqual(['promoted', 'released']);
  });

  test('a refused request ends at once, with the reason', async () => {
    const { run, pipeline, world } = simulatePublishing();
    const began = world.now();
    const { status, error, cause } = await run(pipeline.moveChannel(rollback).result);
    expect([status, error]).toEqual(['FAILED', 'InvalidInput']);
    expect(cause).toContain('The channel stable of plain names no release');
    expect(world.now() - began).toBeLessThan(10_000);
  });
});

test('an older build that publishes after a newer one does not move the channel back', async () => {
  // The first copies fail, so the first build is overtaken.
  const { world, pipeline, run, pass, channel, channels } = simulatePublishing([
    { image: 'fails', by: 'CopyImage', region: 'eu-west-1', times: 2 },
  ]);
  const slow = pipeline.start('plain');
  let isCopying = false;
  slow.listen(({ state }) => {
    isCopying ||= state?.name === 'CopyImagesWait';
  });
  while (!isCopying) await pass(10);
  // The lease keeps two builds of a recipe apart. Without it, the channel still keeps its order.
  for (const item of world.dynamoItems.all())
    if (JSON.stringify(item).includes('lease#plain')) world.dynamoItems.delete(item.id);
  const fast = pipeline.start({ recipe: 'plain', overrides: {} });
  const [older] = await run(Promise.all([slow.result, fast.result]));
  const { releases, channels: now, history } = await channels();
  expect(releases).toHaveLength(2);
  expect(now.candidate).toMatchObject({ version: releases[0]?.version, earlier: [] });
  expect(history).toHaveLength(1);
  expect(channel()).toEqual(releases[0]?.images);
  expect(older.output).toMatchObject({
    publication: { reason: `candidate has already named the newer version ${releases[0]?.version}` },
  });
});
