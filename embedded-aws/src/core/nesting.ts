/**
 * How deep JSON that comes as a text may be nested. AWS's own limits are not published; what walks through JSON here calls itself
 * for each level, and must never run out of stack.
 */
export const jsonLevelsMax = 100;

/** Level by level, since a stack of calls would overflow where this is meant to look. What lies in itself is deeper than anything. */
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
