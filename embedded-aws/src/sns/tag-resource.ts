import type { TagResourceCommandInput, TagResourceCommandOutput } from '@aws-sdk/client-sns';
import type { Operation } from '../core/service.ts';
import { taggedTopic, tagsFrom } from './tagging.ts';
import { changeTopic } from './topics.ts';

export const tagResource: Operation<TagResourceCommandInput, TagResourceCommandOutput> = {
  kind: 'write',
  accepts: ['ResourceArn', 'Tags.Key', 'Tags.Value'],
  run(input, call) {
    const topic = taggedTopic(call, input.ResourceArn, 'TagResource');
    changeTopic(call, topic, { tags: tagsFrom(input.Tags, topic.tags) });
    return {};
  },
};
