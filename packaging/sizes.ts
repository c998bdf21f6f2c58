import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bundle, RECIPES } from './bundles.ts';

/** The most bytes that the code of a function may have as a minified module, without the recipes in it. It holds for all functions. */
export const BUDGET_BYTES = 300_000;

type Origins = Bundle['origins'];

/** Where the bytes of each function came from when `npm run bench:coldstart -- --record` was last run. */
export const SIZES_FILE = join(import.meta.dirname, 'sizes.json');

export const readRecordedSizes = (): Readonly<Record<string, Origins>> =>
  JSON.parse(readFileSync(SIZES_FILE, 'utf8'));

/** A sentence for a function that is above its budget without the recipes in it: by how much, and what grew. */
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
  const list = (word: string) =>
    grown.map(({ origin, by }) => `${origin}${word} ${kilobytes(by)}`).join(', ');
  const why =
    recorded === undefined ? `It holds: ${list('')}.` : `Since the sizes were recorded grew: ${list(' by')}.`;
  return `${key} has ${kilobytes(bytes)}, its budget is ${kilobytes(BUDGET_BYTES)}. ${why}`;
}

/** In thousands of bytes, as budgets are given. */
export const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;
