import { describe, expect, test } from 'vitest';
import { copyWarnings } from '../../shared/build/copying.ts';

const regions = ['us-east-1', 'eu-west-1', 'ap-southeast-2'];

describe('copyWarnings', () => {
  test.each([
    [15, '0.020'],
    [30, '0.018'],
    [45, '0.018'],
    [60, '0.016'],
    [105, '0.016'],
    [120, '0.014'],
    [240, '0.012'],
    [480, '0.010'],
    [945, '0.010'],
    [960, '0.005'],
    [2880, '0.005'],
  ])('%i minutes cost $%s per GiB', (completionMinutes, dollars) => {
    expect(copyWarnings({ copy: { completionMinutes }, regions }, 'us-east-1')).toEqual([
      `copy.completionMinutes is ${completionMinutes}, so AWS charges $${dollars} for each GiB of data that it copies to each of ` +
        'eu-west-1, ap-southeast-2, in addition to the transfer and the storage (price list of April 2026)',
    ]);
  });

  test('nothing, without a completion time or without copies', () => {
    expect(copyWarnings({ copy: undefined, regions }, 'us-east-1')).toEqual([]);
    expect(copyWarnings({ copy: { completionMinutes: 60 }, regions: ['us-east-1'] }, 'us-east-1')).toEqual(
      [],
    );
  });
});
