import { describe, expect, test } from 'vitest';
import { type DecisionFacts, decide, digestOf, FAILURES_MAX } from '../../shared/build/decision.ts';
import type { BuildRequest } from '../../shared/build/execution-document.ts';
import { plainRecipe, recipeFile } from '../simulated-build.ts';

const now = new Date('2026-11-22T03:00:00Z');
const recipeOf = (more: object = {}) => recipeFile({ ...plainRecipe, ...more }).recipe;
const schedule: BuildRequest['trigger'] = { type: 'schedule', id: '2026-11-22T03:00:00Z' };

/** The facts of a recipe that was released a week ago and has not changed since. */
function facts(more: Partial<DecisionFacts> = {}, recipe = recipeOf()): DecisionFacts {
  const release = {
    execution: 'before',
    at: '2026-11-15T03:00:00Z',
    base: 'ami-1',
    digest: digestOf(recipe),
    imageId: 'ami-released',
  };
  return {
    execution: 'this',
    request: { recipe: 'plain', trigger: schedule },
    recipe,
    now,
    sameTrigger: 'this',
    closedCalendars: [],
    history: { failuresInRow: 0, release },
    base: 'ami-1',
    running: undefined,
    scan: undefined,
    ...more,
  };
}

const verdict = (given: DecisionFacts) => {
  const { verdict, rule, reason } = decide(given);
  return [verdict, rule, reason];
};
const byHand: BuildRequest = { recipe: 'plain' };
const failing = { failuresInRow: FAILURES_MAX, lastFailure: { execution: 'last', error: 'BuildFailed' } };
const scanning = recipeOf({ scanForUpdates: true });
const frozen = recipeOf({
  freeze: {
    timezone: 'America/New_York',
    windows: [{ from: '2026-11-21T22:00', until: '2026-11-21T22:01', reason: 'the big sale' }],
  },
});
const scanOf = (missing: number, failed = 0) =>
  ({ status: 'ready', imageId: 'ami-released', missing, failed }) as const;

describe('a base that no longer exists', () => {
  const gone = (type: 'image' | 'parameter' | 'base' | 'schedule', more: Partial<DecisionFacts> = {}) =>
    facts({
      request: { recipe: 'plain', trigger: { type, id: 'e1' } },
      base: undefined,
      baseIsGone: true,
      ...more,
    });

  test.each(['image', 'parameter', 'base'] as const)('skips the build for a trigger of type %s', (type) => {
    const answer = ['skip', 'no-base', 'the trigger reported a new base, but the base no longer exists'];
    expect(verdict(gone(type))).toEqual(answer);
    expect(verdict(gone(type, { history: { failuresInRow: 0 } }))).toEqual(answer);
  });

  test('fails in Plan if the trigger did not report a base', () => {
    expect(decide(gone('schedule')).verdict).toBe('build');
    expect(decide({ ...gone('schedule'), request: byHand }).verdict).toBe('build');
  });

  test('differs from a wrong base, which Plan refuses', () => {
    const { baseIsGone: _, ...wrong } = gone('parameter');
    expect(decide(wrong).verdict).toBe('build');
  });
});

describe('the same trigger', () => {
  test('skips all executions except the first', () => {
    expect(verdict(facts({ sameTrigger: 'other' }))).toEqual([
      'skip',
      'same-trigger',
      'the same trigger already started other',
    ]);
  });
});

describe('failing', () => {
  test('pauses the triggers after five failures in a row, and says how to resume them', () => {
    expect(verdict(facts({ history: failing }))).toEqual([
      'skip',
      'failing',
      'the last 5 builds of plain failed, most recently last with BuildFailed; ' +
        'its triggers are paused until a build that is started by hand succeeds',
    ]);
  });

  test.each([
    ['four failures', facts({ history: { ...failing, failuresInRow: 4 } })],
    ['a build by hand', facts({ history: failing, request: byHand, sameTrigger: undefined })],
  ])('does not skip %s', (_, given) => {
    expect(decide(given).verdict).toBe('build');
  });
});

describe('frozen', () => {
  test('is a window in the wall-clock time of its time zone, with its reason', () => {
    expect(verdict(facts({}, frozen))).toEqual([
      'skip',
      'frozen',
      'the recipe is frozen from 2026-11-21T22:00 until 2026-11-21T22:01 in America/New_York (the big sale)',
    ]);
  });

  test.each([
    ['a minute before', new Date('2026-11-22T02:59:59Z'), 'build'],
    ['at its start', new Date('2026-11-22T03:00:00Z'), 'skip'],
    ['in its last second', new Date('2026-11-22T03:00:59Z'), 'skip'],
    ['as it ends', new Date('2026-11-22T03:01:00Z'), 'build'],
  ])('applies from `from` until `until`: %s', (_, at, expected) => {
    expect(decide(facts({ now: at }, frozen)).verdict).toBe(expected);
  });

  test.each([
    ['2026-12-23T22:59:59Z', 'build'],
    ['2026-12-23T23:00:00Z', 'skip'],
    ['2027-01-03T22:59:59Z', 'skip'],
    ['2027-01-03T23:00:00Z', 'build'],
  ])('reads a date without a time as midnight: %s', (at, expected) => {
    const windows = [{ from: '2026-12-24', until: '2027-01-04' }];
    const recipe = recipeOf({ freeze: { timezone: 'Europe/Berlin', windows } });
    expect(decide(facts({ now: new Date(at) }, recipe)).verdict).toBe(expected);
  });

  test('is a closed calendar', () => {
    const recipe = recipeOf({ freeze: { changeCalendars: ['Releases'] } });
    expect(verdict(facts({ closedCalendars: ['Releases'] }, recipe)).slice(1)).toEqual([
      'frozen',
      'the Change Calendar Releases is closed',
    ]);
  });

  test('also skips a build by hand, unless force is set', () => {
    const manual = facts({ request: byHand, sameTrigger: undefined }, frozen);
    expect(decide(manual).reason).toMatch(/the big sale\); set force to build anyway$/);
    expect(decide({ ...manual, request: { ...byHand, force: true } }).verdict).toBe('build');
  });
});

