import { expect, test } from 'vitest';
import { systems } from '../../src/catalog/packages.ts';
import { rebootGuest } from '../../src/guest/index.ts';
import { simulateSsm } from '../simulated-ssm.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const installAgent =
  '#!/bin/sh\ncurl -O https://example.com/amazon-ssm-agent.deb\ndpkg -i amazon-ssm-agent.deb\n';

test('a first boot creates the files that identify a machine', async () => {
  const { launch, pass, disk } = simulateSsm();
  const id = launch('amazon-linux-2023');
  expect(disk(id).files).not.toContain('/etc/machine-id');
  await pass(300);
  expect(disk(id).files).toEqual(expect.arrayContaining([...systems['amazon-linux-2023'].bootFiles]));
});

test('the agent comes online and writes its files', async () => {
  const { online, instance, disk } = simulateSsm();
  const id = await online('ubuntu-24.04');
  expect(instance(id).boots).toBe(1);
  expect(disk(id).files).toContain('/var/log/amazon/ssm/amazon-ssm-agent.log');
});

test('without an instance profile the agent does not come online', async () => {
  const { world, launch, pass, instance } = simulateSsm();
  const id = launch('amazon-linux-2023');
  const { instanceProfileArn: _none, ...rest } = instance(id);
  world.instances.put(rest, world.now(), 0);
  await pass(7200);
  expect(instance(id).agentOnlineSince).toBeUndefined();
});

test('on Debian, user data installs the agent; user data runs once', async () => {
  const { world, launch, online, pass, instance, disk } = simulateSsm();
  const without = launch('debian-12');
  await pass(7200);
  expect(instance(without).agentOnlineSince).toBeUndefined();

  const id = await online('debian-12', { userData: base64(installAgent) });
  expect(disk(id).journal).toEqual([
    { at: expect.any(Number), document: 'user-data', step: 'user-data', script: installAgent },
  ]);
  rebootGuest(world, id, world.now());
  await pass(3600);
  expect(instance(id)).toMatchObject({ boots: 2, agentOnlineSince: expect.any(Number) });
  expect(disk(id).journal).toHaveLength(1);
});

test('user data that shuts down stops the instance', async () => {
  const { launch, pass, instance } = simulateSsm();
  const id = launch('amazon-linux-2023', { userData: '#!/bin/sh\nshutdown -h now\n' });
  await pass(3600);
  expect(instance(id)).toMatchObject({ state: 'stopped' });
  expect(instance(id).agentOnlineSince).toBeUndefined();
});

test('a fault keeps one agent offline forever, and no other agent', async () => {
  const { world, launch, online, pass, instance } = simulateSsm({ faults: [{ agent: 'silent' }] });
  const struck = launch('amazon-linux-2023');
  await pass(3600);
  rebootGuest(world, struck, world.now());
  await pass(3600);
  expect(instance(struck).agentOnlineSince).toBeUndefined();
  await online('amazon-linux-2023');
});

test('a reboot stops the agent and starts it again', async () => {
  const { world, online, pass, instance } = simulateSsm();
  const id = await online('amazon-linux-2023');
  const before = instance(id).agentOnlineSince ?? 0;
  rebootGuest(world, id, world.now());
  await pass(1);
  expect(instance(id).agentOnlineSince).toBeUndefined();
  expect(instance(id).agentLostAt).toBeGreaterThan(before);
  await pass(1800);
  expect(instance(id).agentOnlineSince).toBeGreaterThan(before);
  expect(instance(id).agentLostAt).toBeUndefined();
});

test('a machine that is stopped during its boot never comes up', async () => {
  const { launch, change, pass, instance, disk } = simulateSsm();
  const id = launch('amazon-linux-2023');
  await pass(1);
  change(id, { state: 'stopped' });
  await pass(3600);
  expect(instance(id).agentOnlineSince).toBeUndefined();
  expect(disk(id).files).not.toContain('/etc/machine-id');
});
