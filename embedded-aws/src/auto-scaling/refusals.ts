import { AwsError } from '../core/errors.ts';
import { positionOf, tokenOf } from '../core/page-tokens.ts';

/** Most refusals of Auto Scaling have this code. `docs/auto-scaling.md` lists the texts that are assumed. */
export const invalid = (message: string) => new AwsError('ValidationError', message);

/** hashicorp/terraform#17238. */
export const groupNotFound = () => invalid('AutoScalingGroup name not found - null');

export const refreshInProgress = () =>
  new AwsError(
    'InstanceRefreshInProgress',
    'An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.',
  );

const recordsMax = 100;
const recordsDefault = 50;

/** One page of a list. */
export function page<T>(
  items: readonly T[],
  {
    MaxRecords = recordsDefault,
    NextToken,
  }: { MaxRecords?: number | undefined; NextToken?: string | undefined },
): { items: T[]; NextToken?: string } {
  if (MaxRecords < 1 || MaxRecords > recordsMax) {
    throw invalid(`MaxRecords must be between 1 and ${recordsMax}`);
  }
  const start = NextToken === undefined ? 0 : positionOf(NextToken);
  if (start === undefined) throw new AwsError('InvalidNextToken', `The token '${NextToken}' is invalid`);
  const end = start + MaxRecords;
  return { items: items.slice(start, end), ...(end < items.length && { NextToken: tokenOf(end) }) };
}
