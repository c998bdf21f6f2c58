import { positionOf, tokenOf } from '../core/page-tokens.ts';
import { invalid } from './refusals.ts';

const limitDefault = 100;

/** One page of a list, and the token of the next page. */
export function page<T>(
  items: readonly T[],
  { Limit = limitDefault, NextToken }: { Limit?: number | undefined; NextToken?: string | undefined },
): { items: T[]; next: { NextToken?: string } } {
  const start = NextToken === undefined ? 0 : startOf(NextToken);
  const end = start + Limit;
  return {
    items: items.slice(start, end),
    next: end < items.length ? { NextToken: tokenOf(end) } : {},
  };
}

function startOf(token: string): number {
  const start = positionOf(token);
  if (start === undefined)
    throw invalid('Parameter NextToken is not valid. Reason: Provided token is invalid.');
  return start;
}

export const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
