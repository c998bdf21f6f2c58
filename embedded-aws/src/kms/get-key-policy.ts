import type { GetKeyPolicyCommandInput, GetKeyPolicyCommandOutput } from '@aws-sdk/client-kms';
import type { Operation } from '../core/service.ts';
import { permittedKey } from './keys.ts';
import { checkPolicyName, policyName } from './policy-names.ts';

export const getKeyPolicy: Operation<GetKeyPolicyCommandInput, GetKeyPolicyCommandOutput> = {
  kind: 'read',
  accepts: ['KeyId', 'PolicyName'],
  run(input, call) {
    const key = permittedKey(call, input.KeyId, { action: 'GetKeyPolicy' });
    checkPolicyName(input.PolicyName);
    return { Policy: key.policy, PolicyName: policyName };
  },
};
