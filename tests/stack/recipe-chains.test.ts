import { describe, expect, it } from 'vitest';
import { checkChains } from '../../scripts/recipe-chains.ts';
import { describeProblem } from '../../shared/recipe/problem.ts';
import { parseRecipe } from '../../shared/recipe/recipe-file.ts';
import { AT } from '../simulated-build.ts';

/** Recipes by name, with the base of each as it is in the file. */
function open(bases: Record<string, string>) {
  return Object.entries(bases).map(([name, base]) => {
    const path = `recipes/${name}.yml`;
    const source = new TextEncoder().encode(
      `name: ${name}\ndescription: A recipe for tests\nplatform: linux\nbase: ${base}\nbuild: { instanceTypes: [m7i.large] }\nregions: [us-east-1]\n`,
    );
    const parsed = parseRecipe(source, path, AT);
    if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
    return { path, source, recipe: parsed.recipe };
  });
}

const on = (recipe: string, rest = 'stable') => `{ ssmParameter: /golden-images/${recipe}/${rest} }`;
const AMAZON = '{ ssmParameter: /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64 }';
const byArn = (recipe: string, account = '314159265358', region = 'us-east-1') =>
  `{ ssmParameter: "arn:aws:ssm:${region}:${account}:parameter/golden-images/${recipe}/stable" }`;
const byName = (name: string, owner: string) => `{ filter: { name: '${name}', owner: '${owner}' } }`;
const problemsOf = (bases: Record<string, string>) =>
  checkChains(open(bases), 'us-east-1').map(describeProblem);

