/**
 * A deep copy of the input or output of a call. Every call copies both, and `structuredClone` takes several times as long for plain objects
 * and lists. So it copies only the rest, such as dates and bytes.
 */
export function copyOf<T>(value: T): T {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  if (Object.getPrototypeOf(value) !== Object.prototype) return structuredClone(value);
  // An assignment to a new object would lose a member with the name `__proto__`.
  const copy = { ...value } as Record<string, unknown>;
  for (const name of Object.keys(copy)) copy[name] = copyOf(copy[name]);
  return copy as T;
}
