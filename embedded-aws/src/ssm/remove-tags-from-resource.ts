import type {
  RemoveTagsFromResourceCommandInput,
  RemoveTagsFromResourceCommandOutput,
} from '@aws-sdk/client-ssm';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { tagList } from './constraints.ts';
import { taggable, taggedResource } from './taggable.ts';

/** Removing a tag key that the resource does not have succeeds. */
export const removeTagsFromResource: Operation<
  RemoveTagsFromResourceCommandInput,
  RemoveTagsFromResourceCommandOutput
> = {
  kind: 'write',
  accepts: ['ResourceId', 'ResourceType', 'TagKeys'],
  run: (input, call) => {
    const { required: _required, ...key } = tagList.members.Key;
    check(input, { ...taggedResource, TagKeys: { required: true, each: key } });
    const { tags, change } = taggable(call, input);
    change(Object.fromEntries(Object.entries(tags).filter(([name]) => !input.TagKeys?.includes(name))));
    return {};
  },
};
