import type { Filter } from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter, missingParameter } from '../core/errors.ts';
import type { Tags } from '../core/resource.ts';

/** The filters of an operation: for each name, the values that a record has for it. */
export type FilterNames<T> = Readonly<
  Record<string, (record: T) => string | number | boolean | undefined | readonly (string | undefined)[]>
>;

const filterValuesMax = 200;

/**
 * Whether a record passes all filters. Of one filter's values one must match; `*` stands for any characters, `?` for one, and a
 * backslash takes either literally. An unknown filter is refused. `tagsOf` is for what the caller may see of the tags.
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
    // No page of the API reference lists it any more, and older scripts use it (EC2 API reference of 2017, DescribeInstances).
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

/** Whether a value matches one of the patterns. Patterns without wildcards are looked up, the others are compiled once. */
function anyOf(patterns: readonly string[]): (value: string) => boolean {
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
