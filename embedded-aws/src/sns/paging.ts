import { positionOf, tokenOf } from '../core/page-tokens.ts';
import { invalid } from './refusals.ts';

const itemsMax = 100;

/** One page of a list, and the token of the next page. */
export function page<T>(
  items: readonly T[],
  token: string | undefined,
): { items: T[]; next: { NextToken?: string } } {
  const start = token === undefined ? 0 : positionOf(token);
  if (start === undefined) throw invalid('NextToken');
  const end = start + itemsMax;
  return { items: items.slice(start, end), next: end < items.length ? { NextToken: tokenOf(end) } : {} };
}
