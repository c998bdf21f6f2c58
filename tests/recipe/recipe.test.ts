import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { recipeJsonSchema, recipeJsonSchemaFile } from '../../scripts/recipe-schema.ts';
import { openRecipes } from '../../shared/recipe/open-recipe.ts';
import { describeProblem } from '../../shared/recipe/problem.ts';
import { isBuilt, isCopied, type Recipe } from '../../shared/recipe/recipe.ts';
import { checkRecipe, parseRecipe } from '../../shared/recipe/recipe-file.ts';
import { example, exampleSource, examples } from '../example-project.ts';

const now = new Date('2026-03-01T12:00:00Z');

function recipeOf(source: string | Uint8Array, file: string): Recipe {
  const checked = parseRecipe(source, file, now);
  if ('problems' in checked) throw new Error(checked.problems.map(describeProblem).join('\n'));
  return checked.recipe;
}

// Users change, add and remove recipes in recipes/. So the tests require only that each recipe there is valid.
describe('the recipes in recipes/', () => {
  test('are valid', () => {
    const opened = openRecipes(join(import.meta.dirname, '../..'), new Date());
    const problems = 'problems' in opened ? opened.problems.map(describeProblem) : [];
    expect(problems.join('\n')).toBe('');
  });
});

describe('the example recipes', () => {
  test('are these four', () => {
    expect(examples).toEqual(['al2023', 'debian12', 'ubuntu2404', 'windows2022']);
  });

  /** The device and size of the root volume of the base images. EC2 does not launch a smaller volume. */
  const roots: Record<string, [string, number]> = {
    al2023: ['/dev/xvda', 8],
    debian12: ['/dev/xvda', 8],
    ubuntu2404: ['/dev/sda1', 8],
    windows2022: ['/dev/sda1', 30],
  };

  test.each(examples)(
    '%s is valid, has several regions, and has a root volume that is large enough for the base',
    (name) => {
      const { recipe } = example(name);
      const [device, sizeGiBMin] = roots[recipe.name] ?? ['', Number.NaN];
      const root = recipe.build?.volumes.find((volume) => volume.device === device);
      expect(recipe.name).toBe(name);
      expect(root?.sizeGiB).toBeGreaterThanOrEqual(sizeGiBMin);
      expect(recipe.regions.length).toBeGreaterThanOrEqual(2);
      expect(recipe.schedule).toBeDefined();
    },
  );

  test.each(examples)('%s names its schema, so that editors complete and check the recipe', (name) => {
    const [first] = exampleSource(name).toString().split('\n');
    expect(first).toBe('# yaml-language-server: $schema=../recipe.schema.json');
  });
});

