import { describe, expect, it } from 'vitest';
import { chooseMove } from '../../shared/build/channel-request.ts';
import {
  type Channels,
  NO_CHANNELS,
  supersededBy,
  withMove,
  withoutRelease,
  withRelease,
} from '../../shared/build/channels.ts';

const order = ['candidate', 'stable'];
const mover = (execution: string) => ({ at: '2026-11-22T03:00:00.000Z', execution, by: 'a person' });
const released = (channels: Channels, version: string): Channels =>
  withMove(
    withRelease(channels, {
      version,
      execution: `bake-${version}`,
      at: 'then',
      images: { 'us-east-1': `ami-${version}` },
    }),
    'candidate',
    version,
    'released',
    mover(`bake-${version}`),
  );
const three = ['1', '2', '3'].reduce(released, NO_CHANNELS);

/** Carries out a request, and returns the channels afterwards. */
function asked(
  channels: Channels,
  action: 'promote' | 'rollback',
  more: { channel?: string; version?: string } = {},
) {
  const { channel, how, release } = chooseMove({ action, recipe: 'plain', ...more }, channels, order);
  return withMove(channels, channel, release.version, how, mover(action));
}
const namedBy = ({ channels }: Channels) =>
  Object.fromEntries(Object.entries(channels).map(([name, { version }]) => [name, version]));

describe('channels', () => {
  it('name the newest release first', () => {
    expect(three.releases.map(({ version }) => version)).toEqual(['3', '2', '1']);
    expect(three.channels.candidate).toMatchObject({ version: '3', newest: '3', earlier: ['2', '1'] });
    expect(three.history.map(({ from, to }) => [from, to])).toEqual([
      ['2', '3'],
      ['1', '2'],
      [undefined, '1'],
    ]);
  });

  it('do not change when a release or a move is repeated', () => {
    expect(released(three, '3')).toEqual(three);
  });

  it('do not go back by themselves, also after a rollback', () => {
    expect(supersededBy(three, 'candidate', '2')).toBe('3');
    const back = asked(three, 'rollback', { channel: 'candidate' });
    expect(namedBy(back)).toEqual({ candidate: '2' });
    expect(supersededBy(back, 'candidate', '2')).toBe('3');
    expect(supersededBy(back, 'candidate', '4')).toBeUndefined();
  });

  it('promote, roll back and promote again', () => {
    const promoted = ['1', '2', '3'].reduce((all, version) => asked(all, 'promote', { version }), three);
    expect(namedBy(promoted)).toEqual({ candidate: '3', stable: '3' });
    const back = asked(promoted, 'rollback');
    expect(namedBy(back)).toEqual({ candidate: '3', stable: '2' });
    const further = asked(back, 'rollback');
    expect(namedBy(further)).toEqual({ candidate: '3', stable: '1' });
    expect(() => asked(further, 'rollback')).toThrow('has named no good release before it');
    const again = asked(back, 'promote', { version: '3' });
    expect(again.channels.stable).toMatchObject({ version: '3', earlier: ['2', '1'] });
    expect(namedBy(asked(again, 'rollback'))).toEqual({ candidate: '3', stable: '2' });
    expect(again.history.slice(0, 2).map(({ how }) => how)).toEqual(['promoted', 'rolled back']);
  });

  it('a release that was rolled back is no target of a later rollback', () => {
    const promoted = ['1', '2'].reduce((all, version) => asked(all, 'promote', { version }), three);
    const fixed = asked(asked(promoted, 'rollback'), 'promote', { version: '3' });
    // 2 was bad: from 3, the channel returns to 1.
    expect(namedBy(asked(fixed, 'rollback')).stable).toBe('1');
  });

  it('return to what they named before when a release is taken back', () => {
    const without = withoutRelease(three, '3', mover('bake-3'));
    expect(namedBy(without)).toEqual({ candidate: '2' });
    expect(supersededBy(without, 'candidate', '3')).toBeUndefined();
    expect(without.releases.map(({ version }) => version)).toEqual(['2', '1']);
    expect(without.history[0]).toMatchObject({ how: 'withdrawn', from: '3', to: '2' });
    expect(withoutRelease(released(NO_CHANNELS, '1'), '1', mover('bake-1')).channels).toEqual({});
    expect(withoutRelease(three, 'unknown', mover('none'))).toEqual(three);
  });

  it('keep releases that a channel names, however old', () => {
    const stable = asked(released(NO_CHANNELS, '000'), 'promote');
    const versions = Array.from({ length: 120 }, (_, index) => String(index + 100));
    const many = versions.reduce(released, stable);
    expect(many.releases.length).toBeLessThan(70);
    expect(many.releases.at(-1)?.version).toBe('000');
    expect(many.history).toHaveLength(100);
    expect(namedBy(many)).toEqual({ candidate: '219', stable: '000' });
  });
});

describe('a request is refused', () => {
  const refusals: [string, Channels, Parameters<typeof chooseMove>[0], string][] = [
    [
      'if the recipe has no such channel',
      three,
      { action: 'promote', recipe: 'plain', channel: 'stabel' },
      'The recipe plain has no channel stabel. Its channels are candidate, stable',
    ],
    [
      'if there is nothing to promote',
      NO_CHANNELS,
      { action: 'promote', recipe: 'plain' },
      'The channel candidate of plain names no release, so there is nothing to promote to stable. Bake plain first',
    ],
    [
      'if the version does not exist',
      three,
      { action: 'promote', recipe: 'plain', version: '4' },
      'The recipe plain has no release 4. Its last releases are 3, 2, 1',
    ],
    [
      'if it moves the first channel without a version',
      three,
      { action: 'promote', recipe: 'plain', channel: 'candidate' },
      'The channel candidate is the first channel of the recipe plain, and each release enters it by itself. To move it by hand, name a version: --version VERSION',
    ],
    [
      'if the channel has named a newer version',
      asked(asked(three, 'promote'), 'rollback', { channel: 'candidate' }),
      { action: 'promote', recipe: 'plain' },
      'The channel stable of plain has already named 3, which is newer than 2 in candidate. To move it to the older release, name it: --version 2',
    ],
    [
      'if the channel was rolled back from the release',
      asked(asked(asked(three, 'promote', { version: '2' }), 'promote'), 'rollback'),
      { action: 'promote', recipe: 'plain' },
      'The channel stable of plain was rolled back from 3. To promote it anyway, name it: --version 3',
    ],
    [
      'if a person moved the channel back from the release',
      asked(asked(three, 'promote'), 'promote', { version: '2' }),
      { action: 'promote', recipe: 'plain' },
      'The channel stable of plain was moved back from 3. To promote it anyway, name it: --version 3',
    ],
    [
      'if a channel without a release is rolled back',
      three,
      { action: 'rollback', recipe: 'plain' },
      'The channel stable of plain names no release, so it cannot be rolled back',
    ],
    [
      'if a rollback names a version',
      three,
      { action: 'rollback', recipe: 'plain', version: '2' },
      'A rollback chooses the version itself. To move a channel to a version, promote it: golden promote plain --version 2',
    ],
  ];
  it('if no earlier release is usable', () => {
    const promoted = ['1', '2', '3'].reduce((all, version) => asked(all, 'promote', { version }), three);
    const request = { action: 'rollback', recipe: 'plain' } as const;
    expect(() => chooseMove(request, promoted, order, { 1: 'gone', 2: 'disabled' })).toThrow(
      'has named no good release before it that is usable (1: gone; 2: disabled). To move it',
    );
  });
  it.each(refusals)('%s', (_, channels, request, message) => {
    expect(() => chooseMove(request, channels, order)).toThrow(message);
  });
});