describe('already running', () => {
  test.each([
    ['a trigger', { recipe: 'plain', trigger: schedule }],
    ['a build by hand', { recipe: 'plain', force: true }],
  ])('skips %s, with the name of the other execution', (_, request) => {
    expect(verdict(facts({ request, running: 'other' }))).toEqual([
      'skip',
      'already-running',
      'other is already building plain',
    ]);
  });

  test('is not the execution itself', () => {
    expect(decide(facts({ running: 'this' })).verdict).toBe('build');
  });
});

describe('unchanged', () => {
  const release = facts().history.release;
  const base = { type: 'base', id: 'e' } as const;

  test.each<[string, DecisionFacts, string, RegExp]>([
    ['no release yet', facts({ history: { failuresInRow: 0 } }), 'build', /no release of this recipe yet/],
    ['another base', facts({ base: 'ami-2' }), 'build', /the base is ami-2, but .* built from ami-1/],
    ['no base', facts({ base: undefined }), 'build', /the base is unknown/],
    [
      'another recipe',
      facts({ history: { failuresInRow: 0, ...(release && { release: { ...release, digest: 'x' } }) } }),
      'build',
      /the recipe has changed since the last release/,
    ],
    ['no scan', facts(), 'build', /the recipe does not set scanForUpdates/],
    ['a scan is needed', facts({}, scanning), 'scan', /a scan checks ami-released for missing updates/],
    ['the scan finds nothing', facts({ scan: scanOf(0) }, scanning), 'skip', /ami-released is up to date/],
    ['the scan finds updates', facts({ scan: scanOf(2, 1) }, scanning), 'build', /is missing 3 updates/],
    [
      'no updates are installed',
      facts({}, recipeOf({ patch: { install: false } })),
      'skip',
      /installs no updates/,
    ],
    [
      'the base is not new',
      facts({ request: { recipe: 'plain', trigger: base } }),
      'skip',
      /the base is not new$/,
    ],
    [
      'it is old',
      facts({}, recipeOf({ rebuildAfterDays: 7 })),
      'build',
      /7 days old, and rebuildAfterDays is 7/,
    ],
    [
      'it is old, and the base is not new',
      facts({ request: { recipe: 'plain', trigger: base } }, recipeOf({ rebuildAfterDays: 7 })),
      'build',
      /rebuildAfterDays is 7/,
    ],
    [
      'it is not old yet',
      facts({ scan: scanOf(0) }, recipeOf({ scanForUpdates: true, rebuildAfterDays: 8 })),
      'skip',
      /is up to date/,
    ],
  ])('%s', (_, given, expected, reason) => {
    const decision = decide(given);
    expect(decision.verdict).toBe(expected);
    expect(decision.rule).toBe(expected === 'skip' ? 'unchanged' : 'changed');
    expect(decision.reason).toMatch(reason);
  });

  test('does not skip a build by hand, unless ifChanged is set', () => {
    const manual = facts({ request: byHand, sameTrigger: undefined, scan: scanOf(0) }, scanning);
    expect(verdict(manual)).toEqual(['build', 'asked', 'a person started the build']);
    expect(decide({ ...manual, request: { ...byHand, ifChanged: true } }).verdict).toBe('skip');
  });

  test('the digest ignores the fields that do not change the image, and the order of fields', () => {
    const plain = digestOf(recipeOf());
    const { name, ...rest } = plainRecipe;
    expect(digestOf(recipeFile({ ...rest, name, schedule: { rate: '7 days' } }).recipe)).toBe(plain);
    expect(digestOf(recipeOf({ freeze: { changeCalendars: ['Releases'] }, rebuildAfterDays: 3 }))).toBe(
      plain,
    );
    expect(digestOf(recipeOf({ copy: { completionMinutes: 60 } }))).toBe(plain);
    expect(digestOf(recipeOf({ publish: { channels: ['edge'] } }))).toBe(plain);
    expect(digestOf(recipeOf({ regions: ['us-east-1'] }))).not.toBe(plain);
    expect(digestOf(recipeOf({ tags: { a: 'b' } }))).not.toBe(plain);
  });
});

test('the rules are checked in their order', () => {
  const all = facts({ sameTrigger: 'other', history: failing, running: 'other' }, frozen);
  expect(decide(all).rule).toBe('same-trigger');
  expect(decide({ ...all, sameTrigger: 'this' }).rule).toBe('failing');
  expect(decide({ ...all, sameTrigger: 'this', history: facts().history }).rule).toBe('frozen');
  expect(decide(facts({ running: 'other', scan: scanOf(0) }, scanning)).rule).toBe('already-running');
});
