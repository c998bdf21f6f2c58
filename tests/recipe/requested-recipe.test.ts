import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { askedName } from '../../shared/build/request.ts';
import { requestedRecipe } from '../../shared/recipe/requested-recipe.ts';
import { plainRecipe, recipeFile } from '../simulated-build.ts';

const now = new Date('2026-11-22T03:00:00Z');
const recipes = { plain: recipeFile({ ...plainRecipe, tags: { team: 'a', stage: 'x' } }).recipe };
const request = (overrides?: object, recipe: string | object = 'plain') =>
  requestedRecipe(
    { recipe: recipe as never, ...(overrides && { overrides: overrides as never }) },
    recipes,
    now,
  );

describe('the requested recipe', () => {
  test.each<[string, object, object]>([
    ['a list is replaced', { regions: ['eu-west-1'] }, { regions: ['eu-west-1'] }],
    ['a map is merged', { tags: { team: 'b' } }, { tags: { team: 'b', stage: 'x' } }],
    ['null removes', { tags: { team: null } }, { tags: { stage: 'x' } }],
    ['null restores the default', { share: null }, { share: { accounts: [], public: false } }],
    [
      'a nested field is merged',
      { build: { volumes: [] } },
      { build: { instanceTypes: ['m7i.large', 'm6i.large'] } },
    ],
    ['a new field is added', { rebuildAfterDays: 30 }, { rebuildAfterDays: 30 }],
  ])('%s', (_, overrides, expected) => {
    expect(request(overrides)).toMatchObject(expected);
  });

  test('the deployed recipe does not change', () => {
    const before = structuredClone(recipes);
    request({ tags: { team: null }, build: { instanceTypes: ['t3.large'] } });
    expect(recipes).toEqual(before);
  });

  test.each<[string, () => unknown, RegExp]>([
    [
      'an unknown field',
      () => request({ region: ['us-east-1'] }),
      /with the overrides region\n.*did you mean regions/s,
    ],
    ['a wrong value', () => request({ regions: [] }), /recipes\/plain\.yml with the overrides regions/],
    ['an unknown recipe', () => request(undefined, 'plan'), /no recipe "plan"; it has plain/],
    ['an incomplete inline recipe', () => request(undefined, {}), /the inline recipe name/],
    ['a name in the overrides', () => request({ name: 'x' }), /the field name in the overrides/],
  ])('refuses %s', (_, makeRequest, message) => {
    expect(makeRequest).toThrow(message);
  });

  test('any overrides result in a recipe or a clear error', () => {
    const anything = fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(anything, (overrides) => {
        try {
          expect(request(overrides as object).name).toBe('plain');
        } catch (error) {
          expect(error).toMatchObject({ name: 'InvalidInput', message: expect.stringMatching(/\S/) });
        }
        expect(Object.prototype).not.toHaveProperty('polluted');
      }),
    );
    expect(() => request(JSON.parse('{"__proto__": {"polluted": 1}}'))).toThrow();
    expect({}).not.toHaveProperty('polluted');
  });

  test.each([
    ['a', 'a'],
    [{ name: 'b' }, 'b'],
    [{ name: 7 }, undefined],
    [{}, undefined],
  ])('the name in the request %j', (recipe, name) => {
    expect(askedName({ recipe })).toBe(name);
  });
});
