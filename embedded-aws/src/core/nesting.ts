/**
 * The maximum nesting of JSON in a text. AWS does not publish its limits. Code here that walks through JSON is
 * recursive, and must never run out of stack.
 */
export const jsonLevelsMax = 100;

/**
 * Checks level by level: a recursive check would overflow the stack itself. A cyclic value is deeper than any limit.
 */
export function isDeeperThan(value: unknown, levels: number): boolean {
  let level = new Set([value]);
  for (let depth = 0; depth <= levels; depth++) {
    const inner = [...level].flatMap((item) =>
      typeof item === 'object' && item !== null ? Object.values(item) : [],
    );
    if (inner.length === 0) return false;
    level = new Set(inner);
  }
  return true;
}

/** Whether a text is JSON that is not nested too deeply. */
export function isValidJson(text: string): boolean {
  try {
    return !isDeeperThan(JSON.parse(text), jsonLevelsMax);
  } catch {
    return false;
  }
}
