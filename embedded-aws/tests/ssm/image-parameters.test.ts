import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import type { ImageRecord } from '../../src/ec2/records.ts';
import { ACCOUNT, REGION, simulateSsm } from '../simulated-ssm.ts';
import { listen } from './listening.ts';

const Name = '/golden/ami';
const theirs = '111122223333';

function simulateImages() {
  const simulated = simulateSsm();
  const { world, run, client, pass } = simulated;
  const image = (id: string, changes: Partial<ImageRecord> = {}) =>
    world.images.put(
      {
        id,
        account: ACCOUNT,
        region: REGION,
        tags: {},
        name: id,
        state: 'available',
        architecture: 'x86_64',
        creationDate: world.now(),
        platformDetails: 'Linux/UNIX',
        usageOperation: 'RunInstances',
        rootDeviceName: '/dev/xvda',
        rootDeviceType: 'ebs',
        blockDeviceMappings: [],
        productCodes: [],
        launchPermissions: [],
        ...changes,
      },
      world.now(),
      0,
    );
  image('ami-own');
  image('ami-pending', { state: 'pending' });
  image('ami-far', { region: 'us-east-1' });
  image('ami-theirs', { account: theirs });
  image('ami-shared', { account: theirs, launchPermissions: [{ UserId: ACCOUNT }] });
  image('ami-public', { account: theirs, launchPermissions: [{ Group: 'all' }] });
  return {
    ...simulated,
    heard: listen(simulated),
    put: async (Value: string, Overwrite = false) => {
      const input = { Name, Value, Type: 'String' as const, DataType: 'aws:ec2:image', Overwrite };
      return run(client.send(new PutParameterCommand(input)));
    },
    get: async () => {
      await pass(120);
      return (await run(client.send(new GetParameterCommand({ Name })))).Parameter;
    },
  };
}

test.each(['ami-own', 'ami-shared', 'ami-public'])(
  'the version with %s is returned immediately and visible a little later',
  async (image) => {
    const { put, get, run, client, heard } = simulateImages();
    expect(await put(image)).toMatchObject({ Version: 1, Tier: 'Standard' });
    await expect(run(client.send(new GetParameterCommand({ Name })))).rejects.toMatchObject({
      name: 'ParameterNotFound',
    });
    expect(await get()).toMatchObject({ Value: image, Version: 1, DataType: 'aws:ec2:image' });
    expect(heard()).toMatchObject([
      { detail: { dataType: 'aws:ec2:image', name: Name, type: 'String', operation: 'Create' } },
    ]);
  },
);

test.each(['ami-none', 'ami-pending', 'ami-far', 'ami-theirs', 'no image at all'])(
  'the version with %s never appears, and only EventBridge receives an event',
  async (image) => {
    const { put, get, heard, world } = simulateImages();
    expect(await put(image)).toMatchObject({ Version: 1 });
    await expect(get()).rejects.toMatchObject({ name: 'ParameterNotFound' });
    expect(heard()).toMatchObject([
      {
        resources: [`arn:aws:ssm:${REGION}:${ACCOUNT}:parameter${Name}`],
        detail: {
          exception: 'Unable to Describe Resource',
          dataType: 'aws:ec2:image',
          name: Name,
          type: 'String',
          operation: 'Create',
        },
      },
    ]);
    expect(world.parameterDrafts.all()).toEqual([]);
  },
);

test('a failed update keeps the previous version', async () => {
  const { put, get, heard } = simulateImages();
  await put('ami-own');
  await get();
  expect(await put('ami-none', true)).toMatchObject({ Version: 2 });
  expect(await get()).toMatchObject({ Value: 'ami-own', Version: 1 });
  expect(heard().at(-1)?.detail).toMatchObject({ exception: expect.any(String), operation: 'Update' });
});

test('two concurrent updates have different numbers, in any order of completion', async () => {
  const { put, get, world } = simulateImages();
  expect(await put('ami-own')).toMatchObject({ Version: 1 });
  expect(await put('ami-shared', true)).toMatchObject({ Version: 2 });
  expect(await get()).toMatchObject({ Value: 'ami-shared', Version: 2 });
  expect(world.parameters.all()).toMatchObject([{ earlier: [{ value: 'ami-own', version: 1 }] }]);
});
