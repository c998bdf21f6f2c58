import { positionOf, tokenOf } from '../core/page-tokens.ts';
import { invalid } from './refusals.ts';

/** One page of a list, and the token of the next page. */
export function page<T>(
  items: readonly T[],
  { maxResults, nextToken }: { maxResults?: number | undefined; nextToken?: string | undefined },
  most: number,
): { items: T[]; next: { nextToken?: string } } {
  const start = nextToken === undefined ? 0 : positionOf(nextToken);
  if (start === undefined) throw invalid('Invalid nextToken');
  // ListFindings accepts 0. It cannot mean an empty page, because then no page would be the last.
  const end = start + (maxResults || most);
  return { items: items.slice(start, end), next: end < items.length ? { nextToken: tokenOf(end) } : {} };
}
