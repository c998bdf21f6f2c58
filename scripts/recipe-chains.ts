import { isScalar, LineCounter, parseDocument } from 'yaml';
import { nearest } from '../shared/recipe/nearest.ts';
import type { OpenedRecipe } from '../shared/recipe/open-recipe.ts';
import { fieldPath, type Problem, quote } from '../shared/recipe/problem.ts';

/** The problems of recipes that stand on the releases of other recipes: names that do not exist, and cycles. */
export function checkChains(recipes: readonly OpenedRecipe[]): Problem[] {
  const named = recipes.flatMap((opened) => {
    const reference = referenceOf(opened);
    return reference === undefined ? [] : checkReference(opened, reference, recipes);
  });
  return [...named, ...cyclesOf(recipes).map(cycleProblem)];
}

/** A parameter of the pipeline, as the base of a recipe names it. */
interface Reference {
  readonly parameter: string;
  readonly recipe: string;
  /** What follows the recipe in the path: a channel, or `versions/` with a version. */
  readonly rest: string;
}

/**
 * The release that the base of a recipe names. A name without an ARN means a parameter of this deployment's account and region. An ARN may be
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

/** Each cycle once, beginning with the first of its recipes. The first recipe is not repeated at the end. */
function cyclesOf(recipes: readonly OpenedRecipe[]): OpenedRecipe[][] {
  const seen = new Set<OpenedRecipe>();
  return recipes.flatMap((recipe) => {
    if (seen.has(recipe)) return [];
    const cycle = wayBack(recipe, recipes);
    for (const one of cycle ?? []) seen.add(one);
    return cycle === undefined ? [] : [cycle];
  });
}

/** The shortest way from a recipe over the bases of recipes back to this recipe. */
function wayBack(start: OpenedRecipe, recipes: readonly OpenedRecipe[]): OpenedRecipe[] | undefined {
  const reached = new Set<OpenedRecipe>();
  let ways = [[start]];
  while (ways.length > 0) {
    const next = ways.flatMap((way) => standsOn(way.at(-1) ?? start, recipes).map((base) => [...way, base]));
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

/** The recipes whose releases can be the base of a recipe. A filter never selects an image of the same recipe. */
function standsOn(opened: OpenedRecipe, recipes: readonly OpenedRecipe[]): OpenedRecipe[] {
  const { base } = opened.recipe;
  const reference = referenceOf(opened);
  if (reference !== undefined) return recipes.filter(({ recipe }) => recipe.name === reference.recipe);
  if (!('filter' in base) || base.filter.owner !== 'self') return [];
  const matches = wildcard(base.filter.name);
  return recipes.filter((one) => one !== opened && matches.test(`${one.recipe.name}-${EXAMPLE_VERSION}`));
}

/** The name of an image ends with its version. A filter that selects versions of a certain time may not match this one. */
const EXAMPLE_VERSION = '20261120-030000-1a2b3c';

/** In EC2's filters, * matches any number of characters, and ? matches one. */
const wildcard = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );

/** Where the recipe names its base. */
const baseField = ({ recipe: { base } }: OpenedRecipe): string[] =>
  'filter' in base ? ['base', 'filter', 'name'] : AT;

function cycleProblem(cycle: readonly OpenedRecipe[]): Problem {
  const [first] = cycle as [OpenedRecipe, ...OpenedRecipe[]];
  const links = cycle.map((opened, index) => {
    const { file, line, column, field } = problemAt(opened, baseField(opened));
    const base = cycle[(index + 1) % cycle.length]?.recipe.name;
    return `${opened.recipe.name} stands on ${base} (${file}:${line}:${column} ${field})`;
  });
  const names = cycle.map(({ recipe }) => recipe.name);
  return problemAt(first, baseField(first), {
    found:
      cycle.length === 1
        ? 'a release of the recipe itself, so each build would create the base of the next build'
        : `a cycle of recipes, in which each release would rebuild all of them: ${links.join(', ')}`,
    allowed: 'recipes that stand on each other in a chain, which begins at an image that none of them makes',
    fix: `choose another base for ${cycle.length === 1 ? names[0] : `one of ${names.join(', ')}`}, such as an image of the distribution`,
  });
}

/** A problem at a field of a recipe that has no other problems. */
function problemAt(
  { path, source }: OpenedRecipe,
  field: readonly string[],
  message: Pick<Problem, 'found' | 'allowed' | 'fix'> = { found: '', allowed: '', fix: '' },
): Problem {
  const lineCounter = new LineCounter();
  const document = parseDocument(new TextDecoder().decode(source), { lineCounter, schema: 'core' });
  const node = document.getIn(field, true);
  const { line, col } = lineCounter.linePos((isScalar(node) && node.range?.[0]) || 0);
  return { file: path, line, column: col, field: fieldPath(field), ...message };
}
