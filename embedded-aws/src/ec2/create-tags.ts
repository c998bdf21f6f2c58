import type { CreateTagsCommandInput, CreateTagsCommandOutput } from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { checkDryRun } from './refusals.ts';
import { taggables } from './taggable.ts';
import { checkMetadataTagKeys, checkTagCount, tagsFrom } from './tagging.ts';

export const createTags: Operation<CreateTagsCommandInput, CreateTagsCommandOutput> = {
  kind: 'write',
  accepts: ['DryRun', 'Resources', 'Tags.Key', 'Tags.Value'],
  run(input, call) {
    if (input.Tags === undefined || input.Tags.length === 0) throw missingParameter('tagSet');
    const added = tagsFrom(input.Tags);
    const resources = taggables(call, input.Resources).map((resource, index) => {
      const tags = { ...resource.tags, ...added };
      checkTagCount(tags);
      const instance = call.world.instances.get(input.Resources?.[index] ?? '');
      if (instance?.metadataOptions.InstanceMetadataTags === 'enabled') checkMetadataTagKeys(added);
      return { resource, tags };
    });
    checkDryRun(input);
    for (const { resource, tags } of resources) resource.retag(tags);
    return {};
  },
};
