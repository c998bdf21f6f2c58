import { globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import * as z from 'zod/mini';
import { describeProblem } from '../shared/recipe/problem.ts';
import { recipeSchema } from '../shared/recipe/recipe.ts';
import { parseRecipe } from '../shared/recipe/recipe-file.ts';
import { replaceModules } from './replacements.ts';
import { dropDerivedNames, dropUnreadMembers, foldKeys, forgetErrors } from './schemas.ts';

/**
 * Clients whose modelled errors lose their classes: those with a JSON protocol, where the code that AWS sends is the name of the
 * class. SNS and STS must not be here: the AWS query protocol has codes of its own, which only the classes translate.
 */
export const CLIENTS_WITHOUT_ERROR_CLASSES = [
  'client-dynamodb',
  'client-eventbridge',
  'client-kms',
  'client-sfn',
  'client-ssm',
] as const;

const isWithoutErrorClasses = (path: string) =>
  CLIENTS_WITHOUT_ERROR_CLASSES.some((client) => path.split(/[\\/]/).includes(client));

const ROOT = join(import.meta.dirname, '..');

/** Every name that the code of the functions mentions. */
function namesInCode(): string[] {
  const files = globSync('{functions,shared}/**/*.ts', { cwd: ROOT });
  // Without names every answer would be empty.
  if (files.length === 0) throw new Error(`The code of the functions is not in ${ROOT}`);
  return files.flatMap((file) => readFileSync(join(ROOT, file), 'utf8').match(/[A-Za-z_$][\w$]*/g) ?? []);
}

/**
 * The names of the members of answers that somebody may read: the code of the functions, or the SDK, which asks for the next page.
 * `client` is the folder of the client's package.
 */
export function readNames(client: string): ReadonlySet<string> {
  const paginators = globSync('dist-es/pagination/*.js', { cwd: client });
  const tokens = paginators.flatMap((file) =>
    Array.from(readFileSync(join(client, file), 'utf8').matchAll(/"(\w+)"/g), ([, name = '']) => name),
  );
  return new Set([...namesInCode(), ...tokens]);
}

/** The module of a client's schemas with what functions use. Reading EC2's takes a while, and most functions have it. */
const slimmed = new Map<string, string>();

function slim(path: string): string {
  const client = join(dirname(path), '../..');
  const folded = dropDerivedNames(foldKeys(readFileSync(path, 'utf8')));
  const read = dropUnreadMembers(folded, readNames(client));
  if (!isWithoutErrorClasses(path)) return read;
  return forgetErrors(read, readFileSync(join(client, 'dist-es/models/errors.js'), 'utf8'));
}

/** Leaves out of a bundle the schemas, members of answers and errors of the SDK that its function does not use. */
export const slimSchemas: Plugin = {
  name: 'slim-schemas',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]dist-es[\\/]schemas[\\/]schemas_\d+\.js$/ }, ({ path }) => {
      const contents = slimmed.get(path) ?? slim(path);
      slimmed.set(path, contents);
      return { contents };
    });
  },
};

const RECIPES = join(ROOT, 'recipes');

/**
 * Puts the recipes of recipes/ into the functions that read any, checked and as data: a YAML parser would weigh more than all of
 * them. A recipe that is wrong fails the packaging with all that is wrong.
 */
export const packagedRecipes: Plugin = {
  name: 'packaged-recipes',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]shared[\\/]lambda[\\/]packaged-recipes\.ts$/ }, () => {
      const files = readdirSync(RECIPES).filter((file) => /\.ya?ml$/.test(file));
      const checked = files.map((file) => {
        return parseRecipe(readFileSync(join(RECIPES, file)), `recipes/${file}`, new Date());
      });
      const problems = checked.flatMap((one) => ('problems' in one ? one.problems : []));
      if (problems.length > 0) return { errors: [{ text: problems.map(describeProblem).join('\n') }] };
      const named = checked.flatMap((one) => ('recipe' in one ? [[one.recipe.name, one.recipe]] : []));
      return { contents: `export const recipes = () => (${JSON.stringify(Object.fromEntries(named))});` };
    });
  },
};

/** The descriptions of all fields of a recipe, as texts in JavaScript. */
function fieldDescriptions(): Set<string> {
  const descriptions = new Set<string>();
  JSON.stringify(z.toJSONSchema(recipeSchema, { io: 'input' }), (key, value) => {
    if (key === 'description' && typeof value === 'string') descriptions.add(JSON.stringify(value));
    return value;
  });
  return descriptions;
}

/** Leaves out the descriptions of a recipe's fields. Editors show them (recipe.schema.json); no function does. */
export const forgetDescriptions: Plugin = {
  name: 'forget-descriptions',
  setup({ esbuild, onLoad }) {
    const descriptions = fieldDescriptions();
    onLoad({ filter: /[\\/]shared[\\/]recipe[\\/][\w-]+\.ts$/ }, async ({ path }) => {
      const source = readFileSync(path, 'utf8');
      if (!source.includes('field(')) return undefined;
      // Without types, comments and spaces a description is always the same text, and an argument.
      const { code } = await esbuild.transform(source, {
        loader: 'ts',
        charset: 'utf8',
        minifyWhitespace: true,
      });
      return {
        contents: code.replaceAll(/(?<=[,(])"(?:[^"\\]|\\.)*"/g, (text) =>
          descriptions.has(text) ? '""' : text,
        ),
      };
    });
  },
};

export default [slimSchemas, replaceModules, packagedRecipes, forgetDescriptions];
