import { notFound } from './refusals.ts';

/** A key has exactly one policy, named `default`. */
export const policyName = 'default';

export function checkPolicyName(given: string | undefined): void {
  if (given !== undefined && given !== policyName) throw notFound('No such policy exists');
}
