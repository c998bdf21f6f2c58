import type { DisableKeyCommandInput, DisableKeyCommandOutput } from '@aws-sdk/client-kms';
import type { Operation } from '../core/service.ts';
import { permittedKey, putKey } from './keys.ts';
import { checkState } from './refusals.ts';

export const disableKey: Operation<DisableKeyCommandInput, DisableKeyCommandOutput> = {
  kind: 'write',
  accepts: ['KeyId'],
  run(input, call) {
    const key = permittedKey(call, input.KeyId, { action: 'DisableKey' });
    checkState(key, 'not pending deletion');
    putKey(call.world, { ...key, state: 'Disabled' }, call.now);
    return {};
  },
};
