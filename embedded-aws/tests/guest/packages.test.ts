import { describe, expect, test } from 'vitest';
import { baseDisk, type OsName, systems } from '../../src/catalog/packages.ts';
import { pendingUpdates, repositoryAt } from '../../src/catalog/repositories.ts';
import { patch, runScript } from '../../src/guest/index.ts';

const AT = Date.UTC(2026, 10, 20);
const HOUR_MS = 3_600_000;
const WEEK_MS = 168 * HOUR_MS;

const names = Object.keys(systems) as OsName[];

test.each(names)('%s: an older image has more updates pending, and the newest has some', (os) => {
  const pending = [0, 1, 2, 12].map((generation) => pendingUpdates(baseDisk(os, generation), AT).length);
  expect(pending[0]).toBeGreaterThan(0);
  expect(pending).toEqual([...pending].sort((a, b) => a - b));
});

test.each(names)('%s: after patching no updates are pending, and a reboot is due', (os) => {
  const { disk, installed } = patch(baseDisk(os, 1), AT);
  expect(pendingUpdates(disk, AT)).toEqual([]);
  expect(installed.length).toBeGreaterThan(0);
  expect(disk.rebootPending).toBe(true);
  expect(patch(disk, AT)).toEqual({ disk, installed: [] });
});

test.each(names)('%s: a published image has no files that identify a machine', (os) => {
  const { files, journal, rebootPending } = baseDisk(os, 0);
  expect(files.filter((file) => systems[os].bootFiles.includes(file))).toEqual([]);
  expect({ journal, rebootPending }).toEqual({ journal: [], rebootPending: false });
});

test('only Debian has no agent', () => {
  const without = names.filter((os) => baseDisk(os, 0).packages['amazon-ssm-agent'] === undefined);
  expect(without).toEqual(['debian-12']);
});

test('a script that upgrades all packages has the same result as patching', () => {
  const disk = baseDisk('ubuntu-24.04', 2);
  const upgraded = runScript(disk, 'apt-get update && apt-get -y dist-upgrade', AT).disk;
  expect(upgraded.packages).toEqual(patch(disk, AT).disk.packages);
  expect(upgraded.rebootPending).toBe(true);
});

describe('releases over time', () => {
  const patchedAt = (os: OsName, at: number) => patch(baseDisk(os, 0), at).disk;
  const missing = (os: OsName, at: number, since: number) => pendingUpdates(patchedAt(os, at), since);

  test.each(names)(
    '%s: a patched disk has no pending updates an hour later, and some in every later week',
    (os) => {
      expect(missing(os, AT, AT + HOUR_MS)).toEqual([]);
      for (let week = 0; week < 60; week++) {
        const at = AT + week * WEEK_MS;
        const lacked = missing(os, at, at + WEEK_MS);
        expect(lacked.length, `week ${week}`).toBeGreaterThan(0);
        expect(patch(patchedAt(os, at), at + WEEK_MS).installed).toEqual(lacked);
      }
    },
  );

  test.each(names)('%s: updates are published on Tuesday at 18:00 UTC and do not change later', (os) => {
    const tuesday = Date.UTC(2026, 11, 1, 18);
    expect(missing(os, tuesday - WEEK_MS, tuesday - 1)).toEqual([]);
    expect(missing(os, tuesday - 1, tuesday).length).toBeGreaterThan(0);
    expect(repositoryAt(os, tuesday)).toEqual(repositoryAt(os, tuesday));
  });

  test('versions keep the form of their distribution', () => {
    const versionIn = (os: OsName, name: string) =>
      repositoryAt(os, AT + 8 * WEEK_MS).find((known) => known.name === name)?.versions[0];
    expect(versionIn('amazon-linux-2023', 'kernel')).toBe('6.1.158-180.296.amzn2023');
    expect(versionIn('amazon-linux-2023', 'expat')).toBe('2.6.3-1.amzn2023.0.5');
    expect(versionIn('debian-12', 'openssl')).toBe('3.0.17-1~deb12u5');
    expect(versionIn('windows-2022', 'KB2267602')).toBe('1.441.420.8');
  });

  test('Windows gets a new cumulative update every fourth week, which is due on every disk', () => {
    const weeks = [0, 3, 4, 8].map((week) => missing('windows-2022', AT, AT + week * WEEK_MS));
    const cumulative = weeks.map((lacked) => lacked.filter(({ name }) => /^KB507/.test(name)).length);
    expect(cumulative).toEqual([0, 0, 1, 2]);
  });

  test('a package that is installed later has the version of that time', () => {
    const later = AT + 8 * WEEK_MS;
    const { disk } = runScript(baseDisk('debian-12', 0), 'apt-get upgrade -y', later);
    expect(pendingUpdates(disk, later)).toEqual([]);
    expect(pendingUpdates(disk, later + WEEK_MS).length).toBeGreaterThan(0);
  });
});
