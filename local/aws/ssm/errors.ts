import { AwsError } from '../errors.ts';
import { check } from './constraints.ts';

/** A page of a list, and the token of the next. The token is the index of its first item. */
export function page<T>(
  items: readonly T[],
  { NextToken, MaxResults }: { NextToken?: string | undefined; MaxResults?: number | undefined },
  { least, most, usual }: { least: number; most: number; usual: number },
): { items: T[]; NextToken?: string } {
  check({ MaxResults }, { MaxResults: { range: [least, most] } });
  const size = MaxResults ?? usual;
  // The consoles and older clients send an empty token for the first page.
  const from = NextToken === undefined || NextToken === '' ? 0 : startOf(NextToken);
  if (from === undefined || from > items.length) {
    throw new AwsError('InvalidNextToken', 'The specified token is not valid.');
  }
  const next = from + size;
  return {
    items: items.slice(from, next),
    ...(next < items.length && { NextToken: tokenOf(next) }),
  };
}

const tokenOf = (start: number) => Buffer.from(`page:${start}`).toString('base64');

function startOf(token: string): number | undefined {
  const [, start] = /^page:(\d+)$/.exec(Buffer.from(token, 'base64').toString()) ?? [];
  return start === undefined ? undefined : Number(start);
}

/** A filter by a key that the operation does not know. */
export const invalidFilterKey = (message = 'The specified filter key is not valid.') =>
  new AwsError('InvalidFilterKey', message);
