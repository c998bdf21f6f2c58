import type { Recipe } from '../recipe/recipe.ts';

/** The recipes of the deployment by name. */
export type Recipes = Readonly<Record<string, Recipe>>;

/**
 * The recipes that a function is packaged with. This module contains none: packaging replaces the module with the recipes in recipes/
 * (`packaging/plugins.ts`), which are checked and have their defaults filled in. So no function contains a YAML parser.
 */
export const recipes = (): Recipes => ({});
