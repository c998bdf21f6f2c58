/**
 * `{{ name }}` in SSM documents. A value that consists of one expression has the type of the named
 * value. A list in a list is expanded. Inside a longer text, the value is converted to text.
 */
const expression = /\{\{\s*([A-Za-z0-9_]+(?:[.:][A-Za-z0-9_]+)*)\s*\}\}/g;
const wholly = new RegExp(`^\\s*${expression.source}\\s*$`);

/** Returns the value of a name. `undefined` leaves the expression unchanged. */
export type Lookup = (name: string) => unknown;

export function substitute(value: unknown, lookup: Lookup): unknown {
  if (typeof value === 'string') return substituteText(value, lookup);
  if (Array.isArray(value)) {
    return value.flatMap((item) => {
      const substituted = substitute(item, lookup);
      return Array.isArray(substituted) && typeof item === 'string' ? substituted : [substituted];
    });
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substitute(item, lookup)]));
  }
  return value;
}

function substituteText(text: string, lookup: Lookup): unknown {
  const name = wholly.exec(text)?.[1];
  if (name !== undefined) return lookup(name) ?? text;
  return text.replaceAll(expression, (written, named: string) => {
    const value = lookup(named);
    return value === undefined ? written : textOf(value);
  });
}

/** The names in the `{{ }}` expressions of a value, at any depth. */
export function namesIn(value: unknown): string[] {
  if (typeof value === 'string') return [...value.matchAll(expression)].map(([, name]) => name ?? '');
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(namesIn);
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
