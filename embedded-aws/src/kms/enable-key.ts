import type { EnableKeyCommandInput, EnableKeyCommandOutput } from '@aws-sdk/client-kms';
import type { Operation } from '../core/service.ts';
import { permittedKey, putKey } from './keys.ts';
import { checkState } from './refusals.ts';

export const enableKey: Operation<EnableKeyCommandInput, EnableKeyCommandOutput> = {
  kind: 'write',
  accepts: ['KeyId'],
  run(input, call) {
    const key = permittedKey(call, input.KeyId, { action: 'EnableKey' });
    checkState(key, 'not pending deletion');
    putKey(call.world, { ...key, state: 'Enabled' }, call.now);
    return {};
  },
};
