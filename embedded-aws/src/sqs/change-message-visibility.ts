import type {
  ChangeMessageVisibilityCommandInput,
  ChangeMessageVisibilityCommandOutput,
} from '@aws-sdk/client-sqs';
import type { Operation } from '../core/service.ts';
import { findQueue } from './queues.ts';
import { hide } from './visibility.ts';

export const changeMessageVisibility: Operation<
  ChangeMessageVisibilityCommandInput,
  ChangeMessageVisibilityCommandOutput
> = {
  kind: 'write',
  accepts: ['QueueUrl', 'ReceiptHandle', 'VisibilityTimeout'],
  run(input, call) {
    hide(call, findQueue(call, input.QueueUrl, 'ChangeMessageVisibility'), input);
    return {};
  },
};
