import type { ListTagsForResourceCommandInput, ListTagsForResourceCommandOutput } from '@aws-sdk/client-ssm';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { taggable, taggedResource } from './taggable.ts';
import { tagList } from './tagging.ts';

export const listTagsForResource: Operation<
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput
> = {
  kind: 'read',
  accepts: ['ResourceId', 'ResourceType'],
  run: (input, call) => {
    check(input, taggedResource);
    return { TagList: tagList(taggable(call, input).tags) };
  },
};
