import {
  DescribeParametersCommand,
  type DescribeParametersCommandInput,
  GetParametersByPathCommand,
  type GetParametersByPathCommandInput,
  LabelParameterVersionCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
} from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { parameterId } from '../../src/ssm/parameter-names.ts';
import { REGION, simulateSsm } from '../simulated-ssm.ts';

const parameters: Partial<PutParameterCommandInput>[] = [
  { Name: 'plain' },
  { Name: '/app/db/host', Tags: [{ Key: 'team', Value: 'blue' }] },
  { Name: '/app/db/secret', Type: 'SecureString' },
  { Name: '/app/name', Type: 'StringList', Tier: 'Advanced' },
  { Name: '/apple' },
];

async function withParameters() {
  const simulated = simulateSsm();
  const { run, client, pass, world } = simulated;
  const put = (input: Partial<PutParameterCommandInput>) =>
    run(
      client.send(
        new PutParameterCommand({ Value: 'v1', Type: 'String', ...input } as PutParameterCommandInput),
      ),
    );
  for (const parameter of parameters) await put(parameter);
  await put({ Name: '/app/db/host', Value: 'v2', Overwrite: true });
  await run(
    client.send(
      new LabelParameterVersionCommand({ Name: '/app/db/host', ParameterVersion: 1, Labels: ['old'] }),
    ),
  );
  for (const name of ['/aws/service/some/image', '/aws/service/some/other']) {
    world.parameters.put(
      {
        id: parameterId('', REGION, name),
        account: '',
        region: REGION,
        name,
        type: 'String',
        dataType: 'text',
        value: 'ami-1',
        version: 1,
        lastModified: 0,
      },
      0,
      0,
    );
  }
  await pass(60);
  return {
    ...simulated,
    byPath: async (input: Partial<GetParametersByPathCommandInput>) =>
      run(client.send(new GetParametersByPathCommand({ Path: '/app', ...input }))),
    describe: async (input: DescribeParametersCommandInput) =>
      run(client.send(new DescribeParametersCommand(input))),
  };
}

