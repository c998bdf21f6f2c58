import type {
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput,
} from '@aws-sdk/client-scheduler';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import * as constraints from './constraints.ts';
import { taggedGroup } from './tagging.ts';

export const listTagsForResource: Operation<
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput
> = {
  kind: 'read',
  accepts: ['ResourceArn'],
  run(input, call) {
    check(input, { ResourceArn: { required: true, ...constraints.groupArn } });
    const { tags } = taggedGroup(call, input.ResourceArn);
    return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
  },
};
