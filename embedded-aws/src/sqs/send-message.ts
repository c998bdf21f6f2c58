import type { SendMessageCommandInput, SendMessageCommandOutput } from '@aws-sdk/client-sqs';
import type { Operation } from '../core/service.ts';
import { findQueue } from './queues.ts';
import { sendOne, sendParameters } from './sending.ts';

export const sendMessage: Operation<SendMessageCommandInput, SendMessageCommandOutput> = {
  kind: 'write',
  accepts: ['QueueUrl', ...sendParameters('')],
  run: (input, call) => sendOne(call, findQueue(call, input.QueueUrl, 'SendMessage'), input),
};