describe('recipes that stand on each other', () => {
  it.each<[string, Record<string, string>]>([
    ['in a chain', { base: AMAZON, runtime: on('base'), web: on('runtime', 'candidate') }],
    ['in a chain whose last recipe is the first file', { app: on('base'), base: AMAZON }],
    ['twice on the same recipe', { base: AMAZON, one: on('base'), two: on('base') }],
    ['by a version', { base: AMAZON, web: on('base', 'versions/20261120-030000-1a2b3c') }],
    ['by a version of the parameter', { base: AMAZON, web: on('base', 'stable:3') }],
    ['by a filter', { base: AMAZON, web: "{ filter: { name: 'base-*', owner: self } }" }],
    [
      'by a filter that also matches the own images',
      { base: AMAZON, web: "{ filter: { name: '*', owner: self } }" },
    ],
    [
      'across deployments',
      { a: '{ ssmParameter: "arn:aws:ssm:us-east-1:314159265358:parameter/golden-images/other/stable" }' },
    ],
    ['across accounts, on a recipe of the same name', { base: byArn('base'), web: on('base') }],
    [
      'across accounts, in a chain',
      { base: AMAZON, web: byArn('base'), app: byName('web-*', '314159265358') },
    ],
    ['across regions', { a: byArn('b', '314159265358', 'eu-west-1'), b: on('a') }],
    [
      'across two accounts, of which only one can be its own',
      { a: byArn('b'), b: byArn('a', '271828182845') },
    ],
    ['by a filter of the distribution', { a: byName('b-*', 'amazon'), b: on('a') }],
    ['by a filter of other images of the account', { a: byName('*-hardened-*', 'self'), b: on('a') }],
    [
      'by a filter of a recipe whose name begins alike',
      { a: on('web'), web: byName('a-b-*', 'self'), 'a-b': AMAZON },
    ],
    ['not at all', { a: '{ imageId: ami-0123456789abcdef0 }', b: '{ ssmParameter: /own/images/web }' }],
  ])('%s are valid', (_, bases) => {
    expect(problemsOf(bases)).toEqual([]);
  });

  it('in a cycle of two are refused, with the place of each link', () => {
    expect(problemsOf({ a: on('b'), b: on('a', 'candidate'), c: on('a') })).toEqual([
      `recipes/a.yml:4:23 base.ssmParameter
  found    a cycle of recipes, in which each release would rebuild all of them: a stands on b (recipes/a.yml:4:23 base.ssmParameter), b stands on a (recipes/b.yml:4:23 base.ssmParameter)
  allowed  recipes that stand on each other in a chain, which begins at an image that none of them makes
  fix      choose another base for one of a, b, such as an image of the distribution`,
    ]);
  });

  it('in a cycle of three, and another that begins later, are refused once each', () => {
    const found = problemsOf({
      a: on('b'),
      b: on('c'),
      c: on('a'),
      d: on('a'),
      x: on('y'),
      y: on('x', 'versions/20261120-030000-1a2b3c'),
    });
    expect(found).toHaveLength(2);
    expect(found[0]).toMatch(/a stands on b \(.*\), b stands on c \(.*\), c stands on a \(/);
    expect(found[1]).toMatch(/x stands on y \(.*\), y stands on x \(/);
  });

  it('in a cycle over a filter are refused', () => {
    const [found] = problemsOf({ a: "{ filter: { name: 'b-2026*', owner: self } }", b: on('a') });
    expect(found).toMatch(/^recipes\/a\.yml:4:25 base\.filter\.name\n/);
    expect(found).toContain('a stands on b (recipes/a.yml:4:25 base.filter.name), b stands on a (');
  });

  it.each<[string, Record<string, string>]>([
    ['ARNs', { a: byArn('b'), b: byArn('a') }],
    ['an ARN and a name', { a: byArn('b'), b: on('a') }],
    ['the account as the owner', { a: byName('b-*', '314159265358'), b: byName('a-*', '314159265358') }],
    ['the account as the owner, and self', { a: byName('b-*', '314159265358'), b: byName('a-*', 'self') }],
    ['an ARN and a filter', { a: byArn('b'), b: byName('a-*', '314159265358') }],
  ])('in a cycle over %s are refused, and the message says what to do for another account', (_, bases) => {
    const [found, ...others] = problemsOf(bases);
    expect(found).toContain('a stands on b (recipes/a.yml:');
    expect(found).toContain('), if 314159265358 is the account of the pipeline\n');
    expect(found).toMatch(
      /; if 314159265358 is another account, give .*\bb\b.* another name in this deployment$/,
    );
    expect(others).toEqual([]);
  });

  it.each([
    'b-2027*',
    'b-????????-*',
    '*-2027????-??????-??????',
    'b-20991231-235959-*',
    'b-*-abc???',
    'b-*-2',
    '*b*',
  ])('in a cycle over the filter %s are refused if it can match a release', (name) => {
    expect(problemsOf({ a: byName(name, 'self'), b: byName('a-*', 'self') })).toHaveLength(1);
  });

  it.each(['b-2027', 'b-web-*', 'b-*-xyz???', 'b-2027*-', 'bb-*', '[b]-*', 'b-\\*'])(
    'are valid if no release can match the filter %s',
    (name) => {
      expect(problemsOf({ a: byName(name, 'self'), b: byName('a-*', 'self') })).toEqual([]);
    },
  );

  it('do not include a recipe that stands on itself', () => {
    const [found, ...others] = problemsOf({ a: on('a') });
    expect(found).toContain(
      'a release of the recipe itself, so each build would create the base of the next',
    );
    expect(others).toEqual([]);
  });

  it.each([
    [
      'a recipe that is missing',
      on('bse'),
      'has no recipe "bse"',
      'did you mean base? (for a recipe of another',
    ],
    [
      'an unknown recipe',
      on('quite-other'),
      'has no recipe "quite-other"',
      'add the recipe; for a recipe of',
    ],
    [
      'a channel that is missing',
      on('base', 'stabel'),
      'has no channel "stabel"',
      'did you mean /golden-images/base/stable?',
    ],
    ['no channel', '{ ssmParameter: /golden-images/base }', 'has no channel ""', 'use a channel of base'],
    ['a path below a channel', on('base', 'stable/x86'), 'has no channel "stable/x86"', 'fix      '],
  ])('must not name %s', (_, base, found, fix) => {
    const [problem, ...others] = problemsOf({ base: AMAZON, web: base });
    expect(problem).toMatch(/^recipes\/web\.yml:4:23 base\.ssmParameter\n/);
    expect(problem).toContain(found);
    expect(problem).toContain(fix);
    expect(others).toEqual([]);
  });
});
