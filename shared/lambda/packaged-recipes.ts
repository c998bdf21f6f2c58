import type { Recipe } from '../recipe/recipe.ts';

/** The recipes of the deployment by their names. */
export type Recipes = Readonly<Record<string, Recipe>>;

/**
 * The recipes that a function is packaged with. Here there are none: packaging puts those of recipes/ in the place of this module
 * (`packaging/plugins.ts`), checked and with their defaults filled in, so that no function carries a YAML parser.
 */
export const recipes = (): Recipes => ({});
