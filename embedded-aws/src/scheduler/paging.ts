import { positionOf, tokenOf } from '../core/page-tokens.ts';
import { invalid } from './refusals.ts';

const pageSizeDefault = 100;

/** One page of a list, and the token of the next page. */
export function page<T>(
  items: readonly T[],
  {
    MaxResults = pageSizeDefault,
    NextToken,
  }: { MaxResults?: number | undefined; NextToken?: string | undefined },
): { items: T[]; next: { NextToken?: string } } {
  const start = NextToken === undefined ? 0 : startOf(NextToken);
  const end = start + MaxResults;
  return {
    items: items.slice(start, end),
    next: end < items.length ? { NextToken: tokenOf(end) } : {},
  };
}

function startOf(token: string): number {
  const start = positionOf(token);
  if (start === undefined) throw invalid('Invalid NextToken.');
  return start;
}
