import { describe, expect, it } from 'vitest';
import {
  earlierChange,
  type Permission,
  sharingChange,
  snapshotCalls,
  wantedSharing,
} from '../../shared/build/sharing.ts';

const [a, b, c] = ['111122223333', '444455556666', '777788889999'].map((UserId) => ({ UserId })) as [
  Permission,
  Permission,
  Permission,
];
const everyone: Permission = { Group: 'all' };
const share = { accounts: ['111122223333'], organizations: [], organizationalUnits: [], public: false };

describe('the permissions that a recipe gives', () => {
  it('are for launches only, without copyable', () => {
    expect(wantedSharing(share)).toEqual({ launch: [a], createVolume: [] });
    expect(wantedSharing({ ...share, copyable: false })).toEqual({ launch: [a], createVolume: [] });
    expect(wantedSharing({ ...share, accounts: [], public: true }).createVolume).toEqual([]);
  });

  it('are for copies, too, with copyable', () => {
    expect(wantedSharing({ ...share, copyable: true })).toEqual({ launch: [a], createVolume: [a] });
    const all = { ...share, accounts: [], public: true, copyable: true };
    expect(wantedSharing(all)).toEqual({ launch: [everyone], createVolume: [everyone] });
  });
});

describe('the change of a new release', () => {
  it('adds what is missing and removes what is not listed', () => {
    expect(sharingChange([a, b], [b, c, everyone])).toEqual({ add: [a], remove: [c, everyone] });
    expect(sharingChange([a, b], [b, a])).toEqual({ add: [], remove: [] });
  });
});

describe('the change of an earlier release', () => {
  it('is the same, if the release may get permissions', () => {
    expect(earlierChange([a, b], [b, c], true)).toEqual({ add: [a], remove: [c] });
  });

  it('only removes, if it may not', () => {
    expect(earlierChange([a, b], [b, c], false)).toEqual({ add: [], remove: [c] });
  });

  it('never makes it public, and removes nobody if everyone is listed', () => {
    expect(earlierChange([everyone], [a], true)).toEqual({ add: [], remove: [] });
    expect(earlierChange([a], [everyone], true)).toEqual({ add: [a], remove: [everyone] });
  });
});

describe('the calls for a snapshot', () => {
  const accounts = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ UserId: String(100_000_000_000 + index) }));
  const sizes = (add: number, remove: number) =>
    snapshotCalls({ add: accounts(add), remove: accounts(remove) }).map((call) => [
      call.add.length,
      call.remove.length,
    ]);

  it('remove first, never add and remove together, and change at most 500 permissions each', () => {
    expect(sizes(0, 0)).toEqual([]);
    expect(sizes(500, 1)).toEqual([
      [0, 1],
      [500, 0],
    ]);
    expect(sizes(501, 1000)).toEqual([
      [0, 500],
      [0, 500],
      [500, 0],
      [1, 0],
    ]);
  });

  it('contain each permission once, in order', () => {
    const add = accounts(1000);
    expect(snapshotCalls({ add, remove: [] }).flatMap((call) => call.add)).toEqual(add);
  });
});
