import { expect, test } from 'vitest';
import { baseDisk, systems } from '../../src/catalog/packages.ts';
import { isOlder } from '../../src/catalog/versions.ts';
import { vulnerabilitiesOf } from '../../src/catalog/vulnerabilities.ts';
import { patch } from '../../src/guest/index.ts';

const AT = Date.parse('2026-11-20T03:00:00Z');

test('versions are in the order of the repositories', () => {
  for (const { packages } of Object.values(systems)) {
    for (const { versions } of packages) {
      const known = versions.filter((version) => version !== null);
      for (const [index, version] of known.entries()) {
        const newer = known[index - 1];
        expect(isOlder(version, version)).toBe(false);
        if (newer === undefined || newer === version) continue;
        expect(isOlder(version, newer), `${version} < ${newer}`).toBe(true);
        expect(isOlder(newer, version), `${newer} < ${version}`).toBe(false);
      }
    }
  }
});

test.each([
  ['1.2', '1.10'],
  ['2.0', '1:1.0'],
  ['1.0~rc1', '1.0'],
  ['1.0', '1.0.1'],
  ['1.0a', '1.0.1'],
  ['1.0a', '1.0b'],
])('%s is older than %s', (older, newer) => {
  expect(isOlder(older, newer)).toBe(true);
  expect(isOlder(newer, older)).toBe(false);
});

test.each(['amazon-linux-2023', 'ubuntu-24.04', 'debian-12', 'windows-2022'] as const)(
  'updates leave only vulnerabilities without a fix, and older images of %s have more',
  (os) => {
    const counts = [3, 2, 1, 0].map((generation) => vulnerabilitiesOf(baseDisk(os, generation), AT).length);
    expect(counts).toEqual(counts.toSorted((a, b) => b - a));
    expect(counts[0]).toBeGreaterThan(counts.at(-1) ?? 0);
    const { disk } = patch(baseDisk(os, 3), AT);
    for (const { packages } of vulnerabilitiesOf(disk, AT)) {
      expect(packages.some(({ fixedIn }) => fixedIn === undefined)).toBe(true);
    }
  },
);
