import type { UntagResourceCommandInput, UntagResourceCommandOutput } from '@aws-sdk/client-kms';
import type { Operation } from '../core/service.ts';
import { checkValue } from '../core/validation.ts';
import { permittedKey, putKey } from './keys.ts';
import { checkState, required } from './refusals.ts';

export const untagResource: Operation<UntagResourceCommandInput, UntagResourceCommandOutput> = {
  kind: 'write',
  accepts: ['KeyId', 'TagKeys'],
  run(input, call) {
    const gone = required(input.TagKeys, 'tagKeys');
    for (const tagKey of gone) checkValue(tagKey, 'tagKeys', { length: [1, 128] });
    const key = permittedKey(call, input.KeyId, { action: 'UntagResource' });
    checkState(key, 'not pending deletion');
    const tags = Object.fromEntries(Object.entries(key.tags).filter(([tagKey]) => !gone.includes(tagKey)));
    putKey(call.world, { ...key, tags }, call.now);
    return {};
  },
};
