import { describe, expect, it, test } from 'vitest';
import {
  type CleanUpInvocation,
  cleanUpResult,
  isClosedRegion,
  type UnlistedResources,
} from '../../shared/build/clean-up-report.ts';
import { type FoundResource, QUIET_SECONDS } from '../../shared/build/removal-plan.ts';
import { waitTimes } from '../../shared/build/waiting.ts';

const BEGAN = '2026-11-22T03:00:00.000Z';
const secondsLater = (seconds: number): Date => new Date(Date.parse(BEGAN) + seconds * 1000);

const builder: FoundResource = { region: 'us-east-1', kind: 'instance', id: 'i-1', tags: {} };
const copy: FoundResource = { region: 'eu-west-1', kind: 'image', id: 'ami-1', tags: {} };
const bare = ({ region, kind, id }: FoundResource) => ({ region, kind, id });
const unlisted = (more: Partial<UnlistedResources> = {}): UnlistedResources => ({
  region: 'eu-west-1',
  kind: 'image',
  reason: 'No.',
  mayPass: false,
  ...more,
});

const turn = (more: Partial<CleanUpInvocation> = {}): CleanUpInvocation => ({
  execution: 'one',
  home: 'us-east-1',
  since: BEGAN,
  now: secondsLater(0),
  before: undefined,
  plan: { remove: [], undecided: [] },
  unlisted: [],
  refusals: new Map(),
  isReleased: false,
  ...more,
});

describe('a turn of clean-up', () => {
  it('waits until nothing was seen for a while, and then says that nothing remains', () => {
    const first = cleanUpResult(turn());
    expect(first).toMatchObject({ status: 'pending', waitSeconds: QUIET_SECONDS, lastSeen: BEGAN });
    if (first.status !== 'pending') throw new Error('it is ready');
    expect(cleanUpResult(turn({ before: first, now: secondsLater(QUIET_SECONDS - 1) }))).toMatchObject({
      status: 'pending',
      waitSeconds: 1,
    });
    expect(cleanUpResult(turn({ before: first, now: secondsLater(QUIET_SECONDS) }))).toEqual({
      status: 'ready',
      removed: [],
      remaining: [],
      summary: 'one: removed nothing, nothing remains',
      outcome: 'clean',
    });
  });

  it('begins to wait anew when it saw something', () => {
    const found = cleanUpResult(turn({ now: secondsLater(100), plan: { remove: [builder], undecided: [] } }));
    expect(found).toMatchObject({
      status: 'pending',
      seen: [bare(builder)],
      lastSeen: secondsLater(100).toISOString(),
      awaiting: 'i-1 to be done with',
    });
    if (found.status !== 'pending') throw new Error('it is ready');
    expect(cleanUpResult(turn({ before: found, now: secondsLater(200) }))).toMatchObject({
      status: 'pending',
    });
    expect(cleanUpResult(turn({ before: found, now: secondsLater(100 + QUIET_SECONDS) }))).toMatchObject({
      status: 'ready',
      removed: [bare(builder)],
      remaining: [],
      outcome: 'clean',
    });
  });

  it('does not wait after a build that went well to its end', () => {
    expect(cleanUpResult(turn({ isReleased: true }))).toMatchObject({ status: 'ready', outcome: 'clean' });
  });

  it('tells at its deadline what remains, and why', () => {
    const refusals = new Map([['i-1', 'Not you.']]);
    const plan = { remove: [builder, copy], undecided: [{ ...copy, id: 'ami-2' }] };
    const late = { plan, refusals, now: secondsLater(waitTimes.cleanUp.deadlineSeconds) };
    expect(cleanUpResult(turn(late))).toMatchObject({
      status: 'ready',
      removed: [],
      remaining: [
        { id: 'i-1', reason: 'Not you.' },
        { id: 'ami-1', reason: 'AWS accepted its removal, and it still exists' },
        { id: 'ami-2', reason: 'it is not certain whether it is released' },
      ],
      outcome: 'left',
    });
  });

  it('waits for a region that may be seen later, and does not say that a thing is gone which it cannot see', () => {
    const before = cleanUpResult(turn({ plan: { remove: [copy], undecided: [] } }));
    if (before.status !== 'pending') throw new Error('it is ready');
    const blind = { before, unlisted: [unlisted({ mayPass: true })] };
    expect(cleanUpResult(turn({ ...blind, now: secondsLater(QUIET_SECONDS) }))).toMatchObject({
      status: 'pending',
      awaiting: 'a look at every image in eu-west-1 to be done with',
    });
    expect(
      cleanUpResult(turn({ ...blind, now: secondsLater(waitTimes.cleanUp.deadlineSeconds) })),
    ).toMatchObject({
      removed: [],
      remaining: [{ id: 'ami-1', reason: 'whether it is gone cannot be seen: No.' }, { id: 'eu-west-1' }],
      outcome: 'left',
    });
  });

  test.each([
    ['eu-west-1', 'clean'],
    ['us-east-1', 'left'],
  ])('where %s is closed to the account: %s', (region, outcome) => {
    const result = cleanUpResult(turn({ unlisted: [unlisted({ region })], now: secondsLater(QUIET_SECONDS) }));
    expect(result).toMatchObject({ status: 'ready', remaining: [{ kind: 'region', id: region }], outcome });
  });
});

test.each<[string, UnlistedResources[], boolean]>([
  ['a region that may not be listed', [unlisted()], true],
  ['a region that may be listed later', [unlisted({ mayPass: true })], false],
  ['the region of the deployment', [unlisted({ region: 'us-east-1' })], false],
])('%s: closed to the account: %3$s', (_, all, expected) => {
  expect(isClosedRegion(all[0]?.region ?? '', all, 'us-east-1')).toBe(expected);
});
