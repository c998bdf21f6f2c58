import { AwsError, invalidParameter } from '../core/errors.ts';
import { positionOf, tokenOf } from '../core/page-tokens.ts';
import { parameterCombination } from './refusals.ts';

interface Paging {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

interface PageLimits {
  readonly min: number;
  readonly max: number;
  readonly ids?: readonly string[] | undefined;
  /** EC2's name of the id list in the error text. */
  readonly idsName?: string;
}

/** Refuses an invalid page size, and a page size together with ids, even if the ids do not exist. */
export function checkPaging(
  { MaxResults }: Paging,
  { min, max, ids = [], idsName = 'ids' }: PageLimits,
): void {
  if (MaxResults === undefined) return;
  if (ids.length > 0) {
    // Newer operations capitalize parameter names.
    const name = /^[A-Z]/.test(idsName) ? 'MaxResults' : 'maxResults';
    throw parameterCombination(`The parameter ${idsName} cannot be used with the parameter ${name}`);
  }
  if (MaxResults < min || MaxResults > max) {
    throw invalidParameter(
      `Value ( ${MaxResults} ) for parameter maxResults is invalid. Expecting a value between ${min} and ${max}.`,
    );
  }
}

/**
 * One page of results and the token of the next page. Without MaxResults, one page contains all results. Only
 * the last page can be short or empty. On AWS, a filter can also leave an empty page with a token. Without
 * `limits`, the caller must have checked the page size.
 */
export function page<T>(
  items: readonly T[],
  { MaxResults, NextToken }: Paging,
  limits?: PageLimits,
): { items: T[]; NextToken?: string } {
  if (limits !== undefined) checkPaging({ MaxResults }, limits);
  const start = NextToken === undefined ? 0 : startOf(NextToken);
  const end = MaxResults === undefined ? items.length : start + MaxResults;
  const rest = end < items.length ? { NextToken: tokenOf(end) } : {};
  return { items: items.slice(start, end), ...rest };
}

function startOf(token: string): number {
  const start = positionOf(token);
  if (start === undefined) throw new AwsError('InvalidNextToken', `The token '${token}' is invalid`);
  return start;
}
