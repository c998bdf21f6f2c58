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

const invocation = (more: Partial<CleanUpInvocation> = {}): CleanUpInvocation => ({
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

describe('an invocation of clean-up', () => {
  it('waits until it has found no resources for a while, and then reports that nothing remains', () => {
    const first = cleanUpResult(invocation());
    expect(first).toMatchObject({ status: 'pending', waitSeconds: QUIET_SECONDS, lastSeen: BEGAN });
    if (first.status !== 'pending') throw new Error('it is ready');
    expect(cleanUpResult(invocation({ before: first, now: secondsLater(QUIET_SECONDS - 1) }))).toMatchObject({
      status: 'pending',
      waitSeconds: 1,
    });
    expect(cleanUpResult(invocation({ before: first, now: secondsLater(QUIET_SECONDS) }))).toEqual({
      status: 'ready',
      removed: [],
      remaining: [],
      summary: 'one: removed nothing, nothing remains',
      outcome: 'clean',
    });
  });

  it('restarts its wait when it finds a resource', () => {
    const found = cleanUpResult(
      invocation({ now: secondsLater(100), plan: { remove: [builder], undecided: [] } }),
    );
    expect(found).toMatchObject({
      status: 'pending',
      seen: [bare(builder)],
      lastSeen: secondsLater(100).toISOString(),
      awaiting: 'the removal of instance i-1',
    });
    if (found.status !== 'pending') throw new Error('it is ready');
    expect(cleanUpResult(invocation({ before: found, now: secondsLater(200) }))).toMatchObject({
      status: 'pending',
    });
    expect(
      cleanUpResult(invocation({ before: found, now: secondsLater(100 + QUIET_SECONDS) })),
    ).toMatchObject({
      status: 'ready',
      removed: [bare(builder)],
      remaining: [],
      outcome: 'clean',
    });
  });

  it('does not wait after a successful build', () => {
    expect(cleanUpResult(invocation({ isReleased: true }))).toMatchObject({
      status: 'ready',
      outcome: 'clean',
    });
  });

  it('reports at its deadline what remains, and why', () => {
    const refusals = new Map([['i-1', 'Not you.']]);
    const plan = { remove: [builder, copy], undecided: [{ ...copy, id: 'ami-2' }] };
    const late = { plan, refusals, now: secondsLater(waitTimes.cleanUp.deadlineSeconds) };
    expect(cleanUpResult(invocation(late))).toMatchObject({
      status: 'ready',
      removed: [],
      remaining: [
        { id: 'i-1', reason: 'Not you.' },
        { id: 'ami-1', reason: 'the delete call succeeded but the resource still exists' },
        { id: 'ami-2', reason: 'could not determine whether it was released' },
      ],
      outcome: 'left',
    });
  });

  it('waits for a region that may become readable, and does not report a resource that it cannot check as removed', () => {
    const before = cleanUpResult(invocation({ plan: { remove: [copy], undecided: [] } }));
    if (before.status !== 'pending') throw new Error('it is ready');
    const blind = { before, unlisted: [unlisted({ mayPass: true })] };
    expect(cleanUpResult(invocation({ ...blind, now: secondsLater(QUIET_SECONDS) }))).toMatchObject({
      status: 'pending',
      awaiting: 'the list of images in eu-west-1',
    });
    expect(
      cleanUpResult(invocation({ ...blind, now: secondsLater(waitTimes.cleanUp.deadlineSeconds) })),
    ).toMatchObject({
      removed: [],
      remaining: [
        { id: 'ami-1', reason: 'could not check whether it still exists: No.' },
        { id: 'eu-west-1' },
      ],
      outcome: 'left',
    });
  });

  test.each([
    ['eu-west-1', 'clean'],
    ['us-east-1', 'left'],
  ])('where %s is closed to the account: %s', (region, outcome) => {
    const result = cleanUpResult(
      invocation({ unlisted: [unlisted({ region })], now: secondsLater(QUIET_SECONDS) }),
    );
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
