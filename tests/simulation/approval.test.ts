import type { Fault } from 'embedded-aws';
import { describe, expect, test, vi } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import { readApproval } from '../../shared/aws/approvals-table.ts';
import { readHistory } from '../../shared/aws/builds-table.ts';
import { readChannels } from '../../shared/aws/channels-table.ts';
import type { Approved, Release } from '../../shared/build/execution-document.ts';
import { sessionArn, simulateApproval } from '../simulated-approval.ts';
import { plainRecipe, recipeFile } from '../simulated-build.ts';

const HOUR = 3600;

/** The images and snapshots of the account that another account could use at any time from now on. */
function watchSharing({ world }: ReturnType<typeof simulateApproval>): Set<string> {
  const seen = new Set<string>();
  const { images, snapshots } = world;
  const [putImage, putSnapshot] = [images.put.bind(images), snapshots.put.bind(snapshots)];
  vi.spyOn(images, 'put').mockImplementation((image, ...rest) => {
    if (image.account === HOME.account && image.launchPermissions.length > 0) seen.add(image.id);
    return putImage(image, ...rest);
  });
  vi.spyOn(snapshots, 'put').mockImplementation((snapshot, ...rest) => {
    if (snapshot.account === HOME.account && (snapshot.sharedWith ?? []).length > 0) seen.add(snapshot.id);
    return putSnapshot(snapshot, ...rest);
  });
  return seen;
}

function tableOf({ pipeline: { deps } }: ReturnType<typeof simulateApproval>) {
  return { dynamodb: deps.dynamodb, table: deps.settings.table };
}

describe('a build of a recipe whose images people must approve', () => {
  test('is released when a person approves it, and the release says who approved it', async () => {
    const simulation = simulateApproval();
    const { ask, answer, run, messages, world } = simulation;
    const seen = watchSharing(simulation);
    const build = await ask();
    expect([...seen]).toEqual([]);
    expect(await messages()).toMatchObject([
      { Message: expect.stringContaining(`golden approve ${build.name} --aws`) },
    ]);
    const given = await answer(build.name, 'approve', { comment: 'looks good' });
    expect(given).toMatchObject({ automation: 'Success', answer: { by: sessionArn('alice') } });
    const { status, output } = await run(build.result);
    expect(status).toBe('SUCCEEDED');
    expect(seen.size).toBe(2);
    const { approval, release } = output as { approval: Approved; release: Release };
    expect(approval).toMatchObject({ by: sessionArn('alice'), comment: 'looks good', automation: given.id });
    for (const { imageId } of release.images)
      expect(world.images.get(imageId)?.launchPermissions).toEqual([{ UserId: '111122223333' }]);
    const { releases } = await run(readChannels(tableOf(simulation), 'plain'));
    expect(releases).toMatchObject([
      { execution: build.name, approval: { by: sessionArn('alice'), comment: 'looks good' } },
    ]);
    expect(await messages()).toEqual([]);
  });

  test('fails when a person rejects it: the reason is in the error, and nothing is left', async () => {
    const simulation = simulateApproval();
    const { ask, answer, run, resources } = simulation;
    const seen = watchSharing(simulation);
    const build = await ask();
    await answer(build.name, 'reject', { comment: 'nginx is too old', as: 'bob' });
    const { status, error, cause } = await run(build.result);
    expect([status, error]).toEqual(['FAILED', 'Rejected']);
    expect(cause).toContain(`${sessionArn('bob')} rejected plain`);
    expect(cause).toContain('nginx is too old');
    expect(resources()).toEqual([]);
    expect([...seen]).toEqual([]);
    // It is no failure of the recipe, so its triggers never pause.
    const history = await run(readHistory(tableOf(simulation), 'plain'));
    expect(history).toMatchObject({ failuresInRow: 0 });
  });

  test('ends at the deadline when nobody answers: nothing is left, and no other account ever saw the image', async () => {
    const simulation = simulateApproval();
    const { ask, run, resources, world } = simulation;
    const seen = watchSharing(simulation);
    const began = world.now();
    const build = await ask();
    const asked = world.now();
    const { status, error, cause } = await run(build.result);
    expect([status, error]).toEqual(['FAILED', 'NotApproved']);
    expect(cause).toContain('Nobody approved plain');
    expect((world.now() - asked) / 1000).toBeGreaterThan(24 * HOUR - 60);
    expect((world.now() - began) / 1000).toBeLessThan(26 * HOUR);
    expect(resources()).toEqual([]);
    expect([...seen]).toEqual([]);
  });

  test('is superseded by a newer build that asks, and a person can approve only the newer one', async () => {
    const simulation = simulateApproval();
    const { ask, answer, run, pipeline } = simulation;
    const older = await ask();
    // The lease is free while people decide, so the newer build begins.
    const newer = await ask();
    expect(await answer(older.name, 'approve')).toMatchObject({
      automation: 'Failed',
      error: 'InvalidInput',
      message: expect.stringContaining('The newer build'),
    });
    const { status, error } = await run(older.result);
    expect([status, error]).toEqual(['FAILED', 'Superseded']);
    await answer(newer.name, 'approve');
    expect((await run(newer.result)).status).toBe('SUCCEEDED');
    const { channels, releases } = await run(readChannels(tableOf(simulation), 'plain'));
    expect(releases.map(({ execution }) => execution)).toEqual([newer.name]);
    expect(channels.candidate?.execution).toBe(newer.name);
    const images = pipeline.world.images.all().filter(({ tags }) => tags['golden-image:execution']);
    expect(images.every(({ tags }) => tags['golden-image:execution'] === newer.name)).toBe(true);
  });

  test('is superseded by a newer release, if the recipe no longer asks for approval', async () => {
    const simulation = simulateApproval();
    const { ask, run, pipeline } = simulation;
    const older = await ask();
    Object.assign(pipeline.deps.recipes, { plain: recipeFile(plainRecipe).recipe });
    const newer = await run(pipeline.start('plain').result);
    expect(newer.status).toBe('SUCCEEDED');
    expect(await run(older.result)).toMatchObject({ status: 'FAILED', error: 'Superseded' });
  });

  test('is not superseded by a trial, and does not supersede a trial', async () => {
    const simulation = simulateApproval();
    const { ask, answer, run } = simulation;
    const build = await ask();
    const trial = await ask({ recipe: 'plain', overrides: { share: null } });
    const table = tableOf(simulation);
    expect(await run(readApproval(table, build.name))).toMatchObject({ state: 'waiting' });
    await answer(trial.name, 'approve');
    await answer(build.name, 'approve');
    expect((await run(trial.result)).status).toBe('SUCCEEDED');
    expect((await run(build.result)).status).toBe('SUCCEEDED');
  });

  test('that was stopped cannot be approved, and leaves nothing behind', async () => {
    const simulation = simulateApproval({ triggers: true });
    const { ask, answer, run, pass, resources } = simulation;
    const build = await ask();
    build.stop();
    expect((await run(build.result)).status).toBe('ABORTED');
    expect(await answer(build.name, 'approve')).toMatchObject({
      error: 'InvalidInput',
      message: `The build ${build.name} has ended: ABORTED`,
    });
    await pass(HOUR);
    expect(resources()).toEqual([]);
  });
});

