import {
  CreateImageCommand,
  DeregisterImageCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { diskOf, inventory } from '../../src/inventory.ts';
import { services } from '../../src/services.ts';
import { CONSUMER, OWNER, simulateEc2 } from '../simulated-ec2.ts';

test('the inventory shows the current state regardless of read lag, and omits what is gone', async () => {
  const { client, run, launch, pass, world } = simulateEc2({ lags: true });
  const standing = () => inventory({ world, services }, OWNER).map(({ kind, state }) => `${kind} ${state}`);
  expect(standing()).toEqual([]);
  const { Instances } = await run(
    client().send(
      new RunInstancesCommand(
        launch({
          TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a', Value: '1' }] }],
          BlockDeviceMappings: [
            { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 1, DeleteOnTermination: false } },
          ],
        }),
      ),
    ),
  );
  const InstanceId = Instances?.[0]?.InstanceId ?? '';
  expect(inventory({ world, services }, OWNER)[0]).toMatchObject({
    kind: 'instance',
    id: InstanceId,
    tags: { a: '1' },
  });
  await pass(600);
  expect(standing()).toEqual(['instance running', 'volume in-use', 'volume in-use']);
  const { ImageId = '' } = await run(
    client().send(new CreateImageCommand({ InstanceId, Name: 'golden', NoReboot: true })),
  );
  expect(standing().slice(3)).toEqual(['image pending', 'snapshot pending', 'snapshot pending']);
  await pass(4000);
  expect(standing().slice(3)).toEqual(['image available', 'snapshot completed', 'snapshot completed']);
  expect(diskOf({ world, services }, ImageId)).toEqual(diskOf({ world, services }, InstanceId));
  expect(diskOf({ world, services }, ImageId)?.os).toBe('amazon-linux-2023');

  await run(client().send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] })));
  expect(standing()[0]).toBe('instance shutting-down');
  await pass(400);
  await run(client().send(new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true })));
  expect(standing()).toEqual(['volume available']);
  expect(inventory({ world, services }, CONSUMER)).toEqual([]);
});
