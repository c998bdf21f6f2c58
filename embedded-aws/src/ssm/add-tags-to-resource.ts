import type { AddTagsToResourceCommandInput, AddTagsToResourceCommandOutput } from '@aws-sdk/client-ssm';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { tagList } from './constraints.ts';
import { taggable, taggedResource } from './taggable.ts';
import { tagsFrom } from './tagging.ts';

export const addTagsToResource: Operation<AddTagsToResourceCommandInput, AddTagsToResourceCommandOutput> = {
  kind: 'write',
  accepts: ['ResourceId', 'ResourceType', 'Tags.Key', 'Tags.Value'],
  run: (input, call) => {
    check(input, { ...taggedResource, Tags: { required: true, ...tagList } });
    const resource = taggable(call, input);
    resource.change(tagsFrom(input.Tags ?? [], resource.tags));
    return {};
  },
};
