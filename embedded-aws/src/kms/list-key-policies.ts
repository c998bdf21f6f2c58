import type { ListKeyPoliciesCommandInput, ListKeyPoliciesCommandOutput } from '@aws-sdk/client-kms';
import type { Operation } from '../core/service.ts';
import { permittedKey } from './keys.ts';
import { page } from './paging.ts';
import { policyName } from './policy-names.ts';

export const listKeyPolicies: Operation<ListKeyPoliciesCommandInput, ListKeyPoliciesCommandOutput> = {
  kind: 'read',
  accepts: ['KeyId', 'Limit', 'Marker'],
  run(input, call) {
    permittedKey(call, input.KeyId, { action: 'ListKeyPolicies' });
    const { items, ...rest } = page([policyName], input, { usual: 100, max: 1000 });
    return { PolicyNames: items, ...rest };
  },
};
