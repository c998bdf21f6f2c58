/**
 * Whether a version of a package is older than another, in the order of rpm and dpkg as far as the catalog needs it:
 * epochs first, numbers by value, and a tilde before everything else.
 */
export function isOlder(version: string, than: string): boolean {
  const [left, right] = [partsOf(version), partsOf(than)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const order = compare(left[index], right[index]);
    if (order !== 0) return order < 0;
  }
  return false;
}

/** The epoch, and then each run of digits, run of letters, and tilde. Separators only separate. */
function partsOf(version: string): string[] {
  const [, epoch = '0', rest = version] = /^(?:(\d+):)?(.*)$/.exec(version) ?? [];
  return [epoch, ...(rest.match(/\d+|[a-z]+|~/gi) ?? [])];
}

function compare(left: string | undefined, right: string | undefined): number {
  const [a, b] = [rank(left), rank(right)];
  if (a !== b) return a - b;
  if (a === NUMBER) return Number(left) - Number(right);
  return (left ?? '') < (right ?? '') ? -1 : Number(left !== right);
}

/** In ascending order: a tilde, the end of the version, letters, a number. */
const [TILDE, END, LETTERS, NUMBER] = [0, 1, 2, 3] as const;

function rank(part: string | undefined): number {
  if (part === undefined) return END;
  if (part === '~') return TILDE;
  return /^\d/.test(part) ? NUMBER : LETTERS;
}
