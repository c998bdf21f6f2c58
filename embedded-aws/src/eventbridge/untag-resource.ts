import type { UntagResourceCommandInput, UntagResourceCommandOutput } from '@aws-sdk/client-eventbridge';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import * as constraints from './constraints.ts';
import { taggable } from './tagging.ts';

/** Removing a missing tag succeeds. */
export const untagResource: Operation<UntagResourceCommandInput, UntagResourceCommandOutput> = {
  kind: 'write',
  accepts: ['ResourceARN', 'TagKeys'],
  run(input, call) {
    check(input, {
      ResourceARN: { required: true, ...constraints.arn },
      TagKeys: { required: true, each: { length: [1, 128] } },
    });
    const { tags, retag } = taggable(call, input.ResourceARN);
    retag(Object.fromEntries(Object.entries(tags).filter(([key]) => !input.TagKeys?.includes(key))));
    return {};
  },
};
