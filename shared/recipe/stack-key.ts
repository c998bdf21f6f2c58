import type { Recipe } from './recipe.ts';

/** The alias of the key that the stack creates in each region for recipes with `keys: stack`. */
export const STACK_ALIAS = 'alias/golden-images';

/** Whether a recipe uses the keys of the stack. */
export const usesStackKeys = ({ encryption }: Pick<Recipe, 'encryption'>): boolean =>
  encryption?.keys === 'stack';

/** The key of a recipe in a region, as an ARN or alias. */
export function keyIn(region: string, { encryption }: Pick<Recipe, 'encryption'>): string | undefined {
  if (encryption === undefined) return undefined;
  return encryption.keys === 'stack' ? STACK_ALIAS : encryption.keys[region];
}

/** The target regions in which recipes need the key of the stack. The region of the deployment needs it, too. */
export const stackKeyRegions = (recipes: readonly Recipe[]): string[] => {
  const users = recipes.filter(usesStackKeys);
  const regions = users.flatMap(({ regions, optionalRegions }): string[] => [...regions, ...optionalRegions]);
  return [...new Set(regions)].toSorted();
};

/** The file with the template of the key. `npm run package` and `npm run deploy` write it. */
export const KEY_TEMPLATE = 'keys.json';

/**
 * How to create the key of the stack in a region, or to bring its policy up to date. A stack exists in one region, so the deployment contains
 * only the key of its own region.
 */
export const deployKey = (region: string, { isHome = false, folder = '.serverless' } = {}): string =>
  isHome
    ? 'npm run deploy'
    : `aws cloudformation deploy --region ${region} --stack-name golden-image-keys --template-file ${folder}/${KEY_TEMPLATE}`;
