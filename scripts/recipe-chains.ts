import { nearest } from '../shared/recipe/nearest.ts';
import type { OpenedRecipe } from '../shared/recipe/open-recipe.ts';
import { type Problem, quote } from '../shared/recipe/problem.ts';
import { problemAt } from './recipe-problem.ts';
import { canMatchRelease } from './release-names.ts';

/** The problems of recipes that stand on the releases of other recipes: names that do not exist, and cycles. `region`: of the deployment. */
export function checkChains(recipes: readonly OpenedRecipe[], region: string): Problem[] {
  const named = recipes.flatMap((opened) => {
    const reference = referenceOf(opened);
    return reference === undefined ? [] : checkReference(opened, reference, recipes);
  });
  return [...named, ...cyclesOf(recipes, region).map(cycleProblem)];
}

/** A parameter of the pipeline, as the base of a recipe names it. */
interface Reference {
  readonly parameter: string;
  readonly recipe: string;
  /** What follows the recipe in the path: a channel, or `versions/` with a version. */
  readonly rest: string;
}

/**
 * The release that the base of a recipe names. A name without an ARN means a parameter of this pipeline's account and region. An ARN may be
 * that of another deployment, whose recipes are not known here.
 */
function referenceOf({ recipe: { base } }: OpenedRecipe): Reference | undefined {
  if (!('ssmParameter' in base)) return undefined;
  const [, recipe, rest = ''] =
    /^\/golden-images(?:\/([^/:]+))?(?:\/([^:]*))?(?::|$)/.exec(base.ssmParameter) ?? [];
  return recipe === undefined ? undefined : { parameter: base.ssmParameter, recipe, rest };
}

const AT = ['base', 'ssmParameter'];

function checkReference(
  opened: OpenedRecipe,
  { parameter, recipe, rest }: Reference,
  recipes: readonly OpenedRecipe[],
): Problem[] {
  const names = recipes.map((one) => one.recipe.name);
  const other = recipes.find((one) => one.recipe.name === recipe)?.recipe;
  if (other === undefined) {
    const near = nearest(recipe, names);
    const byArn = 'for a recipe of another deployment, write the ARN of the parameter';
    return [
      problemAt(opened, AT, {
        found: `${quote(parameter)}, but this deployment has no recipe ${quote(recipe)}`,
        allowed: `a channel of ${names.join(', ')}, or the ARN of a parameter`,
        fix: near === undefined ? `add the recipe; ${byArn}` : `did you mean ${near}? (${byArn})`,
      }),
    ];
  }
  const { channels } = other.publish;
  if (channels.includes(rest) || /^versions\/[^/]+$/.test(rest)) return [];
  const near = nearest(rest, channels);
  return [
    problemAt(opened, AT, {
      found: `${quote(parameter)}, but the recipe ${recipe} has no channel ${quote(rest)}`,
      allowed: [...channels, 'versions/<version>'].map((one) => `/golden-images/${recipe}/${one}`).join(', '),
      fix:
        near === undefined ? `use a channel of ${recipe}` : `did you mean /golden-images/${recipe}/${near}?`,
    }),
  ];
}

interface Cycle {
  /** In order. The first recipe is not repeated at the end. */
  readonly recipes: readonly OpenedRecipe[];
  /** The account that closes the cycle if it is the account of the pipeline; absent: the cycle is closed in any account. */
  readonly account: string | undefined;
}

/**
 * Each cycle once, beginning with the first of its recipes. Packaging knows no account. So each account that a base names may be the account
 * of the deployment, but only one at a time.
 */
function cyclesOf(recipes: readonly OpenedRecipe[], region: string): Cycle[] {
  const seen = new Set<OpenedRecipe>();
  const accounts = new Set(recipes.flatMap((opened) => accountOfBase(opened) ?? []));
  return [undefined, ...accounts].flatMap((account) => {
    const standsOn = (opened: OpenedRecipe) => basesOf(opened, recipes, { account, region });
    return recipes.flatMap((recipe) => {
      if (seen.has(recipe)) return [];
      const cycle = wayBack(recipe, standsOn);
      for (const one of cycle ?? []) seen.add(one);
      return cycle === undefined ? [] : [{ recipes: cycle, account }];
    });
  });
}

