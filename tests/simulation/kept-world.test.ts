import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  beginWorld,
  decodeWorld,
  encodeWorld,
  installClock,
  inventory,
  keepAwake,
  perform,
  restoreWorld,
  type SimulatedClock,
  services,
} from 'embedded-aws';
import { describe, expect, onTestFinished, test } from 'vitest';
import { functionArn } from '../../local/machines.ts';
import { deploy, HOME } from '../../local/pipeline.ts';
import { AT, plainRecipe, recipeFile } from '../simulated-build.ts';

const MACHINE = 'arn:aws:states:us-east-1:999988887777:stateMachine:golden-image-bake';
const recipes = [recipeFile(plainRecipe)];

const pass = (clock: SimulatedClock, seconds: number) =>
  clock.run(new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000)));

/** Writes a world to its file while `work` is running, and opens it a day later in another process. */
function closedFor(daySeconds: number, work: (call: Call, clock: SimulatedClock) => Promise<void>) {
  return async () => {
    const clock = installClock(AT, 7);
    let file: Uint8Array;
    try {
      const kept = beginWorld({ seed: 7, now: clock.now });
      deploy(kept.world, recipes, { triggers: true });
      const call: Call = (service, operation, input) =>
        perform(services, kept.world, { service, operation, ...HOME, input });
      await work(call, clock);
      file = encodeWorld(kept);
    } finally {
      clock.uninstall();
    }
    const next = installClock(new Date(decodeWorld(file).at + daySeconds * 1000), 8);
    onTestFinished(() => next.uninstall());
    const { world } = restoreWorld(decodeWorld(file), { now: next.now });
    return { world, clock: next, due: world.transitions.map(({ kind }) => kind) };
  };
}
type Call = (service: string, operation: string, input: Record<string, unknown>) => Record<string, unknown>;

describe('a kept world with due transitions', () => {
  const reopen = closedFor(86_400, async (call, clock) => {
    // A running build, an event for a function, a message of a topic, a schedule, and an event on its way to a rule.
    call('sfn', 'StartExecution', { stateMachineArn: MACHINE, input: '{"recipe":"plain"}' });
    await pass(clock, 100);
    const Payload = new TextEncoder().encode('{}');
    call('lambda', 'Invoke', { FunctionName: functionArn('watch'), InvocationType: 'Event', Payload });
    const TopicArn = call('sns', 'CreateTopic', { Name: 'news' }).TopicArn;
    call('sns', 'Subscribe', { TopicArn, Protocol: 'lambda', Endpoint: functionArn('watch') });
    call('sns', 'Publish', { TopicArn, Message: 'news' });
    call('dynamodb', 'CreateTable', {
      TableName: 'other',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    });
    call('eventbridge', 'PutEvents', {
      Entries: [{ Source: 'me', DetailType: 'Golden Image Build Requested', Detail: '{"recipe":"plain"}' }],
    });
  });

  test('accepts a deployment, applies all due transitions, and finishes the running build', async () => {
    const { world, clock, due } = await reopen();
    // Transitions of every service, and of several services at the same time.
    const kinds = [
      'function.due',
      'notification.delivered',
      'event.arrives',
      'dynamodb.created',
      'command.task-end',
    ];
    expect(due).toEqual(expect.arrayContaining(kinds));
    const pipeline = deploy(world, recipes, { triggers: true });
    onTestFinished(keepAwake(world, services));
    const results = await clock.run(Promise.all(pipeline.resume().map(({ result }) => result)));
    expect(results.map(({ status }) => status)).toEqual(['SUCCEEDED']);
    await pass(clock, 3600);
    expect(world.functionEvents.all()).toEqual([]);
    expect(world.dynamoTables.all().find(({ name }) => name === 'other')?.status).toBe('ACTIVE');
    const kept = inventory(pipeline, HOME.account).map(({ kind, region }) => `${kind} ${region}`);
    expect(kept.toSorted()).toEqual([
      'image eu-west-1',
      'image us-east-1',
      'snapshot eu-west-1',
      'snapshot us-east-1',
    ]);
  });
});

describe('a file of a former version', () => {
  /** Opens a world that an earlier version of the project kept, and deploys the pipeline of today in it. */
  function open(name: string) {
    const file = gunzipSync(readFileSync(join(import.meta.dirname, 'kept-worlds', name)));
    const stored = decodeWorld(file);
    const clock = installClock(new Date(stored.at), 9);
    onTestFinished(() => clock.uninstall());
    const { world } = restoreWorld(stored, { now: clock.now });
    const pipeline = deploy(world, recipes);
    const images = () => inventory(pipeline, HOME.account).filter(({ kind }) => kind === 'image');
    return { stored, clock, world, pipeline, images };
  }

  test('version 1 is read, and bakes continue in it', async () => {
    const { clock, pipeline, images } = open('version-1.json.gz');
    const before = images();
    expect(before).toHaveLength(2);
    const { status } = await clock.run(pipeline.start('plain').result);
    expect(status).toBe('SUCCEEDED');
    expect(images()).toHaveLength(4);
    expect(images()).toEqual(expect.arrayContaining(before));
  });

  test('version 1 with two running builds, before and after the start of the automation: both succeed', async () => {
    // The plans of these builds do not name a version of the build document.
    const { stored, clock, world, pipeline, images } = open('version-1-building.json.gz');
    expect(stored.version).toBe(1);
    expect(images()).toEqual([]);
    expect(world.automations.all()).toHaveLength(1);
    const resumed = pipeline.resume();
    expect(resumed.map(({ name }) => name)).toEqual(['al2023', 'ubuntu2404']);
    const results = await clock.run(Promise.all(resumed.map(({ result }) => result)));
    expect(results.map(({ status, cause }) => [status, cause])).toEqual([
      ['SUCCEEDED', undefined],
      ['SUCCEEDED', undefined],
    ]);
    // The second automation runs the default version, which this deployment published.
    expect(world.automations.all().map(({ status, documentVersion }) => [status, documentVersion])).toEqual([
      ['Success', 1],
      ['Success', 2],
    ]);
    const released = world.images.all().filter(({ account }) => account === HOME.account);
    expect(
      released.map(({ name, region, state }) => `${name.split('-')[0]} ${region} ${state}`).toSorted(),
    ).toEqual([
      'al2023 eu-west-1 available',
      'al2023 us-east-1 available',
      'ubuntu2404 ap-southeast-2 available',
      'ubuntu2404 eu-central-1 available',
      'ubuntu2404 us-east-1 available',
      'ubuntu2404 us-west-2 available',
    ]);
    expect(inventory(pipeline, HOME.account).filter(({ kind }) => kind === 'instance')).toEqual([]);
  });
});
