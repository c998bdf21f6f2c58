import type { TagResourceCommandInput, TagResourceCommandOutput } from '@aws-sdk/client-scheduler';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import * as constraints from './constraints.ts';
import { retag, taggedGroup, tagsFrom } from './tagging.ts';

export const tagResource: Operation<TagResourceCommandInput, TagResourceCommandOutput> = {
  kind: 'write',
  accepts: ['ResourceArn', 'Tags.Key', 'Tags.Value'],
  run(input, call) {
    check(input, {
      ResourceArn: { required: true, ...constraints.groupArn },
      Tags: { required: true, ...constraints.tagList },
    });
    const group = taggedGroup(call, input.ResourceArn);
    retag(call, group, tagsFrom(input.Tags, group.tags));
    return {};
  },
};
