import { hindrance } from '../core/resource-policy.ts';
import type { Call } from '../core/service.ts';
import type { Named } from './names.ts';
import type { FunctionPolicyRecord } from './records.ts';

/** A policy as GetPolicy shows it. */
export const policyText = ({ statements }: Pick<FunctionPolicyRecord, 'statements'>): string =>
  JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements });

/** Whether a function may be invoked: by its own account, and else by whom its policy lets. */
export function mayInvoke(call: Call, { arn, account: owner }: Named): boolean {
  const policy = policyText(call.world.functionPolicies.get(arn) ?? { statements: [] });
  return hindrance(call, { arn, owner, policy }, 'lambda:InvokeFunction') === undefined;
}
