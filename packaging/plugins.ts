import { globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import * as z from 'zod/mini';
import { describeProblem } from '../shared/recipe/problem.ts';
import { recipeSchema } from '../shared/recipe/recipe.ts';
import { parseRecipe } from '../shared/recipe/recipe-file.ts';
import { replaceModules } from './replacements.ts';
import { dropDerivedNames, dropUnreadMembers, foldKeys, removeErrorClasses } from './schemas.ts';

/**
 * The clients whose error classes are removed. These clients have a JSON protocol, in which AWS sends the name of the class as the error
 * code. SNS and STS must not be in this list: the AWS query protocol has different codes, and only the classes contain the mapping.
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

/** Every name in the code of the functions. */
function namesInCode(): string[] {
  const files = globSync('{functions,shared}/**/*.ts', { cwd: ROOT });
  // Without names, all members of all responses would be removed.
  if (files.length === 0) throw new Error(`No code of functions found in ${ROOT}`);
  return files.flatMap((file) => readFileSync(join(ROOT, file), 'utf8').match(/[A-Za-z_$][\w$]*/g) ?? []);
}

/**
 * The names of response members that can be in use: names in the code of the functions, and names in the SDK's paginators. `client` is the
 * folder of the client's package.
 */
export function namesInUse(client: string): ReadonlySet<string> {
  const paginators = globSync('dist-es/pagination/*.js', { cwd: client });
  const tokens = paginators.flatMap((file) =>
    Array.from(readFileSync(join(client, file), 'utf8').matchAll(/"(\w+)"/g), ([, name = '']) => name),
  );
  return new Set([...namesInCode(), ...tokens]);
}

/** The reduced schema modules, by their path. Most functions use the schemas of EC2, which take time to process. */
const slimmed = new Map<string, string>();

function slim(path: string): string {
  const client = join(dirname(path), '../..');
  const folded = dropDerivedNames(foldKeys(readFileSync(path, 'utf8')));
  const read = dropUnreadMembers(folded, namesInUse(client));
  if (!isWithoutErrorClasses(path)) return read;
  return removeErrorClasses(read, readFileSync(join(client, 'dist-es/models/errors.js'), 'utf8'));
}

/** Removes the SDK schemas, response members and error classes that a function does not use. */
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
 * Adds the recipes in recipes/ to the functions that read recipes. The recipes are checked and added as data, because a YAML parser is
 * larger than all recipes. If a recipe has problems, packaging fails and reports all problems.
 */
export const packagedRecipes: Plugin = {
  name: 'packaged-recipes',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]shared[\\/]lambda[\\/]packaged-recipes\.ts$/ }, () => {
      const files = readdirSync(RECIPES).filter((file) => /\.ya?ml$/.test(file));
      const checked = files.map((file) => {
        return parseRecipe(readFileSync(join(RECIPES, file)), `recipes/${file}`, new Date());
      });
      const problems = checked.flatMap((result) => ('problems' in result ? result.problems : []));
      if (problems.length > 0) return { errors: [{ text: problems.map(describeProblem).join('\n') }] };
      const named = checked.flatMap((result) =>
        'recipe' in result ? [[result.recipe.name, result.recipe]] : [],
      );
      return { contents: `export const recipes = () => (${JSON.stringify(Object.fromEntries(named))});` };
    });
  },
};

/** The descriptions of all recipe fields, as JavaScript string literals. */
function fieldDescriptions(): Set<string> {
  const descriptions = new Set<string>();
  JSON.stringify(z.toJSONSchema(recipeSchema, { io: 'input' }), (key, value) => {
    if (key === 'description' && typeof value === 'string') descriptions.add(JSON.stringify(value));
    return value;
  });
  return descriptions;
}

/** Whether a template can have the text as its value. A template of values alone can have any value, so it does not count. */
function matchesTemplate(template: string, text: string): boolean {
  const [first = '', ...rest] = template.split(/\$\{[^}]*\}/);
  if (first === '') return false;
  let at = first.length;
  const follows = rest.every((part) => {
    const index = text.indexOf(part, at);
    at = index + part.length;
    return index !== -1;
  });
  return follows && text.startsWith(first) && at === text.length;
}

/** Removes the descriptions of recipe fields. Only editors show the descriptions (recipe.schema.json). */
export const removeDescriptions: Plugin = {
  name: 'remove-descriptions',
  setup({ esbuild, onLoad }) {
    const descriptions = fieldDescriptions();
    // A template such as `Default: ${MINUTES}` is compared by the text around its values.
    const isDescription = (literal: string): boolean =>
      literal.startsWith('"')
        ? descriptions.has(literal)
        : [...descriptions].some((text) => matchesTemplate(literal.slice(1, -1), text.slice(1, -1)));
    onLoad({ filter: /[\\/]shared[\\/]recipe[\\/][\w-]+\.ts$/ }, async ({ path }) => {
      const source = readFileSync(path, 'utf8');
      if (!source.includes('field(')) return undefined;
      // Without types, comments and spaces, a description is always the same string literal and a function argument.
      const { code } = await esbuild.transform(source, {
        loader: 'ts',
        charset: 'utf8',
        minifyWhitespace: true,
      });
      return {
        contents: code.replaceAll(/(?<=[,(])("(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)/g, (literal) =>
          isDescription(literal) ? '""' : literal,
        ),
      };
    });
  },
};

export default [slimSchemas, replaceModules, packagedRecipes, removeDescriptions];
