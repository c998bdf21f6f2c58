import type { UntagResourceCommandInput, UntagResourceCommandOutput } from '@aws-sdk/client-scheduler';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import * as constraints from './constraints.ts';
import { retag, taggedGroup } from './tagging.ts';

/** Removing a missing tag succeeds. */
export const untagResource: Operation<UntagResourceCommandInput, UntagResourceCommandOutput> = {
  kind: 'write',
  accepts: ['ResourceArn', 'TagKeys'],
  run(input, call) {
    check(input, {
      ResourceArn: { required: true, ...constraints.groupArn },
      TagKeys: { required: true, length: [0, 200], each: { length: [1, 128] } },
    });
    const group = taggedGroup(call, input.ResourceArn);
    const tags = Object.entries(group.tags).filter(([key]) => !input.TagKeys?.includes(key));
    retag(call, group, Object.fromEntries(tags));
    return {};
  },
};
