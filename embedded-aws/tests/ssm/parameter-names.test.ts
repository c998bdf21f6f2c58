import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  RemoveTagsFromResourceCommand,
  UnlabelParameterVersionCommand,
} from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { ACCOUNT, REGION, simulateSsm } from '../simulated-ssm.ts';
import { listen } from './listening.ts';

const arn = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/p`;

async function withParameter(Name: string) {
  const simulated = simulateSsm();
  const heard = listen(simulated);
  const { run, client, pass } = simulated;
  await run(client.send(new PutParameterCommand({ Name, Value: 'v1', Type: 'String' })));
  await pass(60);
  return { ...simulated, heard };
}

describe.each([
  ['/p', 'p'],
  ['p', '/p'],
])('a parameter that was created as %s', (put, other) => {
  test(`is read as ${other}, and the response repeats the requested name`, async () => {
    const { run, client } = await withParameter(put);
    const { Parameter } = await run(client.send(new GetParameterCommand({ Name: other })));
    expect(Parameter).toMatchObject({ Name: other, Value: 'v1', ARN: arn });
    const { Parameters, InvalidParameters } = await run(
      client.send(new GetParametersCommand({ Names: [put, `${other}:1`, ' p ', arn] })),
    );
    expect(Parameters?.map(({ Name, Selector }) => [Name, Selector])).toEqual([
      [put, undefined],
      [other, ':1'],
      ['p', undefined],
      ['p', undefined],
    ]);
    expect(InvalidParameters).toEqual([]);
  });

  test('is listed without a slash, and found by both names', async () => {
    const { run, client } = await withParameter(put);
    const filters = [
      {},
      { ParameterFilters: [{ Key: 'Name', Values: [other] }] },
      { ParameterFilters: [{ Key: 'Name', Option: 'BeginsWith', Values: [other] }] },
      { Filters: [{ Key: 'Name' as const, Values: [other] }] },
    ];
    for (const input of filters) {
      const { Parameters } = await run(client.send(new DescribeParametersCommand(input)));
      expect(Parameters, JSON.stringify(input)).toMatchObject([{ Name: 'p', ARN: arn }]);
    }
    const { Parameters } = await run(client.send(new GetParametersByPathCommand({ Path: '/' })));
    expect(Parameters).toMatchObject([{ Name: 'p', Value: 'v1' }]);
  });

  test(`cannot be created again as ${other}, and can be overwritten as ${other}`, async () => {
    const { run, client, pass, world } = await withParameter(put);
    const again = { Name: other, Value: 'v2', Type: 'String' as const };
    await expect(run(client.send(new PutParameterCommand(again)))).rejects.toMatchObject({
      name: 'ParameterAlreadyExists',
    });
    const { Version } = await run(client.send(new PutParameterCommand({ ...again, Overwrite: true })));
    expect(Version).toBe(2);
    await pass(60);
    expect(world.parameters.all()).toMatchObject([{ name: 'p', value: 'v2', version: 2 }]);
    const { Parameters } = await run(client.send(new GetParameterHistoryCommand({ Name: other })));
    expect(Parameters?.map(({ Value }) => Value)).toEqual(['v1', 'v2']);
  });

  test(`is labelled and tagged as ${other}`, async () => {
    const { run, client, world } = await withParameter(put);
    const label = { Name: other, ParameterVersion: 1, Labels: ['stable'] };
    await run(client.send(new LabelParameterVersionCommand(label)));
    expect(world.parameters.all()).toMatchObject([{ labels: ['stable'] }]);
    await run(client.send(new UnlabelParameterVersionCommand(label)));
    expect(world.parameters.all()).toMatchObject([{ labels: [] }]);
    const resource = { ResourceType: 'Parameter' as const, ResourceId: other };
    await run(client.send(new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: 'a', Value: '1' }] })));
    const { TagList } = await run(client.send(new ListTagsForResourceCommand(resource)));
    expect(TagList).toEqual([{ Key: 'a', Value: '1' }]);
    await run(client.send(new RemoveTagsFromResourceCommand({ ...resource, TagKeys: ['a'] })));
    expect(world.parameters.all()).toMatchObject([{ name: 'p', tags: {} }]);
  });

  test(`is deleted as ${other}`, async () => {
    const { run, client, world, heard, pass } = await withParameter(put);
    await run(client.send(new DeleteParameterCommand({ Name: other })));
    expect(world.parameters.all()).toEqual([]);
    await pass(600);
    expect(heard()).toMatchObject(
      ['Create', 'Delete'].map((operation) => ({ resources: [arn], detail: { name: 'p', operation } })),
    );
  });

  test(`is deleted as ${other} together with other parameters`, async () => {
    const { run, client, world } = await withParameter(put);
    const answer = await run(client.send(new DeleteParametersCommand({ Names: [other, '/none'] })));
    expect(answer).toMatchObject({ DeletedParameters: [other], InvalidParameters: ['/none'] });
    expect(world.parameters.all()).toEqual([]);
  });
});

test('in a hierarchy, the slash is part of the name', async () => {
  const { run, client, world } = await withParameter('/a/p');
  expect(world.parameters.all()).toMatchObject([{ name: '/a/p' }]);
  const { Parameter } = await run(client.send(new GetParameterCommand({ Name: '/a/p' })));
  expect(Parameter).toMatchObject({ Name: '/a/p' });
});

test.each(['a/p', '/a//p', '//p', '{p}', 'a b'])(
  'GetParameter and GetParameters refuse the name %s',
  async (name) => {
    const { run, client } = await withParameter('/a/p');
    const refused = {
      name: 'ValidationException',
      message:
        'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided ' +
        'by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    };
    await expect(run(client.send(new GetParameterCommand({ Name: name })))).rejects.toMatchObject(refused);
    await expect(run(client.send(new GetParametersCommand({ Names: [name] })))).rejects.toMatchObject(
      refused,
    );
  },
);
