import {
  DescribeInstancePatchesCommand,
  type DescribeInstancePatchesCommandInput,
  DescribeInstancePatchStatesCommand,
} from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { simulateSsm } from '../simulated-ssm.ts';

async function patched(parameters: Record<string, string[]>) {
  const simulated = simulateSsm();
  const { run, client } = simulated;
  const id = await simulated.online('amazon-linux-2023', { generation: 2 });
  await simulated.command(id, 'AWS-RunPatchBaseline', parameters);
  return {
    ...simulated,
    id,
    states: async () =>
      (await run(client.send(new DescribeInstancePatchStatesCommand({ InstanceIds: [id] }))))
        .InstancePatchStates,
    patches: async (input: Partial<DescribeInstancePatchesCommandInput> = {}) =>
      (await run(client.send(new DescribeInstancePatchesCommand({ InstanceId: id, ...input })))).Patches ??
      [],
  };
}

test('a scan reports missing updates', async () => {
  const { id, states, patches } = await patched({ Operation: ['Scan'] });
  const missing = await patches({ Filters: [{ Key: 'State', Values: ['Missing'] }] });
  expect(missing.length).toBeGreaterThan(0);
  expect(missing[0]).toMatchObject({ State: 'MISSING', KBId: expect.stringMatching(/\.x86_64$/) });
  expect(await states()).toMatchObject([
    { InstanceId: id, Operation: 'Scan', MissingCount: missing.length, InstalledPendingRebootCount: 0 },
  ]);
});

test('an installation leaves no missing updates; without a reboot, some updates are pending reboot', async () => {
  const { states, command, id, instance } = await patched({
    Operation: ['Install'],
    RebootOption: ['NoReboot'],
  });
  const [waiting] = (await states()) ?? [];
  expect(waiting).toMatchObject({ Operation: 'Install', RebootOption: 'NoReboot', MissingCount: 0 });
  expect(waiting?.InstalledPendingRebootCount).toBeGreaterThan(0);
  expect(waiting?.LastNoRebootInstallOperationTime).toBeInstanceOf(Date);
  await command(id, 'AWS-RunPatchBaseline', { Operation: ['Install'] });
  expect(await states()).toMatchObject([{ InstalledPendingRebootCount: 0, MissingCount: 0 }]);
  expect(instance(id).boots).toBe(2);
});

test('a node that was never patched has no patch state', async () => {
  const { run, client, online } = simulateSsm();
  const id = await online('ubuntu-24.04');
  const { InstancePatchStates } = await run(
    client.send(new DescribeInstancePatchStatesCommand({ InstanceIds: [id] })),
  );
  expect(InstancePatchStates).toEqual([]);
  const { Patches } = await run(client.send(new DescribeInstancePatchesCommand({ InstanceId: id })));
  expect(Patches).toEqual([]);
});

test.each<[Partial<DescribeInstancePatchesCommandInput>, string]>([
  [{ InstanceId: 'i-11111111' }, 'InvalidInstanceId'],
  [{ InstanceId: 'x' }, 'ValidationException'],
  [{ MaxResults: 9 }, 'ValidationException'],
  [{ Filters: [{ Key: 'Colour', Values: ['red'] }] }, 'InvalidFilter'],
])('DescribeInstancePatches refuses %j', async (input, name) => {
  const { patches } = await patched({ Operation: ['Scan'] });
  await expect(patches(input)).rejects.toMatchObject({ name });
});
