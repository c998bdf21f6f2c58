import {
  GetParameterCommand,
  GetParameterHistoryCommand,
  LabelParameterVersionCommand,
  type LabelParameterVersionCommandInput,
  PutParameterCommand,
  UnlabelParameterVersionCommand,
} from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { simulateSsm } from '../simulated-ssm.ts';
import { listen } from './listening.ts';

const Name = '/golden/latest';

async function withVersions(count: number) {
  const simulated = simulateSsm();
  const { run, client, pass } = simulated;
  const put = (Value: string) =>
    run(client.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true })));
  for (let version = 1; version <= count; version++) await put(`ami-${version}`);
  await pass(60);
  const settled = async <T>(work: Promise<T>) => {
    const answer = await run(work);
    await pass(60);
    return answer;
  };
  return {
    ...simulated,
    put,
    label: (Labels: string[], ParameterVersion?: number) =>
      settled(client.send(new LabelParameterVersionCommand({ Name, Labels, ParameterVersion }))),
    unlabel: (Labels: string[], ParameterVersion: number) =>
      settled(client.send(new UnlabelParameterVersionCommand({ Name, Labels, ParameterVersion }))),
    at: async (selector: string) =>
      (await run(client.send(new GetParameterCommand({ Name: `${Name}:${selector}` })))).Parameter,
    history: async () => (await run(client.send(new GetParameterHistoryCommand({ Name })))).Parameters ?? [],
  };
}

test('every version is kept and found by its number', async () => {
  const { at, history } = await withVersions(3);
  expect(await at('2')).toMatchObject({ Value: 'ami-2', Version: 2, Selector: ':2' });
  expect((await history()).map(({ Version, Value, Labels }) => [Version, Value, Labels])).toEqual([
    [1, 'ami-1', []],
    [2, 'ami-2', []],
    [3, 'ami-3', []],
  ]);
});

test('a label names a version and can move', async () => {
  const { at, label, history } = await withVersions(3);
  expect(await label(['prod', 'stable'])).toMatchObject({ ParameterVersion: 3, InvalidLabels: [] });
  expect(await label(['prod'], 1)).toMatchObject({ ParameterVersion: 1 });
  expect(await at('prod')).toMatchObject({ Value: 'ami-1', Selector: ':prod' });
  expect((await history()).map(({ Labels }) => Labels)).toEqual([['prod'], [], ['stable']]);
});

test('invalid labels are returned instead of being refused', async () => {
  const { label, world } = await withVersions(1);
  const strange = ['1st', 'aws-x', 'SSM', 'a b'];
  expect(await label([...strange, 'ok'])).toMatchObject({ InvalidLabels: strange });
  expect(world.parameters.all()).toMatchObject([{ labels: ['ok'] }]);
});

test('a label can be removed, and an unknown label is returned', async () => {
  const { label, unlabel, history } = await withVersions(1);
  await label(['prod', 'stable']);
  expect(await unlabel(['prod', 'none'], 1)).toMatchObject({
    RemovedLabels: ['prod'],
    InvalidLabels: ['none'],
  });
  expect((await history()).map(({ Labels }) => Labels)).toEqual([['stable']]);
});

test('a version has at most ten labels', async () => {
  const { label } = await withVersions(1);
  await label(Array.from({ length: 10 }, (_, index) => `l${index}`));
  await expect(label(['more'])).rejects.toMatchObject({
    name: 'ParameterVersionLabelLimitExceeded',
    message: expect.stringContaining('maximum 10 labels'),
  });
  // The same label again does not count twice.
  await label(['l0']);
});

test('above 100 versions the oldest is deleted, unless it has a label', async () => {
  const { put, at, label, history } = await withVersions(101);
  const versions = await history();
  expect(versions).toHaveLength(50);
  expect(versions[0]?.Version).toBe(2);
  await expect(at('1')).rejects.toMatchObject({ name: 'ParameterVersionNotFound' });
  await label(['keep'], 2);
  await expect(put('x')).rejects.toMatchObject({
    name: 'ParameterMaxVersionLimitExceeded',
    message: expect.stringMatching(/Version 2, the oldest version, can't be deleted because it has a label/),
  });
  await label(['keep'], 3);
  expect(await put('x')).toMatchObject({ Version: 102 });
});

describe('refusals', () => {
  test.each<[Partial<LabelParameterVersionCommandInput>, string, RegExp]>([
    [{ Name: '/none' }, 'ParameterNotFound', /^$/],
    [{ ParameterVersion: 7 }, 'ParameterVersionNotFound', /could not find version 7 of \/golden\/latest/],
    [{ Labels: [] }, 'ValidationException', /at 'labels'/],
    [{ Labels: ['x'.repeat(101)] }, 'ValidationException', /less than or equal to 100/],
    [{ Labels: Array(11).fill('x') }, 'ValidationException', /less than or equal to 10$/],
    [{ Name: undefined }, 'ValidationException', /Value null at 'name'/],
    [{ Name: '/aws/service/x' }, 'AccessDeniedException', /reserved/],
  ])('of both operations: %j', async (changes, name, message) => {
    const { run, client } = await withVersions(1);
    const input = { Name, Labels: ['prod'], ParameterVersion: 1, ...changes };
    const refused = { name, message: expect.stringMatching(message) };
    await expect(run(client.send(new LabelParameterVersionCommand(input)))).rejects.toMatchObject(refused);
    await expect(run(client.send(new UnlabelParameterVersionCommand(input)))).rejects.toMatchObject(refused);
  });

  test('of GetParameterHistory', async () => {
    const { run, client } = await withVersions(1);
    await expect(run(client.send(new GetParameterHistoryCommand({ Name: '/none' })))).rejects.toMatchObject({
      name: 'ParameterNotFound',
    });
    await expect(
      run(client.send(new GetParameterHistoryCommand({ Name, MaxResults: 51 }))),
    ).rejects.toMatchObject({ message: expect.stringContaining('less than or equal to 50') });
  });
});

test('EventBridge receives an event of a label', async () => {
  const simulated = await withVersions(1);
  const heard = listen(simulated);
  await simulated.label(['prod']);
  await simulated.pass(600);
  expect(heard().map(({ detail }) => detail)).toEqual([
    { name: Name, type: 'String', operation: 'LabelParameterVersion' },
  ]);
});
