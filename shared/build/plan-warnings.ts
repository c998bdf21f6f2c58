import type { Recipe } from '../recipe/recipe.ts';
import { baseWarnings, resultWarnings } from './allowed-images.ts';
import { describeBase } from './base.ts';
import { copyWarnings } from './copying.ts';
import { encryptionWarnings } from './encryption.ts';
import type { FailedRegion } from './execution-document.ts';
import { fastLaunchWarnings } from './fast-launch.ts';
import { failedRegionWarning } from './optional-regions.ts';
import type { Facts, InstanceFacts, PlanContext, TargetFacts } from './plan-facts.ts';
import { plannedBase } from './planned-base.ts';
import { encryptionFacts } from './target-refusals.ts';

/** The recipe of a build, before and after Plan has left out what needs nothing or is not possible. */
interface PlannedRecipe {
  readonly requested: Recipe;
  readonly recipe: Recipe;
  readonly failedRegions: readonly FailedRegion[];
}

/** The warnings of every kind of build. `ofBase`: those about its base. */
export const planWarnings = (
  { requested, recipe, failedRegions }: PlannedRecipe,
  facts: Facts | InstanceFacts,
  context: Pick<PlanContext, 'version'>,
  ofBase: readonly string[],
): string[] => [
  ...failedRegions.map(failedRegionWarning),
  ...sharingWarnings(requested, facts),
  ...encryptionWarnings(recipe, encryptionFacts(facts)),
  ...ofBase,
  ...copyWarnings(recipe, facts.region),
  ...fastLaunchWarnings(recipe, facts),
  ...allowedWarnings(recipe, facts, context),
  ...testWarnings(recipe),
];

function sharingWarnings({ share }: Recipe, { account }: TargetFacts): string[] {
  if (!share.accounts.includes(account)) return [];
  return [
    `share.accounts contains ${account}, the pipeline's own account. It owns the image and can always launch it, so the pipeline does ` +
      `not share the image with it: remove ${account} from share.accounts`,
  ];
}

/** Warnings that Allowed AMIs hides the base or the result, now or when it is enabled. */
function allowedWarnings(
  { name, regions, share }: Recipe,
  { account, region, base, allowedImages }: Facts | InstanceFacts,
  { version }: Pick<PlanContext, 'version'>,
): string[] {
  if (base === undefined) return [];
  const { products = [], watermarks = [] } = 'snapshotId' in base ? {} : base;
  const plan = { recipe: name, version, regions, share };
  return [
    ...('imageId' in base ? baseWarnings(base, describeBase(plannedBase(base)), region) : []),
    ...resultWarnings(plan, allowedImages, { owner: account, products, watermarks }),
  ];
}

const testWarnings = ({ test }: Recipe): string[] =>
  test.boot ? [] : ['test.boot is false, so the image is shared without having been tested'];
