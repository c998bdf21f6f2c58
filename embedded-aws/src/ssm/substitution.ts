/**
 * `{{ name }}` in the documents of SSM. A value that is nothing but one expression takes the type of what it names, and a list
 * in a list is spliced in; inside a longer text it becomes text.
 */
const expression = /\{\{\s*([A-Za-z0-9_]+(?:[.:][A-Za-z0-9_]+)*)\s*\}\}/g;
const wholly = new RegExp(`^\\s*${expression.source}\\s*$`);

/** Answers what a name stands for; `undefined` leaves the expression as it is written. */
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

/** The names that stand in `{{ }}` anywhere in a value. */
export function namesIn(value: unknown): string[] {
  if (typeof value === 'string') return [...value.matchAll(expression)].map(([, name]) => name ?? '');
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(namesIn);
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
