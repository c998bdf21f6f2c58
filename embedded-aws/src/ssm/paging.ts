import { AwsError } from '../core/errors.ts';
import { positionOf, tokenOf } from '../core/page-tokens.ts';
import { check } from '../core/validation.ts';

/**
 * Returns one page of a list and the token of the next page. The token is the index of the next
 * page's first item.
 */
export function page<T>(
  items: readonly T[],
  { NextToken, MaxResults }: { NextToken?: string | undefined; MaxResults?: number | undefined },
  { least, most, defaultSize }: { least: number; most: number; defaultSize: number },
): { items: T[]; NextToken?: string } {
  check({ MaxResults }, { MaxResults: { range: [least, most] } });
  const size = MaxResults ?? defaultSize;
  // Older clients and the console send an empty token for the first page.
  const from = NextToken === undefined || NextToken === '' ? 0 : positionOf(NextToken);
  if (from === undefined || from > items.length) {
    throw new AwsError('InvalidNextToken', 'The specified token is not valid.');
  }
  const next = from + size;
  return {
    items: items.slice(from, next),
    ...(next < items.length && { NextToken: tokenOf(next) }),
  };
}
