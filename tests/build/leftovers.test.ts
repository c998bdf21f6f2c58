import { describe, expect, it, test } from 'vitest';
import type { Leftover } from '../../shared/build/execution-document.ts';
import {
  type DatedResource,
  decideLeftovers,
  describeCleanup,
  describeResources,
  type ExecutionLookup,
  needsCheck,
} from '../../shared/build/leftovers.ts';
import { nextRemovals, planRemovals, type ReleaseMarks } from '../../shared/build/removal-plan.ts';
import type { Role } from '../../shared/build/tags.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const HOUR_MS = 3_600_000;
const hoursAgo = (hours: number): number => NOW.getTime() - hours * HOUR_MS;

let ids = 0;
const thing = (
  kind: Leftover['kind'],
  role: string | undefined,
  more: Partial<DatedResource> = {},
): DatedResource => ({
  region: 'us-east-1',
  kind,
  id: `${kind}-${ids++}`,
  tags: {
    'golden-image:execution': 'one',
    ...(role === undefined ? {} : { 'golden-image:role': role }),
  },
  createdAt: hoursAgo(5),
  ...more,
});
const image = (role: Role | undefined, more: Partial<DatedResource> = {}): DatedResource =>
  thing('image', role, { state: 'available', ...more });
const known = (status: string, more: object = {}): ExecutionLookup => ({
  is: 'known',
  status,
  endedAt: hoursAgo(3),
  ...more,
});

const builder = thing('instance', 'builder');
const scanner = thing('instance', 'scanner');
const base = image('base', { snapshotIds: ['snap-owner'] });
const candidate = image('candidate');
const intermediate = image('intermediate');
const copy = image('copy');
const orphan = thing('snapshot', 'copy');
const released = image('release', { snapshotIds: ['snap-released'] });
const behind = thing('snapshot', 'release', { id: 'snap-released' });
const kept = thing('snapshot', 'release');
const disabled = image('release', { state: 'disabled' });
const backup = thing('snapshot', 'builder');
const retagged = image(undefined);
const unfinished = [builder, scanner, base, candidate, intermediate, copy, orphan];
const release = [released, behind, kept, disabled];
const others = [backup, retagged];

describe('the leftovers of an execution', () => {
  test.each<[string, ExecutionLookup, ReleaseMarks, DatedResource[], DatedResource[]]>([
    [
      'succeeded: everything except its release',
      known('SUCCEEDED'),
      'valid',
      [...unfinished, ...release],
      unfinished,
    ],
    ['was stopped and released nothing: everything', known('ABORTED'), 'doubtful', unfinished, unfinished],
    ['timed out and released nothing: everything', known('TIMED_OUT'), 'doubtful', unfinished, unfinished],
    [
      'was stopped with a half-tagged release: everything',
      known('ABORTED'),
      'doubtful',
      [copy, ...release],
      [copy, ...release],
    ],
    [
      'was stopped with a complete release: everything else',
      known('ABORTED'),
      'doubtful',
      [builder, intermediate, orphan, ...release],
      [builder, intermediate, orphan],
    ],
    [
      'failed: everything, tagged or not',
      known('FAILED', { error: 'Denied' }),
      'void',
      [builder, ...release],
      [builder, ...release],
    ],
    [
      'failed without a Catch: the same as if it was stopped',
      known('FAILED', { error: 'States.Runtime' }),
      'doubtful',
      [builder, ...release],
      [builder],
    ],
    [
      'has a namesake in another region: everything except tagged resources',
      { is: 'namesake', region: 'eu-west-1' },
      'valid',
      [copy, ...release],
      [copy],
    ],
    [
      'is forgotten: everything except tagged resources',
      { is: 'unknown' },
      'valid',
      [copy, ...release],
      [copy],
    ],
  ])('of an execution that %s', (_, lookup, marks, resources, expected) => {
    const decision = decideLeftovers([...resources, ...others], lookup, NOW);
    expect(decision.leftovers).toEqual(expected);
    expect(decision.marks).toBe(marks);
  });

  test.each<[ExecutionLookup, string]>([
    [known('RUNNING', { endedAt: undefined }), 'the execution is RUNNING'],
    [known('PENDING_REDRIVE'), 'the execution is PENDING_REDRIVE'],
    [known('ABORTED', { endedAt: hoursAgo(0.9) }), 'the execution ended with status ABORTED only 54 min ago'],
    [{ is: 'elsewhere', region: 'eu-west-1' }, 'the execution belongs to the deployment in eu-west-1'],
    [
      { is: 'unreadable', why: 'ThrottlingException' },
      'could not check whether the execution is running: ThrottlingException',
    ],
  ])('are none while %j', (lookup, reason) => {
    expect(decideLeftovers(unfinished, lookup, NOW)).toMatchObject({ leftovers: [], reason });
  });

  test('are none if Step Functions does not know the execution yet', () => {
    const young = image('candidate', { createdAt: hoursAgo(0.9) });
    expect(decideLeftovers([...unfinished, young], { is: 'unknown' }, NOW)).toMatchObject({
      leftovers: [],
      reason: 'Step Functions does not know the execution, and one of its resources is new',
    });
  });

  test.each([
    [release, 'the execution ended with status SUCCEEDED, and all its resources are released'],
    [others, 'the execution ended with status SUCCEEDED, and the pipeline created none of its resources'],
  ])('are none if there is nothing to remove', (resources, reason) => {
    expect(decideLeftovers(resources, known('SUCCEEDED'), NOW)).toMatchObject({ leftovers: [], reason });
  });
});

