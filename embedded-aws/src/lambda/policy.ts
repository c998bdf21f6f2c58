import { denialReason } from '../core/resource-policy.ts';
import type { Call } from '../core/service.ts';
import type { ResolvedFunction } from './names.ts';
import type { FunctionPolicyRecord } from './records.ts';

/** A policy in the form of GetPolicy. */
export const policyText = ({ statements }: Pick<FunctionPolicyRecord, 'statements'>): string =>
  JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements });

/**
 * Whether the caller may invoke a function: the function's own account may, others if the function's policy allows
 * it.
 */
export function mayInvoke(call: Call, { arn, account: owner }: ResolvedFunction): boolean {
  const policy = policyText(call.world.functionPolicies.get(arn) ?? { statements: [] });
  return denialReason(call, { arn, owner, policy }, 'lambda:InvokeFunction') === undefined;
}
