import { fieldsOf, listOf } from '../shape.ts';

/**
 * The part of JSONPath that documents use: `$`, `.Name`, `['Name']`, `[0]`, `[-1]`, `[*]` and `.*`.
 * A path with a wildcard returns a list. Any other path is refused as not emulated.
 */
export function select(value: unknown, path: string): unknown {
  const parts = path.match(/^\$|\.\*|\.[A-Za-z_][\w-]*|\['[^']*'\]|\[-?\d+\]|\[\*\]/g) ?? [];
  if (parts.join('') !== path || parts[0] !== '$') {
    throw new Error(`The JSONPath ${path} is not emulated`);
  }
  let found: unknown[] = [value];
  let many = false;
  for (const part of parts.slice(1)) {
    if (part === '[*]' || part === '.*') {
      many = true;
      found = found.flatMap((item) => (Array.isArray(item) ? item : Object.values(fieldsOf(item))));
      continue;
    }
    const index = /^\[(-?\d+)\]$/.exec(part)?.[1];
    const name = part.replace(/^\.|^\['|'\]$/g, '');
    found = found.flatMap((item) => {
      const next = index === undefined ? fieldsOf(item)[name] : listOf(item).at(Number(index));
      return next === undefined ? [] : [next];
    });
  }
  return many ? found : found[0];
}
