import { ATTEMPTS_MAX } from '../shared/build/image-attempt.ts';
import { imageName } from '../shared/build/version.ts';

/** A version as shared/build/version.ts forms it: # stands for a decimal digit, and % for a hexadecimal digit. */
const VERSION = '########-######-%%%%%%';
const DIGITS = new Map([
  ['#', '0123456789'],
  ['%', '0123456789abcdef'],
]);

/**
 * Whether the name of an AMI in a filter can match a release of the recipe, at any time. An example of a version would not show this, because
 * a filter may select the versions of a certain time, such as `web-2027*`.
 */
export function canMatchRelease(pattern: string, recipe: string): boolean {
  const attempts = Array.from({ length: ATTEMPTS_MAX }, (_, index) => index + 1);
  return attempts.some((attempt) => canMatch(partsOf(pattern), imageName(recipe, VERSION, attempt)));
}

/** The characters and wildcards of a pattern. In EC2's filters, a backslash before a wildcard makes it a plain character. */
const partsOf = (pattern: string): string[] => pattern.match(/\\?[\s\S]/g) ?? [];

/** Follows all ways through the pattern at the same time, character by character of the name. */
function canMatch(parts: readonly string[], name: string): boolean {
  /** The places in the pattern that are reached without another character: * may match nothing. */
  const passed = (places: readonly number[]): number[] =>
    [...new Set(places)].flatMap((at) => (parts[at] === '*' ? [at, ...passed([at + 1])] : [at]));
  let places = passed([0]);
  for (const character of name) {
    const allowed = DIGITS.get(character) ?? character;
    const next = places.flatMap((at) => {
      const part = parts[at];
      if (part === undefined) return [];
      if (part === '*') return [at];
      return part === '?' || allowed.includes(part.at(-1) ?? '') ? [at + 1] : [];
    });
    places = passed(next);
  }
  return places.includes(parts.length);
}
