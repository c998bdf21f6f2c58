import type { DescribeTagsCommandInput, DescribeTagsCommandOutput, ResourceType } from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { type FilterNames, matcher } from './filters.ts';
import { page } from './paging.ts';
import { checkDryRun } from './refusals.ts';
import { taggedResources } from './taggable.ts';

interface TagOf {
  readonly key: string;
  readonly value: string;
  readonly resourceId: string;
  readonly resourceType: string;
}

export const describeTags: Operation<DescribeTagsCommandInput, DescribeTagsCommandOutput> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'MaxResults', 'NextToken'],
  run(input, call) {
    const matches = matcher(input.Filters, filters, ({ key, value }: TagOf) => ({ [key]: value }));
    checkDryRun(input);
    const found = taggedResources(call).flatMap(({ id, resourceType, tags }) =>
      Object.entries(tags).map(([key, value]): TagOf => ({ key, value, resourceId: id, resourceType })),
    );
    const { items, NextToken } = page(found.filter(matches), input, { min: 5, max: 1000 });
    return {
      Tags: items.map(({ key, value, resourceId, resourceType }) => ({
        Key: key,
        Value: value,
        ResourceId: resourceId,
        ResourceType: resourceType as ResourceType,
      })),
      NextToken,
    };
  },
};

const filters: FilterNames<TagOf> = {
  key: ({ key }) => key,
  'resource-id': ({ resourceId }) => resourceId,
  'resource-type': ({ resourceType }) => resourceType,
  value: ({ value }) => value,
};
