import type { ListTagsForResourceCommandInput, ListTagsForResourceCommandOutput } from '@aws-sdk/client-sfn';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { findStateMachine } from './arns.ts';

/** State machines have tags, executions do not. */
export const listTagsForResource: Operation<
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput
> = {
  kind: 'read',
  accepts: ['resourceArn'],
  run({ resourceArn: arn = '' }, call) {
    check({ resourceArn: arn || undefined }, { resourceArn: { required: true, length: [1, 256] } });
    try {
      const { tags } = findStateMachine(call, arn, 'ListTagsForResource');
      return { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) };
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'StateMachineDoesNotExist') throw error;
      throw new AwsError('ResourceNotFound', `Resource not found: '${arn}'`);
    }
  },
};
