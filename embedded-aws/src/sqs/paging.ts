import { positionOf, tokenOf } from '../core/page-tokens.ts';
import { invalid, invalidValue } from './refusals.ts';

const resultsMax = 1000;

/**
 * Returns one page of a list. Without MaxResults, the page has at most 1,000 items and no token
 * (SQS API reference, ListQueues).
 */
export function page<T>(
  items: readonly T[],
  { MaxResults, NextToken }: { MaxResults?: number | undefined; NextToken?: string | undefined },
): { items: T[]; next: { NextToken?: string } } {
  if (MaxResults !== undefined && (MaxResults < 1 || MaxResults > resultsMax)) {
    throw invalid(MaxResults, 'MaxResults', `Must be between 1 and ${resultsMax}, if provided.`);
  }
  const start = NextToken === undefined ? 0 : positionOf(NextToken);
  if (start === undefined) throw invalidValue('Invalid or expired next token.');
  const end = start + (MaxResults ?? resultsMax);
  const isMore = end < items.length && MaxResults !== undefined;
  return { items: items.slice(start, end), next: isMore ? { NextToken: tokenOf(end) } : {} };
}