/** The shortest way from a recipe over the bases of recipes back to this recipe. */
function wayBack(
  start: OpenedRecipe,
  standsOn: (opened: OpenedRecipe) => readonly OpenedRecipe[],
): OpenedRecipe[] | undefined {
  const reached = new Set<OpenedRecipe>();
  let ways = [[start]];
  while (ways.length > 0) {
    const next = ways.flatMap((way) => standsOn(way.at(-1) ?? start).map((base) => [...way, base]));
    const back = next.find((way) => way.at(-1) === start);
    if (back !== undefined) return back.slice(0, -1);
    ways = next.filter((way) => {
      const last = way.at(-1) ?? start;
      if (reached.has(last)) return false;
      reached.add(last);
      return true;
    });
  }
  return undefined;
}

/** The place of a deployment. `account`: if it is known. */
interface Place {
  readonly account: string | undefined;
  readonly region: string;
}

/**
 * The recipes whose releases can be the base of a recipe. A filter never selects an image of the same recipe. An ARN may name the recipe of
 * another account that has the same name: if the ARN means the recipe itself, Plan, which knows the account, refuses each build.
 */
function basesOf(opened: OpenedRecipe, recipes: readonly OpenedRecipe[], place: Place): OpenedRecipe[] {
  const { base } = opened.recipe;
  const reference = referenceOf(opened);
  if (reference !== undefined) return recipes.filter(({ recipe }) => recipe.name === reference.recipe);
  const others = recipes.filter((one) => one !== opened);
  if ('ssmParameter' in base) {
    const [, region, account, name] = ARN_OF_RELEASE.exec(base.ssmParameter) ?? [];
    if (region !== place.region || account !== place.account) return [];
    return others.filter(({ recipe }) => recipe.name === name);
  }
  if (!('filter' in base)) return [];
  const { owner, name } = base.filter;
  if (owner !== 'self' && owner !== place.account) return [];
  return others.filter(({ recipe }) => canMatchRelease(name, recipe.name));
}

const ARN_OF_RELEASE = /^arn:aws:ssm:([^:]+):([0-9]{12}):parameter\/golden-images\/([^/:]+)\//;

/** The account that the base of a recipe names. */
function accountOfBase({ recipe: { base } }: OpenedRecipe): string | undefined {
  if ('ssmParameter' in base) return ARN_OF_RELEASE.exec(base.ssmParameter)?.[2];
  return 'filter' in base && /^[0-9]{12}$/.test(base.filter.owner) ? base.filter.owner : undefined;
}

/** Where the recipe names its base. */
const baseField = ({ recipe: { base } }: OpenedRecipe): string[] =>
  'filter' in base ? ['base', 'filter', 'name'] : AT;

function cycleProblem({ recipes, account }: Cycle): Problem {
  const [first] = recipes as [OpenedRecipe, ...OpenedRecipe[]];
  const links = recipes.map((opened, index) => {
    const { file, line, column, field } = problemAt(opened, baseField(opened));
    const base = recipes[(index + 1) % recipes.length]?.recipe.name;
    return `${opened.recipe.name} stands on ${base} (${file}:${line}:${column} ${field})`;
  });
  const names = recipes.map(({ recipe }) => recipe.name);
  const cycle =
    recipes.length === 1
      ? 'a release of the recipe itself, so each build would create the base of the next build'
      : `a cycle of recipes, in which each release would rebuild all of them: ${links.join(', ')}`;
  const fix = `choose another base for ${recipes.length === 1 ? names[0] : `one of ${names.join(', ')}`}, such as an image of the distribution`;
  return problemAt(first, baseField(first), {
    found: account === undefined ? cycle : `${cycle}, if ${account} is the account of the pipeline`,
    allowed: 'recipes that stand on each other in a chain, which begins at an image that none of them makes',
    fix: account === undefined ? fix : `${fix}; ${renamed(recipes, account)}`,
  });
}

/** How to say that a base comes from another account. */
function renamed(recipes: readonly OpenedRecipe[], account: string): string {
  const others = recipes.flatMap((opened, index) =>
    accountOfBase(opened) === account ? (recipes[(index + 1) % recipes.length]?.recipe.name ?? []) : [],
  );
  return `if ${account} is another account, give ${others.join(' or ')} another name in this deployment`;
}
