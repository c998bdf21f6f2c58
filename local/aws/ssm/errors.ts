import { AwsError } from '../errors.ts';

/** What SSM answers to an input that its API model rules out, before any operation looks at it. */
export function validationError(value: unknown, path: string, constraint: string): AwsError {
  return new AwsError(
    'ValidationException',
    `1 validation error detected: Value '${String(value)}' at '${path}' failed to satisfy constraint: ${constraint}`,
  );
}

export function required<T>(value: T | undefined, path: string): T {
  if (value === undefined) throw validationError('null', path, 'Member must not be null');
  return value;
}

/** A page of a list, and the token of the next. The token is the index of its first item. */
export function page<T>(
  items: readonly T[],
  { NextToken, MaxResults }: { NextToken?: string | undefined; MaxResults?: number | undefined },
  { least, most, usual }: { least: number; most: number; usual: number },
): { items: T[]; NextToken?: string } {
  const size = MaxResults ?? usual;
  if (size < least) {
    throw validationError(size, 'maxResults', `Member must have value greater than or equal to ${least}`);
  }
  if (size > most) {
    throw validationError(size, 'maxResults', `Member must have value less than or equal to ${most}`);
  }
  const from = NextToken === undefined ? 0 : Number(NextToken);
  if (!Number.isInteger(from) || from < 0 || from > items.length) {
    throw new AwsError('InvalidNextToken', 'The specified token is not valid.');
  }
  const next = from + size;
  return {
    items: items.slice(from, next),
    ...(next < items.length && { NextToken: String(next) }),
  };
}
