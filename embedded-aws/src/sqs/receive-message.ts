import type { Message, ReceiveMessageCommandInput, ReceiveMessageCommandOutput } from '@aws-sdk/client-sqs';
import type { Operation } from '../core/service.ts';
import { numberOf } from './attributes.ts';
import { attributeShapes, md5, md5OfAttributes } from './message-attributes.ts';
import { receive } from './messages.ts';
import { findQueue } from './queues.ts';
import { receiptOf } from './receipts.ts';
import type { QueueMessageRecord } from './records.ts';
import { invalid, unknownAttribute } from './refusals.ts';
import { checkVisibility } from './visibility.ts';

/**
 * Returns the available messages immediately, even if there are none. `WaitTimeSeconds` is
 * validated, but the call does not wait.
 */
export const receiveMessage: Operation<ReceiveMessageCommandInput, ReceiveMessageCommandOutput> = {
  kind: 'write',
  accepts: [
    'AttributeNames',
    'MaxNumberOfMessages',
    'MessageAttributeNames',
    'MessageSystemAttributeNames',
    'QueueUrl',
    'VisibilityTimeout',
    'WaitTimeSeconds',
  ],
  run(input, call) {
    const queue = findQueue(call, input.QueueUrl, 'ReceiveMessage');
    const { MaxNumberOfMessages: most = 1, VisibilityTimeout, WaitTimeSeconds: wait = 0 } = input;
    const { AttributeNames = [], MessageSystemAttributeNames = AttributeNames } = input;
    if (most < 1 || most > 10) {
      throw invalid(most, 'MaxNumberOfMessages', 'Must be between 1 and 10, if provided.');
    }
    if (wait < 0 || wait > 20) {
      throw invalid(wait, 'WaitTimeSeconds', 'Must be >= 0 and <= 20, if provided.');
    }
    checkVisibility(VisibilityTimeout);
    const systemNames = [...new Set([...AttributeNames, ...MessageSystemAttributeNames])] as string[];
    const unknown = systemNames.find((name) => !systemAttributeNames.includes(name));
    if (unknown !== undefined) throw unknownAttribute(unknown);
    const hiddenSeconds = VisibilityTimeout ?? numberOf(queue, 'VisibilityTimeout');
    const messages = receive(call.world, queue, { most, hiddenSeconds }, call.now);
    if (messages.length === 0) return {};
    const names = input.MessageAttributeNames ?? [];
    return { Messages: messages.map((message) => shapeOf(message, systemNames, names)) };
  },
};

const systemAttributeNames: readonly string[] = [
  'AWSTraceHeader',
  'All',
  'ApproximateFirstReceiveTimestamp',
  'ApproximateReceiveCount',
  'DeadLetterQueueSourceArn',
  'MessageDeduplicationId',
  'MessageGroupId',
  'SenderId',
  'SentTimestamp',
  'SequenceNumber',
];

function shapeOf(
  message: QueueMessageRecord,
  systemNames: readonly string[],
  names: readonly string[],
): Message {
  const system = Object.entries(systemAttributes(message)).filter(
    ([name]) => systemNames.includes('All') || systemNames.includes(name),
  );
  const attributes = Object.fromEntries(
    Object.entries(message.attributes).filter(([name]) => names.some((wanted) => isNamed(name, wanted))),
  );
  return {
    MessageId: message.id,
    ReceiptHandle: receiptOf(message),
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
    ...(Object.keys(attributes).length > 0 && {
      MD5OfMessageAttributes: md5OfAttributes(attributes),
      MessageAttributes: attributeShapes(attributes),
    }),
  };
}

function systemAttributes(message: QueueMessageRecord): Record<string, string> {
  const { traceHeader, deadLetterSource, groupId } = message;
  return {
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(traceHeader === undefined ? {} : { AWSTraceHeader: traceHeader }),
    ...(groupId === undefined ? {} : { MessageGroupId: groupId }),
    ...(deadLetterSource === undefined ? {} : { DeadLetterQueueSourceArn: deadLetterSource }),
  };
}

/** `All` and `.*` match every attribute. `bar.*` matches every attribute with the prefix `bar`. */
function isNamed(name: string, wanted: string): boolean {
  if (wanted === 'All' || wanted === '.*' || wanted === '*') return true;
  return wanted.endsWith('.*') ? name.startsWith(wanted.slice(0, -2)) : name === wanted;
}