describe('defaults', () => {
  const least = `
name: least
description: The shortest recipe
platform: linux
base: { imageId: ami-0123456789abcdef0 }
build: { instanceTypes: [t3.micro] }
regions: [eu-west-1]
`;

  test('are added', () => {
    expect(recipeOf(least, 'least.yml')).toEqual({
      name: 'least',
      description: 'The shortest recipe',
      platform: 'linux',
      base: { imageId: 'ami-0123456789abcdef0' },
      build: { instanceTypes: ['t3.micro'], volumes: [], ssmAgent: 'preinstalled' },
      patch: { install: true, reboot: 'if-needed' },
      steps: [],
      tests: [],
      test: { boot: true, regions: [] },
      image: { imds: 'v2', deregistrationProtection: 'none' },
      regions: ['eu-west-1'],
      optionalRegions: [],
      share: { accounts: [], organizations: [], organizationalUnits: [], public: false },
      publish: { channels: ['candidate', 'stable'], roles: [], launchTemplates: [] },
      tags: {},
      rebuildOnNewBase: false,
      scanForUpdates: false,
    });
  });

  test('are added to the given fields', () => {
    const more = 'patch: { reboot: never }\nshare: { public: true }\nschedule: { cron: "0 3 * * ? *" }\n';
    expect(recipeOf(least + more, 'least.yml')).toMatchObject({
      patch: { install: true, reboot: 'never' },
      share: { accounts: [], organizations: [], organizationalUnits: [], public: true },
      schedule: { cron: '0 3 * * ? *', timezone: 'UTC' },
    });
  });

  test('are added for a snapshot', () => {
    const snapshot = '{ snapshotId: snap-0123456789abcdef0, architecture: arm64, bootMode: uefi }';
    const recipe = recipeOf(least.replace('{ imageId: ami-0123456789abcdef0 }', snapshot), 'least.yml');
    expect(recipe.base).toEqual({
      snapshotId: 'snap-0123456789abcdef0',
      architecture: 'arm64',
      bootMode: 'uefi',
      ena: true,
      rootDevice: '/dev/xvda',
    });
    expect(isBuilt(recipe)).toBe(true);
  });

  test('do not include build and patch for an instance, even if the recipe is checked again', () => {
    const instance = '{ instanceId: i-0123456789abcdef0, reboot: false }';
    const source = least
      .replace('{ imageId: ami-0123456789abcdef0 }', instance)
      .replace('build: { instanceTypes: [t3.micro] }\n', '');
    const recipe = recipeOf(source, 'least.yml');
    expect(recipe).not.toHaveProperty('build');
    expect(recipe).not.toHaveProperty('patch');
    expect(isBuilt(recipe)).toBe(false);
    expect(checkRecipe(recipe, 'input', now)).toEqual({ recipe });
  });

  test('do not include patch for a copy of the base, even if the recipe is checked again', () => {
    const source = least.replace('build: { ', 'build: { copyBase: true, ');
    const recipe = recipeOf(source, 'least.yml');
    expect(recipe).not.toHaveProperty('patch');
    expect([isBuilt(recipe), isCopied(recipe)]).toEqual([false, true]);
    expect(checkRecipe(recipe, 'input', now)).toEqual({ recipe });
    const built = recipeOf(least.replace('build: { ', 'build: { copyBase: false, '), 'least.yml');
    expect([isBuilt(built), isCopied(built)]).toEqual([true, false]);
  });

  test('are not shared between recipes', () => {
    const [one, other] = [recipeOf(least, 'least.yml'), recipeOf(least, 'least.yml')];
    one.share.accounts.push('111122223333');
    one.tags.team = 'platform';
    expect([other.share.accounts, other.tags]).toEqual([[], {}]);
  });

  test.each([
    ['CRLF', least.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${least}`],
    ['a byte order mark in bytes', new TextEncoder().encode(`\ufeff${least}`)],
    ['a document marker and comments', `# comment\n---\n${least}# comment\n`],
    ['an unused anchor', least.replace('[eu-west-1]', '&here [eu-west-1]')],
    ['JSON', JSON.stringify(recipeOf(least, 'least.yml')).replace('"steps":[],', '')],
  ])('%s results in the same recipe', (_what, source) => {
    expect(recipeOf(source, 'least.yml')).toEqual(recipeOf(least, 'least.yml'));
  });
});

describe('recipe.schema.json', () => {
  test('is the output of `npm run schema`', () => {
    expect(readFileSync(recipeJsonSchemaFile, 'utf8')).toBe(recipeJsonSchema());
  });

  test.each(examples)('accepts %s', (name) => {
    const schema = z.fromJSONSchema(JSON.parse(readFileSync(recipeJsonSchemaFile, 'utf8')));
    const recipe: unknown = parse(exampleSource(name).toString());
    expect(schema.safeParse(recipe).error).toBeUndefined();
    expect(schema.safeParse(Object.assign({ region: 'us-east-1' }, recipe)).success).toBe(false);
    expect(schema.safeParse(Object.assign({}, recipe, { regions: ['us-east-9'] })).success).toBe(false);
  });

  const fields = fieldsOf(JSON.parse(recipeJsonSchema()), '');

  test('describes every field, and allows no other fields', () => {
    expect(fields.filter(({ schema }) => typeof schema.description !== 'string')).toEqual([]);
    const maps = fields.filter(({ schema }) => schema.properties !== undefined);
    expect(maps.length).toBeGreaterThan(5);
    expect(maps.filter(({ schema }) => schema.additionalProperties !== false)).toEqual([]);
  });

  test('contains the public fields', () => {
    expect(fields.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        '.base.filter.owner',
        '.base.bootMode',
        '.base.reboot',
        '.build.subnets.tags',
        '.steps[].document',
        '.share.public',
        '.share.copyable',
      ]),
    );
  });
});

interface JsonSchema {
  description?: string;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
}

/** Every field with its path. An alternative of a field uses the description of the field. */
function fieldsOf(schema: JsonSchema, name: string): { name: string; schema: JsonSchema }[] {
  const { properties = {}, additionalProperties, items, anyOf = [] } = schema;
  return [
    { name, schema },
    ...Object.entries(properties).flatMap(([key, inner]) => fieldsOf(inner, `${name}.${key}`)),
    ...(typeof additionalProperties === 'object' ? fieldsOf(additionalProperties, `${name}.*`) : []),
    ...(items === undefined ? [] : fieldsOf(items, `${name}[]`)),
    ...anyOf.flatMap((option) => fieldsOf({ description: 'an alternative', ...option }, name)),
  ];
}
