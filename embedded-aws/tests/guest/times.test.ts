import { expect, test } from 'vitest';
import type { Disk } from '../../src/catalog/disk.ts';
import { baseDisk } from '../../src/catalog/packages.ts';
import { patch, rebootGuest, runScript } from '../../src/guest/index.ts';
import { simulateSsm } from '../simulated-ssm.ts';

const AT = Date.UTC(2026, 10, 20);
const DAY_MS = 86_400_000;
const KEY = '/etc/ssh/ssh_host_ed25519_key';
const LOG = '/var/log/cloud-init.log';

test('a file of the base image has no time', () => {
  expect(baseDisk('amazon-linux-2023', 0).times).toBeUndefined();
});

test('a boot creates the files that identify a machine once, and writes logs at every boot', async () => {
  const { world, online, pass, disk } = simulateSsm();
  const id = await online('amazon-linux-2023');
  const first = disk(id).times ?? {};
  expect(first[KEY]).toBeLessThanOrEqual(world.now());
  expect(first[KEY]).toBe(first[LOG]);
  expect(Object.keys(first)).not.toContain('/etc/fstab');
  rebootGuest(world, id, world.now());
  const before = world.now();
  await pass(3600);
  expect(disk(id).times?.[KEY]).toBe(first[KEY]);
  expect(disk(id).times?.[LOG]).toBeGreaterThan(before);
});

test('an agent keeps its registration and writes its log again', async () => {
  const { world, online, pass, disk } = simulateSsm();
  const registration = '/var/lib/amazon/ssm/Vault/Store/EC2RegistrationKey';
  const log = '/var/log/amazon/ssm/amazon-ssm-agent.log';
  const id = await online('amazon-linux-2023');
  const first = disk(id).times ?? {};
  rebootGuest(world, id, world.now());
  await pass(3600);
  expect(disk(id).times?.[registration]).toBe(first[registration]);
  expect(disk(id).times?.[log]).toBeGreaterThan(first[log] ?? 0);
});

test('a script and its user data write files at their time', async () => {
  const { online, disk, world, script } = simulateSsm();
  const id = await online('amazon-linux-2023', { userData: '#!/bin/sh\ntouch /etc/early\n' });
  const up = world.now();
  await script(id, 'touch /etc/late');
  expect(disk(id).times?.['/etc/early']).toBeLessThanOrEqual(up);
  expect(disk(id).times?.['/etc/late']).toBeGreaterThan(up);
});

test('a file that is removed and created again has its new time', () => {
  const first = runScript(baseDisk('debian-12', 0), 'touch /a /b', AT).disk;
  const second = runScript(first, 'rm /a', AT + DAY_MS).disk;
  expect(second.times).toEqual({ '/b': AT });
  expect(runScript(second, 'touch /a', AT + DAY_MS).disk.times).toEqual({ '/a': AT + DAY_MS, '/b': AT });
});

test('patches write their logs at their time', () => {
  expect(patch(baseDisk('debian-12', 1), AT).disk.times).toMatchObject({ '/var/log/dpkg.log': AT });
});

test('sysprep forgets the times of the files that it removes', async () => {
  const { online, pass, disk, command } = simulateSsm();
  const id = await online('windows-2022');
  const sysprep = '& "$env:ProgramFiles\\Amazon\\EC2Launch\\EC2Launch.exe" sysprep --shutdown=true';
  await command(id, 'AWS-RunPowerShellScript', { commands: [sysprep] }, 60);
  await pass(3600);
  expect(Object.keys(disk(id).times ?? {}).filter((file) => file.includes('EC2Launch'))).toEqual([]);
});

test('a disk of an older world has no times, and gets the times of what is written from then on', () => {
  const { times: _none, ...old }: Disk = { ...baseDisk('debian-12', 0), files: ['/a', '/etc/machine-id'] };
  expect(runScript(old, 'touch /b', AT).disk).toMatchObject({
    files: ['/a', '/etc/machine-id', '/b'],
    times: { '/b': AT },
  });
});
