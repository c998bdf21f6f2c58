import type { TagResourceCommandInput, TagResourceCommandOutput } from '@aws-sdk/client-kms';
import type { Operation } from '../core/service.ts';
import { permittedKey, putKey, withTags } from './keys.ts';
import { checkState, required } from './refusals.ts';

export const tagResource: Operation<TagResourceCommandInput, TagResourceCommandOutput> = {
  kind: 'write',
  accepts: ['KeyId', 'Tags.TagKey', 'Tags.TagValue'],
  run(input, call) {
    const list = required(input.Tags, 'tags');
    const key = permittedKey(call, input.KeyId, { action: 'TagResource' });
    checkState(key, 'not pending deletion');
    putKey(call.world, { ...key, tags: withTags(key.tags, list) }, call.now);
    return {};
  },
};
