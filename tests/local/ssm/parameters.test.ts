import { GetParameterCommand, GetParametersCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { parameterId } from '../../../local/aws/catalog/parameters.ts';
import { ACCOUNT, REGION, simulateSsm } from '../simulated-ssm.ts';

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

test("AWS's public parameters have no account in their ARN", async () => {
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

test('a version can be named, and another one is not there', async () => {
  const { run, client } = withPublicParameter();
  const { Parameters, InvalidParameters } = await run(
    client.send(new GetParametersCommand({ Names: [`${publicName}:90`, `${publicName}:89`, 'nothing'] })),
  );
  expect(Parameters?.map(({ Version }) => Version)).toEqual([90]);
  expect(InvalidParameters).toEqual([`${publicName}:89`, 'nothing']);
});

test('an own parameter is written, refused without Overwrite, and overwritten', async () => {
  const { run, client, pass } = simulateSsm();
  const put = (input: { Value: string; Overwrite?: boolean }) =>
    run(client.send(new PutParameterCommand({ Name: '/golden/latest', Type: 'String', ...input })));
  expect(await put({ Value: 'ami-1' })).toMatchObject({ Version: 1, Tier: 'Standard' });
  await expect(put({ Value: 'ami-2' })).rejects.toMatchObject({
    name: 'ParameterAlreadyExists',
    message: expect.stringContaining('set the overwrite option in the request to true'),
  });
  expect(await put({ Value: 'ami-2', Overwrite: true })).toMatchObject({ Version: 2 });
  await pass(60);
  const { Parameter } = await run(client.send(new GetParameterCommand({ Name: '/golden/latest' })));
  expect(Parameter).toMatchObject({
    Value: 'ami-2',
    Version: 2,
    ARN: `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/golden/latest`,
  });
});

test.each([
  [{ Name: 'awsome', Value: 'x' }, 'ValidationException', /can't be prefixed with "aws"/],
  [{ Name: '/a', Value: '' }, 'ValidationException', /length greater than or equal to 1/],
  [{ Name: '/a', Value: 'x'.repeat(4097) }, 'ValidationException', /maximum parameter value of 4096/],
  [{ Name: '/a', Value: 'x', Type: 'SecureString' as const }, 'NotEmulated', /SecureString/],
  [{ Name: '/a', Value: 'x', DataType: 'aws:ec2:image' }, 'NotEmulated', /aws:ec2:image/],
  [{ Name: '/a', Value: 'x', Policies: '[]' }, 'NotEmulated', /the parameter Policies/],
])('PutParameter refuses %j', async (input, name, message) => {
  const { run, client } = simulateSsm();
  await expect(run(client.send(new PutParameterCommand(input)))).rejects.toMatchObject({
    name,
    message: expect.stringMatching(message),
  });
});

test('a parameter that is not there', async () => {
  const { run, client } = simulateSsm();
  await expect(run(client.send(new GetParameterCommand({ Name: 'nothing' })))).rejects.toMatchObject({
    name: 'ParameterNotFound',
  });
});
