import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { requestedRecipeName } from '../../shared/build/build-request.ts';
import { resolveRecipe } from '../../shared/recipe/merged-recipe.ts';
import { requestedRecipe } from '../../shared/recipe/requested-recipe.ts';
import { instanceRecipe } from '../simulated-bases.ts';
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

  describe('with overrides', () => {
    const followed = {
      ...plainRecipe,
      name: 'followed',
      publish: {
        channels: ['beta'],
        roles: ['arn:aws:iam::111122223333:role/golden-image-pointers'],
        launchTemplates: [{ region: 'us-east-1', id: 'lt-0123456789abcdef0' }],
        instanceRefresh: [{ region: 'us-east-1', autoScalingGroup: 'web' }],
      },
      image: { imds: 'optional', fastSnapshotRestore: { 'us-east-1': ['us-east-1a'] } },
    };
    const { recipe } = recipeFile(followed);
    const trial = (overrides: object) => {
      const input = { recipe: 'followed', overrides: overrides as never };
      const requested = requestedRecipe(input, { followed: recipe }, now);
      expect(resolveRecipe(input, { followed: recipe })).toEqual(requested);
      return requested;
    };

    test('can have other regions and accounts than what follows the releases of the recipe', () => {
      const { publish, image } = trial({ regions: ['eu-central-1'], share: null });
      expect(publish).toEqual({ channels: ['beta'], roles: [], launchTemplates: [] });
      expect(image).toEqual({ imds: 'optional', deregistrationProtection: 'none' });
    });

    test('has what the overrides name, and checks it', () => {
      const { roles } = recipe.publish;
      expect(trial({ publish: { roles } }).publish).toMatchObject({ roles, launchTemplates: [] });
      expect(() => trial({ publish: { roles }, share: null })).toThrow('publish.roles[0]');
    });

    test('does not change the deployed recipe', () => {
      const before = structuredClone(recipe);
      trial({ description: 'A trial' });
      expect(recipe).toEqual(before);
    });
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
          const recipe = request(overrides as object);
          expect(recipe.name).toBe('plain');
          expect(
            resolveRecipe({ recipe: 'plain', overrides: overrides as object as never }, recipes),
          ).toEqual(recipe);
        } catch (error) {
          expect(error).toMatchObject({ name: 'InvalidInput', message: expect.stringMatching(/\S/) });
        }
        expect(Object.prototype).not.toHaveProperty('polluted');
      }),
    );
    expect(() => request(JSON.parse('{"__proto__": {"polluted": 1}}'))).toThrow();
    expect({}).not.toHaveProperty('polluted');
  });

  test.each<[string, object | string, object]>([
    ['by its name', 'plain', {}],
    ['with overrides', 'plain', { tags: { team: null }, share: null, regions: ['eu-west-1'] }],
    ['inline', { ...plainRecipe, steps: [{ name: 'one', shell: 'true' }] }, {}],
    ['inline, with overrides', plainRecipe, { description: 'another' }],
    ['of an instance', instanceRecipe('i-0123456789abcdef0'), {}],
  ])('is the same for Plan as for Decide, %s', (_, recipe, overrides) => {
    expect(resolveRecipe({ recipe: recipe as never, overrides: overrides as never }, recipes)).toEqual(
      request(overrides, recipe),
    );
  });

  test.each<[object | string, object, RegExp]>([
    ['plan', {}, /no recipe "plan"; it has plain/],
    ['plain', { regions: [], tags: 7 }, /these fields are wrong: regions, tags$/],
    [{}, {}, /these fields are wrong: name, description/],
  ])('is refused in Plan if it is not a recipe: %j with %j', (recipe, overrides, message) => {
    const makeRequest = () =>
      resolveRecipe({ recipe: recipe as never, overrides: overrides as never }, recipes);
    expect(makeRequest).toThrow(message);
  });

  test.each([
    ['a', 'a'],
    [{ name: 'b' }, 'b'],
    [{ name: 7 }, undefined],
    [{}, undefined],
  ])('the name in the request %j', (recipe, name) => {
    expect(requestedRecipeName({ recipe })).toBe(name);
  });
});
