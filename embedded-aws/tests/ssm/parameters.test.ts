import {
  DeleteParameterCommand,
  DeleteParametersCommand,
  GetParameterCommand,
  GetParametersCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
} from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { defaultPolicy, newKey } from '../../src/kms/keys.ts';
import { parameterId } from '../../src/ssm/parameter-names.ts';
import { ACCOUNT, REGION, simulateSsm } from '../simulated-ssm.ts';
import { listen } from './listening.ts';

const publicName = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';

function withPublicParameter() {
  const simulated = simulateSsm();
  const { world } = simulated;
  world.parameters.put(
    {
      id: parameterId('', REGION, publicName),
      account: '',
      region: REGION,
      name: publicName,
      type: 'String',
      dataType: 'text',
      value: 'ami-0123456789abcdef0',
      version: 90,
      lastModified: world.now(),
    },
    world.now(),
    0,
  );
  return simulated;
}

function simulateParameters() {
  const simulated = simulateSsm();
  const { run, client, pass } = simulated;
  return {
    ...simulated,
    put: async (input: Partial<PutParameterCommandInput> = {}) => {
      const answer = await run(
        client.send(
          new PutParameterCommand({ Name: '/golden/latest', Value: 'ami-1', Type: 'String', ...input }),
        ),
      );
      await pass(60);
      return answer;
    },
    get: async (Name = '/golden/latest', WithDecryption = false) =>
      (await run(client.send(new GetParameterCommand({ Name, WithDecryption })))).Parameter,
  };
}

describe("AWS's public parameters", () => {
  test('have no account in their ARN', async () => {
    const { run, client } = withPublicParameter();
    const { Parameter } = await run(client.send(new GetParameterCommand({ Name: publicName })));
    expect(Parameter).toMatchObject({
      Name: publicName,
      Value: 'ami-0123456789abcdef0',
      Version: 90,
      ARN: `arn:aws:ssm:${REGION}::parameter${publicName}`,
      DataType: 'text',
    });
  });

  test('are found by ARN and by version', async () => {
    const { run, client } = withPublicParameter();
    const arn = `arn:aws:ssm:${REGION}::parameter${publicName}`;
    const { Parameters, InvalidParameters } = await run(
      client.send(
        new GetParametersCommand({ Names: [arn, `${publicName}:90`, `${publicName}:89`, 'nothing'] }),
      ),
    );
    expect(Parameters?.map(({ Version, Selector }) => [Version, Selector])).toEqual([
      [90, undefined],
      [90, ':90'],
    ]);
    expect(InvalidParameters).toEqual([`${publicName}:89`, 'nothing']);
  });

  test('cannot be changed', async () => {
    const { run, client, world } = withPublicParameter();
    const refused = { name: 'AccessDeniedException', message: expect.stringContaining('reserved') };
    await expect(
      run(client.send(new PutParameterCommand({ Name: publicName, Value: 'x', Type: 'String' }))),
    ).rejects.toMatchObject(refused);
    await expect(run(client.send(new DeleteParameterCommand({ Name: publicName })))).rejects.toMatchObject(
      refused,
    );
    expect(world.parameters.all()).toHaveLength(1);
  });
});

