import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { requestedRecipeName } from '../../shared/build/build-request.ts';
import { checkedRecipe } from '../../shared/recipe/merged-recipe.ts';
import { requestedRecipe } from '../../shared/recipe/requested-recipe.ts';
import { instanceRecipe } from '../simulated-bases.ts';
import { plainRecipe, recipeFile } from '../simulated-build.ts';

const now = new Date('2026-11-22T03:00:00Z');
const recipes = { plain: recipeFile({ ...plainRecipe, tags: { team: 'a', stage: 'x' } }).recipe };
const asked = (overrides?: object, recipe: string | object = 'plain') =>
  requestedRecipe(
    { recipe: recipe as never, ...(overrides && { overrides: overrides as never }) },
    recipes,
    now,
  );

describe('what is asked for', () => {
  test.each<[string, object, object]>([
    ['a list is replaced', { regions: ['eu-west-1'] }, { regions: ['eu-west-1'] }],
    ['a map is merged', { tags: { team: 'b' } }, { tags: { team: 'b', stage: 'x' } }],
    ['null removes', { tags: { team: null } }, { tags: { stage: 'x' } }],
    ['null gives the default back', { share: null }, { share: { accounts: [], public: false } }],
    ['deep down', { build: { volumes: [] } }, { build: { instanceTypes: ['m7i.large', 'm6i.large'] } }],
    ['a new field', { rebuildAfterDays: 30 }, { rebuildAfterDays: 30 }],
  ])('%s', (_, overrides, expected) => {
    expect(asked(overrides)).toMatchObject(expected);
  });

  test('the deployed recipe stays as it is', () => {
    const before = structuredClone(recipes);
    asked({ tags: { team: null }, build: { instanceTypes: ['t3.large'] } });
    expect(recipes).toEqual(before);
  });

  test.each<[string, () => unknown, RegExp]>([
    [
      'an unknown field',
      () => asked({ region: ['us-east-1'] }),
      /with the overrides region\n.*did you mean regions/s,
    ],
    ['a wrong value', () => asked({ regions: [] }), /recipes\/plain\.yml with the overrides regions/],
    ['no recipe of that name', () => asked(undefined, 'plan'), /no recipe "plan"; it has plain/],
    ['an inline recipe that is none', () => asked(undefined, {}), /the recipe given inline name/],
    ['another name', () => asked({ name: 'x' }), /another name in the overrides/],
  ])('refuses %s', (_, ask, message) => {
    expect(ask).toThrow(message);
  });

  test('whatever the overrides are, there is a recipe or a clear refusal', () => {
    const anything = fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(anything, (overrides) => {
        try {
          const recipe = asked(overrides as object);
          expect(recipe.name).toBe('plain');
          expect(
            checkedRecipe({ recipe: 'plain', overrides: overrides as object as never }, recipes),
          ).toEqual(recipe);
        } catch (error) {
          expect(error).toMatchObject({ name: 'InvalidInput', message: expect.stringMatching(/\S/) });
        }
        expect(Object.prototype).not.toHaveProperty('polluted');
      }),
    );
    expect(() => asked(JSON.parse('{"__proto__": {"polluted": 1}}'))).toThrow();
    expect({}).not.toHaveProperty('polluted');
  });

  test.each<[string, object | string, object]>([
    ['by its name', 'plain', {}],
    ['with overrides', 'plain', { tags: { team: null }, share: null, regions: ['eu-west-1'] }],
    ['inline', { ...plainRecipe, steps: [{ name: 'one', shell: 'true' }] }, {}],
    ['inline, with overrides', plainRecipe, { description: 'another' }],
    ['of an instance', instanceRecipe('i-0123456789abcdef0'), {}],
  ])('is the same for Plan as for Decide, %s', (_, recipe, overrides) => {
    expect(checkedRecipe({ recipe: recipe as never, overrides: overrides as never }, recipes)).toEqual(
      asked(overrides, recipe),
    );
  });

  test.each<[object | string, object, RegExp]>([
    ['plan', {}, /no recipe "plan"; it has plain/],
    ['plain', { regions: [], tags: 7 }, /these fields are wrong: regions, tags$/],
    [{}, {}, /these fields are wrong: name, description/],
  ])('for Plan is refused where it is none: %j with %j', (recipe, overrides, message) => {
    const ask = () => checkedRecipe({ recipe: recipe as never, overrides: overrides as never }, recipes);
    expect(ask).toThrow(message);
  });

  test.each([
    ['a', 'a'],
    [{ name: 'b' }, 'b'],
    [{ name: 7 }, undefined],
    [{}, undefined],
  ])('the name of %j', (recipe, name) => {
    expect(requestedRecipeName({ recipe })).toBe(name);
  });
});
