import { describe, expect, test } from 'vitest';
import { readStopOptions } from '../../../cli/stop/options.ts';
import { readWatchOptions } from '../../../cli/watch/options.ts';

const ARN = 'arn:aws:states:eu-west-1:999988887777:execution:golden-image-bake:one';
const fields = ({ problems }: { problems: readonly { field: string }[] }) =>
  problems.map(({ field }) => field);

describe('golden watch and golden stop', () => {
  test.each([
    [['one'], { execution: 'one', account: undefined, region: undefined }],
    [['one', '--region', 'us-east-2'], { execution: 'one', region: 'us-east-2' }],
    [[ARN], { execution: 'one', account: '999988887777', region: 'eu-west-1' }],
    [[ARN, '--region', 'eu-west-1', '--aws'], { execution: 'one', region: 'eu-west-1' }],
  ])('accept %j', (args, options) => {
    expect(readWatchOptions(args)).toMatchObject({ options, problems: [] });
    expect(readStopOptions(args)).toMatchObject({ options, problems: [] });
  });

  test.each([
    [[], 'execution'],
    [[''], 'execution'],
    [['one', 'two'], 'execution'],
    [['a b'], 'execution'],
    [['x'.repeat(81)], 'execution'],
    [[ARN.replace('golden-image-bake', 'payroll')], 'execution'],
    [[ARN.replace('arn:aws:', 'arn:aws-cn:')], 'execution'],
    [['one', '--region', 'us-gov-west-1'], '--region'],
    [[ARN.replace(':execution:', ':stateMachine:')], 'execution'],
    [[ARN, '--region', 'us-east-1'], '--region'],
    [['one', '--region', 'nowhere'], '--region'],
    [['one', '--seed=1'], '--seed'],
    [['one', '--regoin', 'eu-west-1'], '--regoin'],
  ])('refuse %j, and name %s', (args, field) => {
    expect(fields(readWatchOptions(args))).toEqual([field]);
    expect(fields(readStopOptions(args))).toEqual([field]);
  });
});
