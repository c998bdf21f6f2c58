import type { PutKeyPolicyCommandInput, PutKeyPolicyCommandOutput } from '@aws-sdk/client-kms';
import type { Operation } from '../core/service.ts';
import { checkValue } from '../core/validation.ts';
import { permittedKey, putKey } from './keys.ts';
import { checkLockout, checkPolicy } from './policy.ts';
import { checkPolicyName } from './policy-names.ts';
import { required } from './refusals.ts';

export const putKeyPolicy: Operation<PutKeyPolicyCommandInput, PutKeyPolicyCommandOutput> = {
  kind: 'write',
  accepts: ['BypassPolicyLockoutSafetyCheck', 'KeyId', 'Policy', 'PolicyName'],
  run(input, call) {
    const policy = required(input.Policy, 'policy');
    checkValue(policy, 'policy', { length: [1, 131_072] });
    const key = permittedKey(call, input.KeyId, { action: 'PutKeyPolicy' });
    checkPolicyName(input.PolicyName);
    checkPolicy(policy);
    if (!input.BypassPolicyLockoutSafetyCheck) checkLockout(policy, call.account, key.arn);
    putKey(call.world, { ...key, policy }, call.now);
    return {};
  },
};
