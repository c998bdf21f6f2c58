import { describe, expect, test } from 'vitest';
import type { AnyPlan, Copy } from '../../shared/build/execution-document.ts';
import { copiesAtDeadline, copyAfterError } from '../../shared/build/optional-regions.ts';
import {
  BuildFailed,
  Conflict,
  Defect,
  Denied,
  LimitReached,
  NotFound,
  Refused,
  Throttled,
  Transient,
} from '../../shared/errors.ts';

const now = new Date('2026-11-22T03:00:00Z');
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();
const copy: Copy = {
  region: 'ap-southeast-2',
  state: 'pending',
  attempt: 1,
  name: 'plain-1',
  snapshotIds: [],
  failures: [],
  said: 'pending',
};

describe('the copy to an optional region', () => {
  test.each([BuildFailed, Conflict, Denied, LimitReached, Refused])('fails after %o', (Problem) => {
    expect(copyAfterError(copy, new Problem('No.'), now)).toEqual({ ...copy, state: 'failed', said: 'No.' });
  });

  test.each([NotFound, Throttled, Transient])('continues for half an hour after %o', (Problem) => {
    const error = new Problem('Not now.');
    const began = { ...copy, faultSince: ago(0), said: 'Not now.' };
    expect(copyAfterError(copy, error, now)).toEqual(began);
    const late = { ...copy, faultSince: ago(29) };
    expect(copyAfterError(late, error, now)).toMatchObject({ state: 'pending', faultSince: ago(29) });
    expect(copyAfterError({ ...copy, faultSince: ago(30) }, error, now)).toMatchObject({
      state: 'failed',
      said: 'the calls have failed for 30 min: Not now.',
    });
  });

  test.each([new Defect('A bug.'), new TypeError('A bug.')])('has nothing to do with %o', (error) => {
    expect(copyAfterError(copy, error, now)).toBeUndefined();
  });
});

describe('at the deadline of the copies', () => {
  const plan = { optionalRegions: ['ap-southeast-2'] } as AnyPlan;
  const required: Copy = { ...copy, region: 'eu-west-1', state: 'available' };

  test('those to optional regions fail', () => {
    expect(copiesAtDeadline([required, copy], plan, ago(24 * 60), now)).toEqual([
      required,
      {
        ...copy,
        state: 'failed',
        said: 'the copy was not available after 24 h; AWS last said: pending',
      },
    ]);
  });

  test('nothing changes before, and if a required copy is open, too', () => {
    expect(copiesAtDeadline([required, copy], plan, ago(24 * 60 - 1), now)).toEqual([required, copy]);
    const open: Copy = { ...required, state: 'waiting' };
    expect(copiesAtDeadline([open, copy], plan, ago(24 * 60), now)).toEqual([open, copy]);
  });
});