test('only a build that nobody approved raises the alarm: people know about the others', async () => {
  const { ask, answer, run, pass, call } = simulateApproval({ triggers: true });
  // A new rule is in force after some seconds.
  await pass(60);
  const byTrigger = (id: string) => ({ recipe: 'plain', trigger: { type: 'custom' as const, id } });
  const superseded = await ask(byTrigger('a'));
  const rejected = await ask(byTrigger('b'));
  await answer(rejected.name, 'reject', { comment: 'too old' });
  await run(Promise.all([superseded.result, rejected.result]));
  /** The errors in the queue of BakeFailedAlarm, which keeps them for half an hour. */
  const alarming = async () => {
    await pass(120);
    const { QueueUrl } = call('sqs', 'GetQueueUrl', { QueueName: 'golden-image-failed-builds' });
    const { Messages = [] } = call('sqs', 'ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 }) as {
      Messages?: { Body: string }[];
    };
    return Messages.map(({ Body }) => JSON.parse(Body).detail.error);
  };
  expect(await alarming()).toEqual([]);
  const late = await ask(byTrigger('c'));
  await run(late.result);
  expect(await alarming()).toEqual(['NotApproved']);
});

test.each(['killed before', 'killed after', 'invoked twice'] as const)(
  'an approval is one approval if the functions are %s',
  async (happens) => {
    const faults = ['Approve', 'AnswerApproval'].map((lambda): Fault => ({ lambda, happens, times: 2 }));
    const { ask, answer, run, messages } = simulateApproval({ faults });
    const build = await ask();
    expect(await answer(build.name, 'approve')).toMatchObject({ automation: 'Success' });
    const { status, output } = await run(build.result);
    expect(status).toBe('SUCCEEDED');
    expect(output).toMatchObject({ approval: { by: sessionArn('alice') } });
    // Two invocations at the same time may both send it.
    expect((await messages()).length).toBeLessThanOrEqual(2);
  },
);

test('a recipe without the gate asks nobody', async () => {
  const { run, pipeline, messages } = simulateApproval({ recipes: [plainRecipe] });
  const { status, output } = await run(pipeline.start('plain').result);
  expect([status, (output as { approval?: unknown }).approval]).toEqual(['SUCCEEDED', undefined]);
  expect(await messages()).toEqual([]);
});
