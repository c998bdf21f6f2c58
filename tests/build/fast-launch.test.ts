import { describe, expect, it } from 'vitest';
import { launchChange, restoreChange, wantedFastLaunches } from '../../shared/build/acceleration.ts';
import type { Channels } from '../../shared/build/channels.ts';
import { fastLaunchRefusals, fastLaunchWarnings } from '../../shared/build/fast-launch.ts';
import { refreshState } from '../../shared/build/instance-refresh.ts';
import type { FastLaunchFacts } from '../../shared/build/plan-facts.ts';
import { plainRecipe, recipeFile, windowsRecipe } from '../simulated-build.ts';

const image = {
  fastSnapshotRestore: { 'us-east-1': ['us-east-1a', 'us-east-1z'], 'eu-west-1': ['eu-west-1a'] },
};
const { recipe } = recipeFile({ ...plainRecipe, image });
const fastWindows = recipeFile({
  ...windowsRecipe,
  image: { fastLaunch: { regions: ['us-east-1'] } },
}).recipe;
const facts = (changes: Partial<FastLaunchFacts> = {}): FastLaunchFacts => ({
  zones: new Map([
    ['us-east-1', ['us-east-1a', 'us-east-1b']],
    ['eu-west-1', ['eu-west-1a']],
  ]),
  restored: new Map(),
  withoutDefaultVpc: [],
  ...changes,
});

describe('Plan', () => {
  it('refuses a zone that the account does not have', () => {
    expect(fastLaunchRefusals(recipe, { fastLaunches: facts() })).toEqual([
      'image.fastSnapshotRestore names us-east-1z, but this account has no such Availability Zone in us-east-1: use us-east-1a, us-east-1b',
    ]);
  });

  it('judges only the given regions, so that an optional region can fail by itself', () => {
    expect(fastLaunchRefusals({ ...recipe, regions: ['eu-west-1'] }, { fastLaunches: facts() })).toEqual([]);
  });

  it('refuses a region without a default VPC', () => {
    const fastLaunches = facts({ withoutDefaultVpc: ['us-east-1'] });
    expect(fastLaunchRefusals(fastWindows, { fastLaunches })[0]).toContain('us-east-1 has none: add one');
  });

  it('shows the prices, and the quota that others take', () => {
    const restored = new Map([['eu-west-1', 5]]);
    const [price, quota] = fastLaunchWarnings(recipe, { base: undefined, fastLaunches: facts({ restored }) });
    expect(price).toContain(
      'costs $2.25 an hour, or $1620 in 30 days, for each release that a channel names: 1 snapshot in 3 ',
    );
    expect(price).toContain('only in the account of the pipeline');
    expect(quota).toMatch(
      /^eu-west-1 has 5 other snapshots .* together more than 5, the default quota of a region/,
    );
    expect(fastLaunchWarnings(fastWindows, { base: undefined, fastLaunches: facts() })).toEqual([
      expect.stringContaining('prepare 5 snapshots in us-east-1'),
    ]);
  });

  it('says nothing if the recipe asks for nothing', () => {
    const plain = recipeFile(plainRecipe).recipe;
    expect(fastLaunchWarnings(plain, { base: undefined })).toEqual([]);
    expect(fastLaunchRefusals(plain, {})).toEqual([]);
  });
});

const channel = (version: string) => ({
  version,
  since: '',
  execution: '',
  by: '',
  newest: version,
  earlier: [],
});
const release = (version: string, images: Record<string, string>) => ({
  version,
  execution: '',
  at: '',
  images,
});
const channels: Channels = {
  releases: [
    release('3', { 'us-east-1': 'ami-3', 'eu-west-1': 'ami-3e' }),
    release('2', { 'us-east-1': 'ami-2' }),
    release('1', { 'us-east-1': 'ami-1', 'sa-east-1': 'ami-1s' }),
  ],
  channels: { candidate: channel('3'), stable: channel('1') },
  history: [],
};

