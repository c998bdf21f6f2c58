import type { UntagResourceCommandInput, UntagResourceCommandOutput } from '@aws-sdk/client-sns';
import type { Operation } from '../core/service.ts';
import { taggedTopic } from './tagging.ts';
import { changeTopic } from './topics.ts';

export const untagResource: Operation<UntagResourceCommandInput, UntagResourceCommandOutput> = {
  kind: 'write',
  accepts: ['ResourceArn', 'TagKeys'],
  run(input, call) {
    const topic = taggedTopic(call, input.ResourceArn, 'UntagResource');
    const left = Object.entries(topic.tags).filter(([key]) => !input.TagKeys?.includes(key));
    changeTopic(call, topic, { tags: Object.fromEntries(left) });
    return {};
  },
};