describe('which executions are looked up', () => {
  const old = { createdAt: hoursAgo(91 * 24) };
  test.each<[string, DatedResource[], boolean]>([
    ['a release of last week', [released], true],
    [
      'an old release',
      [
        { ...released, ...old },
        { ...behind, ...old },
      ],
      false,
    ],
    [
      'an old release with a builder',
      [
        { ...released, ...old },
        { ...builder, ...old },
      ],
      true,
    ],
    [
      'an old release with a backup',
      [
        { ...released, ...old },
        { ...backup, ...old },
      ],
      false,
    ],
  ])('%s', (_, resources, expected) => {
    expect(needsCheck(resources, NOW)).toBe(expected);
  });
});

describe('clean-up', () => {
  const settled = { marks: 'doubtful', released: [], tagsAreSettled: true, sawAllImages: true } as const;

  it('does not decide about images while their tags may still change', () => {
    const { remove, undecided } = planRemovals([builder, copy, ...release, ...others], {
      ...settled,
      tagsAreSettled: false,
    });
    expect([remove, undecided]).toEqual([[builder], [copy, ...release]]);
  });

  it('leaves a release undecided when some images could not be listed, unless the build is known to be released', () => {
    const half = { ...settled, sawAllImages: false };
    expect(planRemovals([builder, ...release], half)).toEqual({ remove: [builder], undecided: release });
    expect(planRemovals([builder, ...release], { ...half, marks: 'valid' })).toEqual({
      remove: [builder],
      undecided: [],
    });
  });

  it('removes the tagged part of an incomplete release first, so that the rest never counts as a complete release', () => {
    const { remove } = planRemovals([candidate, copy, ...release], settled);
    expect(nextRemovals(remove)).toEqual([released, kept, disabled]);
    expect(nextRemovals([candidate, copy, kept])).toEqual([kept]);
    expect(nextRemovals([candidate, copy])).toEqual([candidate, copy]);
  });
});

describe('in words', () => {
  const remaining = Array.from({ length: 40 }, (_, index) => ({
    region: 'eu-west-1',
    kind: 'image' as const,
    id: `ami-${index}`,
    reason: 'x'.repeat(5000),
  }));

  it('says what was removed, by kind and region', () => {
    expect(describeResources([builder, copy, { ...copy, region: 'eu-west-1' }])).toBe(
      '1 instance and 2 images in us-east-1, eu-west-1',
    );
    expect(describeResources([builder])).toBe('1 instance in us-east-1');
  });

  it('says what remains, and why, in a limited length', () => {
    expect(describeCleanup('one', { removed: [], remaining: [] })).toBe(
      'one: removed nothing, nothing remains',
    );
    const text = describeCleanup('one', { removed: [builder], remaining });
    expect(text).toContain(
      'one: removed 1 instance in us-east-1; may still exist: image ami-0 in eu-west-1 (x',
    );
    expect(text).toMatch(/ and 35 more$/);
    expect(text.length).toBeLessThan(1500);
  });

  it('names a region that could not be checked', () => {
    const dark = [{ region: 'eu-west-1', kind: 'region' as const, id: 'eu-west-1', reason: 'no' }];
    expect(describeCleanup('one', { removed: [], remaining: dark })).toBe(
      'one: removed nothing; may still exist: resources in eu-west-1 (no)',
    );
  });
});