describe('GetParametersByPath', () => {
  test.each<[Partial<GetParametersByPathCommandInput>, string[]]>([
    [{}, ['/app/name']],
    [{ Path: '/app/' }, ['/app/name']],
    [{ Recursive: true }, ['/app/db/host', '/app/db/secret', '/app/name']],
    [{ Path: '/' }, ['apple', 'plain']],
    [{ Path: '/nowhere' }, []],
    [{ Path: '/aws/service/some' }, ['/aws/service/some/image', '/aws/service/some/other']],
    [{ Recursive: true, ParameterFilters: [{ Key: 'Type', Values: ['SecureString'] }] }, ['/app/db/secret']],
    [
      { Recursive: true, ParameterFilters: [{ Key: 'KeyId', Option: 'BeginsWith', Values: ['alias/'] }] },
      ['/app/db/secret'],
    ],
    [{ Path: '/app/db', ParameterFilters: [{ Key: 'Label', Values: ['old'] }] }, ['/app/db/host']],
  ])('%j finds %j', async (input, names) => {
    const { byPath } = await withParameters();
    expect((await byPath(input)).Parameters?.map(({ Name }) => Name)).toEqual(names);
  });

  test('returns the version with the label', async () => {
    const { byPath } = await withParameters();
    const { Parameters } = await byPath({
      Path: '/app/db',
      ParameterFilters: [{ Key: 'Label', Values: ['old'] }],
    });
    expect(Parameters).toMatchObject([{ Value: 'v1', Version: 1, Selector: ':old' }]);
  });

  test('returns pages', async () => {
    const { byPath } = await withParameters();
    const first = await byPath({ Recursive: true, MaxResults: 2 });
    expect(first.Parameters).toHaveLength(2);
    const second = await byPath({ Recursive: true, MaxResults: 2, NextToken: first.NextToken });
    expect(second.Parameters?.map(({ Name }) => Name)).toEqual(['/app/name']);
    expect(second.NextToken).toBeUndefined();
  });

  test.each<[Partial<GetParametersByPathCommandInput>, string, RegExp]>([
    [{ Path: 'app' }, 'ValidationException', /must begin with a forward slash/],
    [{ Path: '/a b' }, 'ValidationException', /Valid example/],
    [{ Path: undefined }, 'ValidationException', /Value null at 'path'/],
    [{ MaxResults: 11 }, 'ValidationException', /'11' at 'maxResults' .*less than or equal to 10/],
    [{ NextToken: 'x' }, 'InvalidNextToken', /not valid/],
    [
      { ParameterFilters: [{ Key: 'Name', Values: ['x'] }] },
      'InvalidFilterKey',
      /not valid: Name\. Valid filter keys/,
    ],
    [{ ParameterFilters: [{ Key: 'tag:a', Values: ['x'] }] }, 'InvalidFilterKey', /tag:a/],
    [
      { ParameterFilters: [{ Key: 'Colour', Values: ['x'] }] },
      'ValidationException',
      /at 'parameterFilters\.1\.member\.key'/,
    ],
    [
      { ParameterFilters: [{ Key: 'Label', Option: 'BeginsWith', Values: ['x'] }] },
      'InvalidFilterOption',
      /\[Equals\]/,
    ],
  ])('refuses %j', async (input, name, message) => {
    const { byPath } = await withParameters();
    await expect(byPath(input)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });
});

describe('DescribeParameters', () => {
  const filter = (Key: string, Values: string[], Option?: string): DescribeParametersCommandInput => ({
    ParameterFilters: [{ Key, Values, ...(Option === undefined ? {} : { Option }) }],
  });

  test.each<[DescribeParametersCommandInput, string[]]>([
    [{}, ['/app/db/host', '/app/db/secret', '/app/name', 'apple', 'plain']],
    [{ Filters: [{ Key: 'Name', Values: ['/app/'] }] }, ['/app/db/host', '/app/db/secret', '/app/name']],
    [{ Filters: [{ Key: 'Type', Values: ['StringList'] }] }, ['/app/name']],
    [filter('Name', ['plain']), ['plain']],
    [filter('Name', ['/app'], 'BeginsWith'), ['/app/db/host', '/app/db/secret', '/app/name', 'apple']],
    [filter('Name', ['b/h'], 'Contains'), ['/app/db/host']],
    [filter('Type', ['SecureString', 'StringList']), ['/app/db/secret', '/app/name']],
    [filter('KeyId', ['alias/aws/ssm']), ['/app/db/secret']],
    [filter('Path', ['/app']), ['/app/name']],
    [filter('Path', ['/app'], 'Recursive'), ['/app/db/host', '/app/db/secret', '/app/name']],
    [filter('Tier', ['Advanced']), ['/app/name']],
    [filter('DataType', ['aws:ec2:image']), []],
    [filter('tag:team', ['blue', 'red']), ['/app/db/host']],
    [{ ParameterFilters: [{ Key: 'tag:team' }] }, ['/app/db/host']],
    [{ ParameterFilters: [{ Key: 'tag:nobody' }] }, []],
  ])('%j finds %j', async (input, names) => {
    const { describe } = await withParameters();
    expect((await describe(input)).Parameters?.map(({ Name }) => Name)).toEqual(names);
  });

  test('returns everything except values', async () => {
    const { describe } = await withParameters();
    const { Parameters = [] } = await describe(filter('Name', ['/app/db/secret']));
    expect(Parameters).toMatchObject([
      { Type: 'SecureString', KeyId: 'alias/aws/ssm', Tier: 'Standard', Version: 1, DataType: 'text' },
    ]);
    expect(JSON.stringify(Parameters)).not.toContain('v1');
  });

  test('returns pages', async () => {
    const { describe } = await withParameters();
    const first = await describe({ MaxResults: 3 });
    const second = await describe({ MaxResults: 3, NextToken: first.NextToken });
    expect([first.Parameters?.length, second.Parameters?.length]).toEqual([3, 2]);
  });

  test.each<[DescribeParametersCommandInput, string, RegExp]>([
    [
      { ...filter('Name', ['x']), Filters: [{ Key: 'Name', Values: ['x'] }] },
      'ValidationException',
      /either Filters or ParameterFilters/,
    ],
    [filter('Label', ['x']), 'InvalidFilterKey', /\[Path, Name, Type, KeyId, Tier, DataType\]/],
    [{ ParameterFilters: [{ Key: 'Name' }] }, 'InvalidFilterValue', /missing : null for filter key Name/],
    [
      {
        ParameterFilters: [
          { Key: 'Name', Values: ['x'] },
          { Key: 'Name', Values: ['y'] },
        ],
      },
      'InvalidFilterKey',
      /duplicated in the request: Name/,
    ],
    [filter('Path', ['/x'], 'Equals'), 'InvalidFilterOption', /\[Recursive, OneLevel\]/],
    [filter('Path', ['/aws/service']), 'ValidationException', /Filters for common parameters/],
    [filter('Type', ['Text']), 'InvalidFilterValue', /not valid: Text/],
    [filter('Type', ['String'], 'Contains'), 'InvalidFilterOption', /\[BeginsWith, Equals\]/],
    [
      { Filters: [{ Key: 'Colour' as 'Name', Values: ['x'] }] },
      'ValidationException',
      /at 'filters\.1\.member\.key'/,
    ],
    [{ MaxResults: 0 }, 'ValidationException', /greater than or equal to 1/],
    [{ Shared: true }, 'NotEmulated', /Shared/],
  ])('refuses %j', async (input, name, message) => {
    const { describe } = await withParameters();
    await expect(describe(input)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });
});
