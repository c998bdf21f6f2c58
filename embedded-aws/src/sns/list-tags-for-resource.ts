import type { ListTagsForResourceCommandInput, ListTagsForResourceCommandOutput } from '@aws-sdk/client-sns';
import type { Operation } from '../core/service.ts';
import { taggedTopic } from './tagging.ts';

export const listTagsForResource: Operation<
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput
> = {
  kind: 'read',
  accepts: ['ResourceArn'],
  run(input, call) {
    const { tags } = taggedTopic(call, input.ResourceArn, 'ListTagsForResource');
    return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
  },
};