describe('a parameter', () => {
  test('is created, refused without Overwrite, and overwritten', async () => {
    const { put, get } = simulateParameters();
    expect(await put()).toMatchObject({ Version: 1, Tier: 'Standard' });
    await expect(put({ Value: 'ami-2' })).rejects.toMatchObject({
      name: 'ParameterAlreadyExists',
      message: expect.stringContaining('set the overwrite option in the request to true'),
    });
    expect(await put({ Value: 'ami-2', Overwrite: true })).toMatchObject({ Version: 2 });
    expect(await get()).toMatchObject({
      Value: 'ami-2',
      Version: 2,
      Type: 'String',
      DataType: 'text',
      ARN: `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/golden/latest`,
    });
  });

  test('is found by ARN, with and without a slash before its name', async () => {
    const { put, get } = simulateParameters();
    await put();
    await put({ Name: 'plain' });
    const arn = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter`;
    expect(await get(`${arn}/golden/latest`)).toMatchObject({ Name: '/golden/latest' });
    expect(await get(`${arn}/plain:1`)).toMatchObject({ Name: 'plain', Selector: ':1' });
    await expect(get(`arn:aws:ssm:${REGION}:111122223333:parameter/plain`)).rejects.toMatchObject({
      name: 'ParameterNotFound',
    });
  });

  test('keeps the members that an update leaves out, except the value', async () => {
    const { put, world } = simulateParameters();
    await put({ Description: 'which image', AllowedPattern: 'ami-.*' });
    await put({ Value: 'ami-2', Type: undefined, Overwrite: true });
    expect(world.parameters.all()).toMatchObject([
      { value: 'ami-2', type: 'String', description: 'which image', allowedPattern: 'ami-.*' },
    ]);
    await expect(put({ Value: 'x', Overwrite: true })).rejects.toMatchObject({
      name: 'ParameterPatternMismatchException',
      message: 'Parameter value, cannot be validated against allowedPattern: ami-.*',
    });
  });

  test('of type SecureString shows its value only with decryption', async () => {
    const { put, get, world } = simulateParameters();
    await put({ Type: 'SecureString', Value: 'secret' });
    const hidden = await get();
    expect(hidden?.Value).toMatch(/^AQICAH[A-Za-z0-9+/]+=$/);
    expect((await get('/golden/latest', true))?.Value).toBe('secret');
    expect(world.parameters.all()).toMatchObject([{ keyId: 'alias/aws/ssm' }]);
    await expect(put({ Name: 'other', Type: 'SecureString', KeyId: 'alias/none' })).rejects.toMatchObject({
      name: 'InvalidKeyId',
      message: expect.stringContaining(`arn:aws:kms:${REGION}:${ACCOUNT}:alias/none is not found`),
    });
  });

  test('needs its key, enabled and permitted for the account, for writes and reads', async () => {
    const { put, get, world } = simulateParameters();
    const key = newKey(
      world,
      {
        account: ACCOUNT,
        region: REGION,
        tags: {},
        description: '',
        manager: 'CUSTOMER',
        multiRegion: false,
        creationTime: world.now(),
        policy: defaultPolicy(ACCOUNT),
      },
      world.now(),
    );
    await put({ Type: 'SecureString', KeyId: key.id });
    expect((await get('/golden/latest', true))?.Value).toBe('ami-1');
    world.keys.put({ ...key, state: 'Disabled' }, world.now(), 0);
    const disabled = { name: 'InvalidKeyId', message: expect.stringContaining('is disabled') };
    await expect(get('/golden/latest', true)).rejects.toMatchObject(disabled);
    await expect(put({ Type: 'SecureString', Overwrite: true })).rejects.toMatchObject(disabled);
    world.keys.put({ ...key, policy: defaultPolicy('111122223333') }, world.now(), 0);
    await expect(get('/golden/latest', true)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('The ciphertext refers to a customer master key'),
    });
    // Reads without decryption need no permission on the key.
    expect((await get())?.Value).toMatch(/^AQICAH/);
  });

  test('of more than 4 KB has the advanced tier and keeps it', async () => {
    const { put } = simulateParameters();
    const Value = 'x'.repeat(4097);
    await expect(put({ Value })).rejects.toMatchObject({
      message: expect.stringContaining('maximum parameter value of 4096 characters'),
    });
    expect(await put({ Value, Tier: 'Intelligent-Tiering' })).toMatchObject({ Tier: 'Advanced' });
    expect(await put({ Overwrite: true })).toMatchObject({ Tier: 'Advanced' });
    await expect(put({ Overwrite: true, Tier: 'Standard' })).rejects.toMatchObject({
      message: expect.stringContaining("You can't downgrade a parameter"),
    });
    await expect(put({ Overwrite: true, Value: 'x'.repeat(8193) })).rejects.toMatchObject({
      message: expect.stringContaining('8192'),
    });
    expect(await put({ Name: 'small', Tier: 'Intelligent-Tiering' })).toMatchObject({ Tier: 'Standard' });
  });

  test('is deleted, and is not found afterwards', async () => {
    const { put, get, run, client, pass } = simulateParameters();
    await put();
    await put({ Name: '/b' });
    await run(client.send(new DeleteParameterCommand({ Name: '/golden/latest' })));
    await pass(60);
    await expect(get()).rejects.toMatchObject({ name: 'ParameterNotFound', message: '' });
    await expect(
      run(client.send(new DeleteParameterCommand({ Name: '/golden/latest' }))),
    ).rejects.toMatchObject({ name: 'ParameterNotFound' });
    expect(
      await run(client.send(new DeleteParametersCommand({ Names: ['/b', '/c', publicName] }))),
    ).toMatchObject({ DeletedParameters: ['/b'], InvalidParameters: ['/c', publicName] });
    // A new parameter with the same name starts at version 1.
    expect(await put()).toMatchObject({ Version: 1 });
  });

  test('sends its changes to EventBridge', async () => {
    const simulated = simulateParameters();
    const heard = listen(simulated);
    const { put, run, client, pass } = simulated;
    await put({ Description: 'Sample' });
    await put({ Overwrite: true });
    await run(client.send(new DeleteParameterCommand({ Name: '/golden/latest' })));
    await pass(600);
    const detail = { name: '/golden/latest', type: 'String', description: 'Sample' };
    expect(heard()).toMatchObject(
      ['Create', 'Update', 'Delete'].map((operation) => ({
        source: 'aws.ssm',
        detailType: 'Parameter Store Change',
        resources: [`arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/golden/latest`],
        detail: { ...detail, operation },
      })),
    );
  });
});

describe('PutParameter refuses', () => {
  test.each<[Partial<PutParameterCommandInput>, string, RegExp]>([
    [{ Name: 'awsome' }, 'ValidationException', /^Parameter name: can't be prefixed with "aws" or "ssm"/],
    [{ Name: 'aws/x' }, 'ValidationException', /^Parameter name: can't be prefixed with "aws" or "ssm"/],
    [
      { Name: '/ssm/x' },
      'ValidationException',
      /can't be prefixed with "ssm" \(case-insensitive\)\. If formed/,
    ],
    [{ Name: '/AWS/x' }, 'AccessDeniedException', /^No access to reserved parameter name: \/AWS\/x\.$/],
    [{ Name: 'a/b' }, 'ValidationException', /^Parameter name must be a fully qualified name/],
    [{ Name: '/a//b' }, 'ValidationException', /the following 3 symbols/],
    [{ Name: '/a/' }, 'ValidationException', /the following 3 symbols/],
    [{ Name: 'a b' }, 'ValidationException', /the following 3 symbols/],
    [{ Name: `${'a'.repeat(1000)}!` }, 'ValidationException', /the following 3 symbols/],
    [{ Name: '/l'.repeat(16) }, 'HierarchyLevelLimitExceededException', /maximum of 15 levels/],
    [{ Name: 'n'.repeat(970) }, 'ValidationException', /1011/],
    [{ Name: 'n'.repeat(2049) }, 'ValidationException', /at 'name' .* less than or equal to 2048/],
    [
      { Name: undefined, Value: undefined },
      'ValidationException',
      /^2 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; Value null at 'value' failed/,
    ],
    [
      { Value: '' },
      'ValidationException',
      /^1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1$/,
    ],
    [{ Value: '{{ssm:x}}' }, 'ValidationException', /can't nest another parameter/],
    [
      { Type: undefined },
      'ValidationException',
      /^A parameter type is required when you create a parameter\.$/,
    ],
    [
      { Type: 'string' as 'String' },
      'ValidationException',
      /at 'type' .*: Member must satisfy enum value set: \[SecureString, StringList, String\]$/,
    ],
    [{ Tier: 'Huge' as 'Standard' }, 'ValidationException', /at 'tier'/],
    [
      { KeyId: 'alias/aws/ssm' },
      'ValidationException',
      /^KeyId is required for SecureString type parameter only/,
    ],
    [{ AllowedPattern: '(' }, 'InvalidAllowedPatternException', /regular expression/],
    [{ AllowedPattern: '\\d+' }, 'ParameterPatternMismatchException', /allowedPattern: \\d\+$/],
    [
      { DataType: 'aws:EC2:image' },
      'ValidationException',
      /is not supported: aws:EC2:image \(Data type names are all/,
    ],
    [{ DataType: 'integer' }, 'NotEmulated', /DataType integer/],
    [{ DataType: 'aws:ec2:image', Type: 'StringList' }, 'ValidationException', /type String only/],
    [{ Policies: '[]' }, 'NotEmulated', /the parameter Policies/],
    [
      { Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] },
      'ValidationException',
      /tags and overwrite can't be used together/,
    ],
    [{ Tags: [{ Key: '', Value: 'b' }] }, 'ValidationException', /at 'tags\.1\.member\.key'/],
    [{ Tags: [{ Key: 'aws:x', Value: 'b' }] }, 'ValidationException', /reserved prefix/],
  ])('%j', async (input, name, message) => {
    const { put, world } = simulateParameters();
    await expect(put(input)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
    expect(world.parameters.all()).toEqual([]);
  });

  test('a change of the type', async () => {
    const { put } = simulateParameters();
    await put();
    await expect(put({ Type: 'StringList', Overwrite: true })).rejects.toMatchObject({
      name: 'HierarchyTypeMismatchException',
    });
  });
});

test('a name with fifteen levels is accepted', async () => {
  const { put, get } = simulateParameters();
  const Name = '/l'.repeat(15);
  await put({ Name });
  expect(await get(Name)).toMatchObject({ Name });
});

test.each([
  [[], /greater than or equal to 1/],
  [Array.from({ length: 11 }, (_, index) => `n${index}`), /at 'names' .*less than or equal to 10/],
  [
    [''],
    /Member must satisfy constraint: \[Member must have length less than or equal to 2048, Member must have length greater than or equal to 1\]/,
  ],
])('GetParameters refuses the names %j', async (Names, message) => {
  const { run, client } = simulateSsm();
  await expect(run(client.send(new GetParametersCommand({ Names })))).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringMatching(message),
  });
});

test.each([
  ['nothing', 'ParameterNotFound', /^$/],
  [
    '/golden/latest:2',
    'ParameterVersionNotFound',
    /could not find version 2 of \/golden\/latest\. Verify the version/,
  ],
  ['/golden/latest:prod', 'ParameterVersionNotFound', /could not find label prod/],
  ['/golden/latest:1:2', 'ValidationException', /<name>:<version\/label>/],
])('GetParameter refuses %s', async (name, code, message) => {
  const { put, get } = simulateParameters();
  await put();
  await expect(get(name)).rejects.toMatchObject({ name: code, message: expect.stringMatching(message) });
});
