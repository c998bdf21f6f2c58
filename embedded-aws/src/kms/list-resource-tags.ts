import type { ListResourceTagsCommandInput, ListResourceTagsCommandOutput } from '@aws-sdk/client-kms';
import type { Operation } from '../core/service.ts';
import { permittedKey } from './keys.ts';
import { page } from './paging.ts';

export const listResourceTags: Operation<ListResourceTagsCommandInput, ListResourceTagsCommandOutput> = {
  kind: 'read',
  accepts: ['KeyId', 'Limit', 'Marker'],
  run(input, call) {
    const { tags } = permittedKey(call, input.KeyId, { action: 'ListResourceTags' });
    const list = Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
    const { items, ...rest } = page(list, input, { usual: 50, max: 50 });
    return { Tags: items, ...rest };
  },
};
