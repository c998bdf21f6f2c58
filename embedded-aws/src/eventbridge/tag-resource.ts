import type { TagResourceCommandInput, TagResourceCommandOutput } from '@aws-sdk/client-eventbridge';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import * as constraints from './constraints.ts';
import { taggable, tagsFrom } from './tagging.ts';

export const tagResource: Operation<TagResourceCommandInput, TagResourceCommandOutput> = {
  kind: 'write',
  accepts: ['ResourceARN', 'Tags.Key', 'Tags.Value'],
  run(input, call) {
    check(input, {
      ResourceARN: { required: true, ...constraints.arn },
      Tags: { required: true, ...constraints.tagList },
    });
    const { tags, retag } = taggable(call, input.ResourceARN);
    retag(tagsFrom(input.Tags, tags));
    return {};
  },
};
