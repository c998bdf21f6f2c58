import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import { parseRecipe } from '../shared/recipe/file.ts';
import { describeProblem } from '../shared/recipe/problem.ts';
import { foldKeys, forgetErrors } from './schemas.ts';

/**
 * Clients with many modelled errors whose codes on the wire are the names of their classes. The AWS query protocol (SNS, STS) has
 * codes of its own, which only the classes translate: no such client may be named here.
 */
export const CLIENTS_WITHOUT_ERROR_CLASSES = ['client-ssm', 'client-dynamodb', 'client-kms'] as const;

const isWithoutErrorClasses = (path: string) =>
  CLIENTS_WITHOUT_ERROR_CLASSES.some((client) => path.split(/[\\/]/).includes(client));

/** Lets schemas and errors of the SDK that a function does not use stay out of its bundle. */
export const slimSchemas: Plugin = {
  name: 'slim-schemas',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]dist-es[\\/]schemas[\\/]schemas_\d+\.js$/ }, ({ path }) => {
      const folded = foldKeys(readFileSync(path, 'utf8'));
      if (!isWithoutErrorClasses(path)) return { contents: folded };
      const errorClasses = readFileSync(join(dirname(path), '../models/errors.js'), 'utf8');
      return { contents: forgetErrors(folded, errorClasses) };
    });
  },
};

/**
 * Credentials from the environment alone, where Lambda puts them: the first of the SDK's usual sources without the rest (SSO,
 * profiles, processes, instance metadata), which would only be dead weight.
 */
export const environmentCredentials: Plugin = {
  name: 'environment-credentials',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]credential-provider-node[\\/]dist-es[\\/]index\.js$/ }, () => ({
      contents: 'export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";',
    }));
  },
};

const RECIPES = join(import.meta.dirname, '../recipes');

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

export default [slimSchemas, environmentCredentials, packagedRecipes];
