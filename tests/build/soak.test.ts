import { describe, expect, it } from 'vitest';
import { chooseMove } from '../../shared/build/channel-request.ts';
import { type Channels, NO_CHANNELS, withMove, withRelease } from '../../shared/build/channels.ts';
import { type Soaked, soakedReleases } from '../../shared/build/soak.ts';
import { soakExecution, soakRequest } from '../../shared/build/soak-request.ts';

const NOTHING_ELSE = { roles: [], launchTemplates: [] };
const publish = {
  ...NOTHING_ELSE,
  channels: ['candidate', 'beta', 'stable'],
  promoteAfterHours: { candidate: 48, beta: 24 },
};
const MACHINE = 'arn:aws:states:us-east-1:999988887777:stateMachine:golden-image-channels';

/** The time so many hours after the beginning. */
const timeAt = (hours: number) => new Date(Date.UTC(2026, 10, 22) + hours * 3_600_000);

/** Moves a channel so many hours after the beginning. */
function move(
  channels: Channels,
  hours: number,
  channel: string,
  version: string,
  how: 'released' | 'promoted' | 'rolled back' = 'promoted',
): Channels {
  const at = timeAt(hours).toISOString();
  const release = { version, execution: `bake-${version}`, at, images: { 'us-east-1': `ami-${version}` } };
  return withMove(withRelease(channels, release), channel, version, how, {
    at,
    execution: 'one',
    by: 'a person',
  });
}
const released = move(NO_CHANNELS, 0, 'candidate', '1', 'released');

/** The moves that are due so many hours after the beginning: `1 candidate beta`. */
const due = (channels: Channels, hours: number, given: Parameters<typeof soakedReleases>[0] = publish) =>
  soakedReleases(given, channels, timeAt(hours)).map(({ version, from, to }) => `${version} ${from} ${to}`);

describe('a release that has been in a channel for long enough', () => {
  it('moves to the next channel, at the end of its time', () => {
    expect(due(released, 47.9)).toEqual([]);
    expect(due(released, 48)).toEqual(['1 candidate beta']);
    expect(due(released, 1000)).toEqual(['1 candidate beta']);
  });

  it('does not move without a time, from the last channel, or from an empty one', () => {
    expect(due(released, 1000, { ...NOTHING_ELSE, channels: publish.channels })).toEqual([]);
    const last = { ...NOTHING_ELSE, channels: ['candidate'], promoteAfterHours: { candidate: 48 } };
    expect(due(released, 1000, last)).toEqual([]);
    expect(due(NO_CHANNELS, 1000)).toEqual([]);
  });

  it('moves before the next one replaces it', () => {
    const both = move(move(released, 50, 'beta', '1'), 51, 'candidate', '2', 'released');
    expect(due(both, 200)).toEqual(['1 beta stable', '2 candidate beta']);
  });

  it('does not move if a newer release has replaced it', () => {
    const replaced = move(released, 47, 'candidate', '2', 'released');
    expect(due(replaced, 60)).toEqual([]);
    expect(due(replaced, 95)).toEqual(['2 candidate beta']);
  });

  it.each<[string, Channels]>([
    ['names it', move(released, 10, 'beta', '1')],
    ['has named a newer one', move(move(released, 10, 'beta', '2'), 11, 'beta', '1', 'rolled back')],
    [
      'was rolled back from it',
      move(move(move(released, 5, 'beta', '0'), 10, 'beta', '1'), 11, 'beta', '0', 'rolled back'),
    ],
  ])('does not move if the next channel %s', (_, channels) => {
    expect(due(channels, 200).filter((one) => one.includes('candidate'))).toEqual([]);
  });

  it('begins again if a person rolls the channel back to it', () => {
    const bad = move(released, 40, 'candidate', '2', 'released');
    const back = move(bad, 45, 'candidate', '1', 'rolled back');
    expect(due(back, 92)).toEqual([]);
    expect(due(back, 93)).toEqual(['1 candidate beta']);
  });
});

describe('the execution that moves a release on', () => {
  const [soaked] = soakedReleases(publish, released, timeAt(48)) as [Soaked];
  const name = (one: Soaked, hours: number) => soakExecution('plain', one, MACHINE, timeAt(hours));

  it('has one name for a day, so that it is started once, and again a day later', () => {
    expect(name(soaked, 48)).toMatch(/^plain-[0-9a-f]{12}$/);
    expect(name(soaked, 71.9)).toBe(name(soaked, 48));
    expect(name(soaked, 72)).not.toBe(name(soaked, 48));
  });

  it('has another name if the release comes into the channel again', () => {
    expect(name({ ...soaked, since: timeAt(1).toISOString() }, 49)).not.toBe(name(soaked, 48));
  });

  it('promotes the release, and says why', () => {
    const request = soakRequest('plain', soaked);
    expect(request.by).toBe('48 hours in candidate');
    expect(chooseMove(request, released, publish.channels)).toMatchObject({
      channel: 'beta',
      how: 'promoted',
      release: { version: '1' },
    });
  });

  it.each<[string, Channels, string]>([
    [
      'the channel has moved',
      move(released, 49, 'candidate', '2', 'released'),
      'the channel candidate names 2',
    ],
    ['the next channel has moved', move(released, 49, 'beta', '2'), 'the channel beta has already named 2'],
    [
      'the channel has come back to the release',
      move(move(released, 49, 'candidate', '2', 'released'), 49.5, 'candidate', '1', 'rolled back'),
      'the channel candidate names 1 since 2026-11-24T01:30',
    ],
    ['the channel has lost the release', NO_CHANNELS, 'the channel candidate names no release'],
  ])('is superseded if %s before it begins', (_, channels, reason) => {
    expect(() => chooseMove(soakRequest('plain', soaked), channels, publish.channels)).toThrow(
      expect.objectContaining({ name: 'Superseded', message: expect.stringContaining(reason) }),
    );
  });
});
