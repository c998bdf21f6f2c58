import type { DeleteTagsCommandInput, DeleteTagsCommandOutput } from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Tags } from '../core/resource.ts';
import type { Operation } from '../core/service.ts';
import { checkDryRun } from './refusals.ts';
import { taggables } from './taggable.ts';

/**
 * A tag that is given with a value is removed only if the values match. Without tags, all tags are removed.
 * Removing a missing tag succeeds.
 */
export const deleteTags: Operation<DeleteTagsCommandInput, DeleteTagsCommandOutput> = {
  kind: 'write',
  accepts: ['DryRun', 'Resources', 'Tags.Key', 'Tags.Value'],
  run(input, call) {
    const resources = taggables(call, input.Resources);
    if (input.Tags?.some(({ Key }) => Key === undefined)) throw missingParameter('Tag.Key');
    checkDryRun(input);
    const isRemoved = ([key, value]: [string, string]) =>
      key.startsWith('aws:')
        ? false
        : input.Tags === undefined ||
          input.Tags.length === 0 ||
          input.Tags.some(({ Key, Value }) => Key === key && (Value === undefined || Value === value));
    for (const { tags, retag } of resources) {
      const kept: Tags = Object.fromEntries(Object.entries(tags).filter((entry) => !isRemoved(entry)));
      retag(kept);
    }
    return {};
  },
};
