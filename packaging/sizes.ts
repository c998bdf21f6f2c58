import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bundle, RECIPES } from './bundles.ts';

/**
 * The size limit for the minified module of each function in bytes, without recipes. The schema and the rules of recipes take most of the
 * room in Decide, and grow with every field of a recipe.
 */
export const BUDGET_BYTES = 400_000;

type Origins = Bundle['origins'];

/** The bytes of each function by origin, recorded by `npm run bench:coldstart -- --record`. */
export const SIZES_FILE = join(import.meta.dirname, 'sizes.json');

export const readRecordedSizes = (): Readonly<Record<string, Origins>> =>
  JSON.parse(readFileSync(SIZES_FILE, 'utf8'));

/** The message for a function that is larger than its budget, with the origins that grew. `undefined` if the function is within budget. */
export function describeExcess(
  key: string,
  bytes: number,
  origins: Origins,
  recorded: Origins | undefined,
): string | undefined {
  if (bytes - (origins[RECIPES] ?? 0) <= BUDGET_BYTES) return undefined;
  const before = recorded ?? {};
  const grown = Object.entries(origins)
    .map(([origin, now]) => ({ origin, by: now - (before[origin] ?? 0) }))
    .filter(({ by }) => by > 0)
    .toSorted((one, other) => other.by - one.by)
    .slice(0, 8);
  const list = grown.map(({ origin, by }) => `${origin} ${kilobytes(by)}`).join(', ');
  const parts =
    recorded === undefined ? `Largest parts: ${list}.` : `Growth since the recorded sizes: ${list}.`;
  return `${key} has ${kilobytes(bytes)}, but the budget is ${kilobytes(BUDGET_BYTES)}. ${parts}`;
}

/** The size in units of 1000 bytes. */
export const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;
