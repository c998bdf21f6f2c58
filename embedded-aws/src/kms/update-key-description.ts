import type {
  UpdateKeyDescriptionCommandInput,
  UpdateKeyDescriptionCommandOutput,
} from '@aws-sdk/client-kms';
import type { Operation } from '../core/service.ts';
import { checkValue } from '../core/validation.ts';
import { permittedKey, putKey } from './keys.ts';
import { checkState, required } from './refusals.ts';

export const updateKeyDescription: Operation<
  UpdateKeyDescriptionCommandInput,
  UpdateKeyDescriptionCommandOutput
> = {
  kind: 'write',
  accepts: ['Description', 'KeyId'],
  run(input, call) {
    const description = required(input.Description, 'description');
    checkValue(description, 'description', { length: [0, 8192] });
    const key = permittedKey(call, input.KeyId, { action: 'UpdateKeyDescription' });
    checkState(key, 'not pending deletion');
    putKey(call.world, { ...key, description }, call.now);
    return {};
  },
};