describe('what is wanted', () => {
  it('is the releases that channels name, in the regions of the recipe and in those of before', () => {
    expect(wantedFastLaunches(recipe, channels, ['sa-east-1'])).toEqual([
      { region: 'eu-west-1', imageIds: ['ami-3e'], zones: ['eu-west-1a'] },
      { region: 'sa-east-1', imageIds: ['ami-1s'], zones: [] },
      { region: 'us-east-1', imageIds: ['ami-3', 'ami-1'], zones: ['us-east-1a', 'us-east-1z'] },
    ]);
  });

  it('is not a release that only a channel names that has left the recipe', () => {
    const left = { ...channels, channels: { ...channels.channels, beta: channel('2') } };
    expect(wantedFastLaunches(recipe, left, [])).toEqual(wantedFastLaunches(recipe, channels, []));
  });

  it('is nothing without a recipe', () => {
    expect(wantedFastLaunches(undefined, channels, [])).toEqual([]);
    expect(wantedFastLaunches(undefined, channels, ['us-east-1'])).toMatchObject([{ zones: [] }]);
  });
});

describe('the change', () => {
  const restore = (snapshotId: string, zone: string, isEnding = false) => ({ snapshotId, zone, isEnding });

  it('enables what is missing, disables what is not wanted, and waits for what ends', () => {
    const actual = [
      restore('new', 'a'),
      restore('new', 'c', true),
      restore('old', 'a'),
      restore('gone', 'a', true),
    ];
    expect(restoreChange(['new'], ['a', 'b', 'c'], actual)).toEqual({
      enable: [{ snapshotId: 'new', zones: ['b'] }],
      disable: [{ snapshotId: 'old', zones: ['a'] }],
      isBlocked: true,
    });
    expect(restoreChange(['new'], ['a'], [restore('new', 'a')])).toEqual({
      enable: [],
      disable: [],
      isBlocked: false,
    });
  });

  it('reports what EC2 could not do, and does not try it again and again', () => {
    const launch = (imageId: string, state: string) => ({ imageId, state, reason: 'no capacity' });
    const actual = [
      launch('new', 'enabling-failed'),
      launch('old', 'enabled'),
      launch('older', 'disabling-failed'),
    ];
    expect(launchChange(['new'], actual)).toEqual({
      enable: [],
      disable: ['old'],
      isBlocked: false,
      failed: [
        'EC2 Fast Launch of new is enabling-failed: no capacity',
        'EC2 Fast Launch of older is disabling-failed: no capacity',
      ],
    });
  });
});

describe('the instance refreshes of a group', () => {
  const since = '2026-11-22T03:00:00.000Z';
  const before = '2026-11-22T02:00:00.000Z';
  const after = '2026-11-22T04:00:00.000Z';

  it.each([
    ['none', [], {}],
    ['one that has not begun', [{ id: '1', status: 'Pending' }], { covered: { id: '1' } }],
    [
      'one that began after the move',
      [{ id: '1', status: 'InProgress', startTime: after }],
      { covered: { id: '1' } },
    ],
    [
      'one that ended after the move',
      [{ id: '1', status: 'Successful', startTime: after }],
      { covered: { id: '1' } },
    ],
    ['one that failed after the move', [{ id: '1', status: 'Failed', startTime: after }], {}],
    ['one that ended before the move', [{ id: '1', status: 'Successful', startTime: before }], {}],
    [
      'one that began before the move',
      [{ id: '1', status: 'InProgress', startTime: before }],
      { blocked: { id: '1' } },
    ],
    [
      'one that is cancelled',
      [{ id: '1', status: 'Cancelling', startTime: after }],
      { blocked: { id: '1' } },
    ],
  ])('%s', (_, refreshes, expected) => {
    const state = refreshState(refreshes, since);
    expect(Object.keys(state)).toEqual(Object.keys(expected));
    expect(state).toMatchObject(expected);
  });
});
