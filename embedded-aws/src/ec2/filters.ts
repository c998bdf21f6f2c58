import type { Filter } from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter, missingParameter } from '../core/errors.ts';
import type { Tags } from '../core/resource.ts';

/** The filters of an operation: for each filter name, the values that a record has. */
export type FilterNames<T> = Readonly<
  Record<string, (record: T) => string | number | boolean | undefined | readonly (string | undefined)[]>
>;

const filterValuesMax = 200;

/**
 * Whether a record passes all filters. At least one value of each filter must match. `*` matches any
 * characters, `?` matches one character, and a backslash escapes both. Unknown filters are refused. `tagsOf`
 * returns the tags that the caller can see.
 */
export function matcher<T>(
  filters: readonly Filter[] | undefined,
  names: FilterNames<T>,
  tagsOf: (record: T) => Tags,
): (record: T) => boolean {
  const tests = (filters ?? []).map(({ Name, Values }) => {
    if (Name === undefined) throw missingParameter('Filter.Name');
    if (Values === undefined || Values.length === 0) throw missingParameter('Filter.Value');
    const isMatch = anyOf(Values);
    return test(Name, isMatch);
  });
  const valueCount = (filters ?? []).reduce((sum, { Values }) => sum + (Values?.length ?? 0), 0);
  if (valueCount > filterValuesMax) {
    throw new AwsError(
      'FilterLimitExceeded',
      `The maximum number of filter values specified on a single call is ${filterValuesMax}`,
    );
  }
  return (record) => tests.every((passes) => passes(record));

  function test(name: string, isMatch: (value: string) => boolean): (record: T) => boolean {
    if (name.startsWith('tag:')) {
      const key = name.slice('tag:'.length);
      return (record) => {
        const value = tagsOf(record)[key];
        return value !== undefined && isMatch(value);
      };
    }
    // The current API reference no longer lists this filter, but older scripts use it (EC2 API reference of
    // 2017, DescribeInstances).
    if (name === 'tag-value') return (record) => Object.values(tagsOf(record)).some(isMatch);
    if (name === 'tag-key') return (record) => Object.keys(tagsOf(record)).some(isMatch);
    const read = Object.hasOwn(names, name) ? names[name] : undefined;
    if (read === undefined) throw invalidParameter(`The filter '${name}' is invalid`);
    return (record) => {
      const values = read(record);
      if (values === undefined) return false;
      if (typeof values !== 'object') return isMatch(String(values));
      return values.some((value) => value !== undefined && isMatch(value));
    };
  }
}

/**
 * Whether a value matches one of the patterns. Patterns without wildcards are looked up in a set. Patterns
 * with wildcards are compiled once.
 */
export function anyOf(patterns: readonly string[]): (value: string) => boolean {
  const plain = new Set(patterns.filter((pattern) => !/[*?\\]/.test(pattern)));
  const wild = patterns.filter((pattern) => !plain.has(pattern)).map(wildcard);
  return (value) => plain.has(value) || wild.some((expression) => expression.test(value));
}

function wildcard(pattern: string): RegExp {
  const source = pattern.replace(/\\([*?\\])|[*?]|[.+^${}()|[\]\\]/g, (part, escaped?: string) => {
    if (escaped !== undefined) return `\\${escaped}`;
    if (part === '*') return '.*';
    if (part === '?') return '.';
    return `\\${part}`;
  });
  return new RegExp(`^${source}$`, 's');
}
