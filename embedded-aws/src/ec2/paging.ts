import { AwsError, invalidParameter } from '../core/errors.ts';
import { positionOf, tokenOf } from '../core/page-tokens.ts';
import { parameterCombination } from './refusals.ts';

/**
 * One page of results and the token of the next. Without MaxResults everything is answered at once. A page can be short or empty
 * only at the end here, unlike on AWS, where a filter may leave an empty page with a token.
 */
export function page<T>(
  items: readonly T[],
  { MaxResults, NextToken }: { MaxResults?: number | undefined; NextToken?: string | undefined },
  {
    min,
    max,
    ids,
    idsName,
  }: { min: number; max: number; ids?: readonly string[] | undefined; idsName?: string },
): { items: T[]; NextToken?: string } {
  if (MaxResults !== undefined) {
    if (ids !== undefined && ids.length > 0) {
      throw parameterCombination(
        `The parameter ${idsName ?? 'ids'} cannot be used with the parameter maxResults`,
      );
    }
    if (MaxResults < min || MaxResults > max) {
      throw invalidParameter(
        `Value ( ${MaxResults} ) for parameter maxResults is invalid. Expecting a value between ${min} and ${max}.`,
      );
    }
  }
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
