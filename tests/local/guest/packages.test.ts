import { expect, test } from 'vitest';
import { baseDisk, type OsName, pendingUpdates, systems } from '../../../local/aws/catalog/packages.ts';
import { patch, runScript } from '../../../local/aws/guest/index.ts';

const names = Object.keys(systems) as OsName[];

test.each(names)('%s: an older image has more updates pending, and the newest has some', (os) => {
  const pending = [0, 1, 2, 12].map((generation) => pendingUpdates(baseDisk(os, generation)).length);
  expect(pending[0]).toBeGreaterThan(0);
  expect(pending).toEqual([...pending].sort((a, b) => a - b));
});

test.each(names)('%s: patching leaves nothing pending, and a reboot that is due', (os) => {
  const { disk, installed } = patch(baseDisk(os, 1));
  expect(pendingUpdates(disk)).toEqual([]);
  expect(installed.length).toBeGreaterThan(0);
  expect(disk.rebootPending).toBe(true);
  expect(patch(disk)).toEqual({ disk, installed: [] });
});

test.each(names)('%s: a published image holds nothing of a machine', (os) => {
  const { files, journal, rebootPending } = baseDisk(os, 0);
  expect(files.filter((file) => systems[os].bootFiles.includes(file))).toEqual([]);
  expect({ journal, rebootPending }).toEqual({ journal: [], rebootPending: false });
});

test('Debian alone comes without the agent', () => {
  const without = names.filter((os) => baseDisk(os, 0).packages['amazon-ssm-agent'] === undefined);
  expect(without).toEqual(['debian-12']);
});

test('a script that upgrades everything does what patching does', () => {
  const disk = baseDisk('ubuntu-24.04', 2);
  const upgraded = runScript(disk, 'apt-get update && apt-get -y dist-upgrade').disk;
  expect(upgraded.packages).toEqual(patch(disk).disk.packages);
  expect(upgraded.rebootPending).toBe(true);
});
