import { describe, expect, it } from 'vitest';
import { checkPolicies } from '../../scripts/recipe-policies.ts';
import { checkTargets } from '../../scripts/recipe-targets.ts';
import { describeProblem } from '../../shared/recipe/problem.ts';
import { parseRecipe } from '../../shared/recipe/recipe-file.ts';
import { AT } from '../simulated-build.ts';

/** Recipes by name, with what each publishes as it is in the file. */
function open(published: Record<string, string>) {
  return Object.entries(published).map(([name, publish]) => {
    const path = `recipes/${name}.yml`;
    const source = new TextEncoder().encode(
      `name: ${name}\ndescription: A recipe for tests\nplatform: linux\nbase: { imageId: ami-0123456789abcdef0 }\nbuild: { instanceTypes: [m7i.large] }\nregions: [us-east-1, eu-west-1]\nshare: { public: true }\npublish: ${publish}\n`,
    );
    const parsed = parseRecipe(source, path, AT);
    if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
    return { path, source, recipe: parsed.recipe };
  });
}

const ID = 'lt-0123456789abcdef0';
const template = (region: string, id = ID) => `{ launchTemplates: [{ region: ${region}, id: ${id} }] }`;
const group = (region: string, name = 'web') =>
  `{ instanceRefresh: [{ region: ${region}, autoScalingGroup: ${name} }] }`;

describe('two recipes', () => {
  it.each<[string, Record<string, string>]>([
    [
      'different launch templates',
      { a: template('us-east-1'), b: template('us-east-1', 'lt-0fedcba9876543210') },
    ],
    ['launch templates of different regions', { a: template('us-east-1'), b: template('eu-west-1') }],
    [
      'the same group, for example with another architecture',
      { a: group('us-east-1'), b: group('us-east-1') },
    ],
  ])('can follow %s', (_, published) => {
    expect(checkTargets(open(published))).toEqual([]);
  });

  it('cannot follow the same launch template', () => {
    const published = { a: template('eu-west-1'), b: '{}', c: template('eu-west-1') };
    expect(checkTargets(open(published)).map(describeProblem)).toEqual([
      `recipes/c.yml:8:55 publish.launchTemplates[0].id
  found    "${ID}" in eu-west-1, which the recipe a also names (recipes/a.yml:8:55 publish.launchTemplates[0].id)
  allowed  each launch template in one recipe: otherwise it would change with the releases of both recipes
  fix      remove it from c or from a`,
    ]);
  });
});

describe('the policies of the recipes', () => {
  const templates = (recipe: number, count: number) =>
    JSON.stringify({
      launchTemplates: Array.from({ length: count }, (_, index) => ({
        region: 'eu-west-1',
        id: `lt-0${recipe}${String(index).padStart(15, '0')}`,
      })),
    });
  const roles = (recipe: number, count: number, name: string) =>
    JSON.stringify({
      roles: Array.from(
        { length: count },
        (_, index) => `arn:aws:iam::${recipe}${String(index).padStart(11, '0')}:role/${name}`,
      ),
    });

  it('can have the length that IAM allows', () => {
    const published = { a: templates(1, 20), b: templates(2, 20), c: roles(1, 10, 'pointers') };
    expect(checkPolicies(open(published))).toEqual([]);
  });

  it('cannot name more launch templates than fit into a policy', () => {
    const published = { a: templates(1, 20), b: templates(2, 20), c: templates(3, 20), d: templates(4, 20) };
    const recipes = open({ ...published, e: '{}', f: templates(5, 10) });
    const [found, ...others] = checkPolicies(recipes).map(describeProblem);
    expect(found).toMatch(/^recipes\/f\.yml:8:\d+ publish\.launchTemplates\n/);
    expect(found).toMatch(
      /of all recipes \(recipes\/a\.yml 20, recipes\/b\.yml 20, .*, recipes\/f\.yml 10\), for which a policy would have \d+ /,
    );
    expect(found).toContain('at most 6144 characters');
    expect(others).toEqual([]);
  });

  it('cannot name more roles than fit into a policy, and counts each role once', () => {
    const long = roles(1, 10, 'p'.repeat(600));
    expect(checkPolicies(open({ a: long })).map(({ field }) => field)).toEqual(['publish.roles']);
    const half = roles(1, 9, 'p'.repeat(600));
    expect(checkPolicies(open({ a: half, b: half }))).toEqual([]);
  });
});
