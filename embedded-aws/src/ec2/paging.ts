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
  /** What EC2 calls the list of ids when it refuses it. */
  readonly idsName?: string;
}

/** Refuses a page of a wrong size, and a page of results that are named by their ids, whether they exist or not. */
export function checkPaging(
  { MaxResults }: Paging,
  { min, max, ids = [], idsName = 'ids' }: PageLimits,
): void {
  if (MaxResults === undefined) return;
  if (ids.length > 0) {
    // Newer calls write the names of parameters with a capital.
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
 * One page of results and the token of the next. Without MaxResults everything is answered at once. A page can be short or empty
 * only at the end here, unlike on AWS, where a filter may leave an empty page with a token. Without `limits` the caller has checked
 * the size of the page before.
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
