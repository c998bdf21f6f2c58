import { describe, expect, it, test } from 'vitest';
import { BAKE_HELP, readBakeOptions } from '../../../cli/bake/options.ts';

const fields = ({ problems }: { problems: readonly { field: string }[] }) =>
  problems.map(({ field }) => field);

describe('golden bake', () => {
  it('bakes on the embedded AWS without --aws', () => {
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
    [['x', '--aws', '--region', 'cn-north-1'], '--region'],
    [['x', '--aws', '--overrides', ''], '--overrides'],
    [['x', '--aws', '--regoin=eu-west-1'], '--regoin'],
    [['x', '--region', 'eu-west-1'], '--region'],
    [['--aws'], 'recipe'],
    [['x', 'y', '--aws'], 'recipe'],
    // The value of an unknown option is not a second recipe.
    [['x', '--regoin', 'eu-west-1', '--aws'], '--regoin'],
    [['x', '--sped', '5'], '--sped'],
  ])('refuses %j, and names %s', (args, field) => {
    expect(fields(readBakeOptions(args))).toEqual([field]);
  });

  it('names every option that does not fit', () => {
    const args = ['--aws', '--seed', '1', '--fresh', '--speed', '3', '--region', 'nowhere'];
    expect(fields(readBakeOptions(args))).toEqual(['--speed', '--seed', '--fresh', 'recipe', '--region']);
  });

  test.each([
    ['--state', 'FILE'],
    ['--seed', 'N'],
    ['--at', 'TIME'],
    ['--speed', 'N|max'],
    ['--faults', 'FILE'],
    ['--overrides', 'FILE'],
  ])('asks for the value of %s as the help does', (option, placeholder) => {
    const { problems } = readBakeOptions([option]);
    expect(problems).toMatchObject([
      { field: option, found: 'no value', fix: `write ${option} ${placeholder}` },
    ]);
    expect(BAKE_HELP).toContain(`  ${option} ${placeholder} `);
  });
});
