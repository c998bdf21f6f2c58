import { describe, expect, it, test } from 'vitest';
import { readBakeOptions } from '../../cli/bake/options.ts';
import { readExecutionOptions } from '../../cli/deployed/execution-options.ts';

const ARN = 'arn:aws:states:eu-west-1:999988887777:execution:golden-image-bake:one';
const fields = ({ problems }: { problems: readonly { field: string }[] }) =>
  problems.map(({ field }) => field);

describe('golden bake', () => {
  it('bakes on the embedded AWS unless --aws is said', () => {
    expect(readBakeOptions([])).toMatchObject({
      options: { on: 'embedded', recipe: 'al2023' },
      problems: [],
    });
    const args = ['debian12', '--aws', '--region', 'eu-west-1', '--force', '--if-changed'];
    expect(readBakeOptions([...args, '--overrides', 'more.yml', '--json'])).toEqual({
      options: {
        on: 'aws',
        recipe: 'debian12',
        region: 'eu-west-1',
        force: true,
        ifChanged: true,
        overrides: 'more.yml',
        json: true,
      },
      problems: [],
    });
  });

  test.each([
    [['x', '--aws', '--seed', '1'], '--seed'],
    [['x', '--aws', '--speed', 'max'], '--speed'],
    [['x', '--aws', '--faults', 'f.yml'], '--faults'],
    [['x', '--aws', '--state', 's.json'], '--state'],
    [['x', '--aws', '--fresh'], '--fresh'],
    [['x', '--aws', '--at', '2026-11-22T03:00:00Z'], '--at'],
    [['x', '--aws', '--region', 'eu-wst-1'], '--region'],
    [['x', '--aws', '--overrides', ''], '--overrides'],
    [['x', '--aws', '--regoin=eu-west-1'], '--regoin'],
    [['x', '--region', 'eu-west-1'], '--region'],
    [['--aws'], 'recipe'],
    [['x', 'y', '--aws'], 'recipe'],
  ])('refuses %j, and names %s', (args, field) => {
    expect(fields(readBakeOptions(args))).toEqual([field]);
  });

  it('names every option that is out of place', () => {
    const args = ['--aws', '--seed', '1', '--fresh', '--speed', '3', '--region', 'nowhere'];
    expect(fields(readBakeOptions(args))).toEqual(['--speed', '--seed', '--fresh', 'recipe', '--region']);
  });
});

describe('golden watch and golden stop', () => {
  test.each([
    [['one'], { execution: 'one', account: undefined, region: undefined }],
    [['one', '--region', 'us-east-2'], { execution: 'one', region: 'us-east-2' }],
    [[ARN], { execution: 'one', account: '999988887777', region: 'eu-west-1' }],
    [[ARN, '--region', 'eu-west-1', '--aws'], { execution: 'one', region: 'eu-west-1' }],
  ])('take %j', (args, options) => {
    expect(readExecutionOptions('watch', args)).toMatchObject({ options, problems: [] });
    expect(readExecutionOptions('stop', args)).toMatchObject({ options, problems: [] });
  });

  test.each([
    [[], 'execution'],
    [[''], 'execution'],
    [['one', 'two'], 'execution'],
    [['a b'], 'execution'],
    [['x'.repeat(81)], 'execution'],
    [[ARN.replace('golden-image-bake', 'payroll')], 'execution'],
    [[ARN.replace(':execution:', ':stateMachine:')], 'execution'],
    [[ARN, '--region', 'us-east-1'], '--region'],
    [['one', '--region', 'nowhere'], '--region'],
    [['one', '--seed=1'], '--seed'],
  ])('refuse %j, and name %s', (args, field) => {
    expect(fields(readExecutionOptions('watch', args))).toEqual([field]);
    expect(fields(readExecutionOptions('stop', args))).toEqual([field]);
  });
});
