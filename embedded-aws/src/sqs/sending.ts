import type { SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import { AwsError } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import { numberOf } from './attributes.ts';
import { md5, md5OfAttributes, readAttributes, sizeOf } from './message-attributes.ts';
import { enqueue } from './messages.ts';
import type { QueueRecord } from './records.ts';
import { invalid, invalidValue, missing } from './refusals.ts';

type Message = Partial<Omit<SendMessageBatchRequestEntry, 'Id'>>;

export const sendParameters = (prefix: string) =>
  [
    'DelaySeconds',
    'MessageAttributes.*',
    'MessageBody',
    'MessageDeduplicationId',
    'MessageGroupId',
    'MessageSystemAttributes.*',
  ].map((name) => `${prefix}${name}`);

/** Puts one message into a queue and returns the response for its sender. */
export function sendOne({ world, account, now }: Call, queue: QueueRecord, message: Message) {
  const {
    MessageBody: body,
    MessageAttributes,
    DelaySeconds: delaySeconds,
    MessageGroupId: groupId,
  } = message;
  if (body === undefined || body === '') throw missing('MessageBody');
  const attributes = readAttributes(MessageAttributes);
  const traceHeader = traceHeaderOf(message);
  checkMessage(queue, message, Buffer.byteLength(body) + sizeOf(attributes));
  const sent = { body, attributes, senderId: account, delaySeconds, traceHeader, groupId };
  const { id } = enqueue(world, queue, sent, now);
  return {
    MessageId: id,
    MD5OfMessageBody: md5(body),
    ...(Object.keys(attributes).length > 0 && { MD5OfMessageAttributes: md5OfAttributes(attributes) }),
    ...(traceHeader !== undefined && {
      MD5OfMessageSystemAttributes: md5OfAttributes({
        AWSTraceHeader: { type: 'String', text: traceHeader },
      }),
    }),
  };
}

/** The characters that XML allows (SQS API reference, SendMessage). */
const allowed = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

function checkMessage(queue: QueueRecord, message: Message, bytes: number): void {
  const { MessageBody = '', DelaySeconds: delay, MessageGroupId, MessageDeduplicationId } = message;
  if (!allowed.test(MessageBody)) {
    throw new AwsError(
      'InvalidMessageContents',
      'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
    );
  }
  const bytesMax = numberOf(queue, 'MaximumMessageSize');
  if (bytes > bytesMax) {
    throw invalidValue(
      `One or more parameters are invalid. Reason: Message must be shorter than ${bytesMax} bytes.`,
    );
  }
  if (delay !== undefined && (delay < 0 || delay > 900)) {
    throw invalid(delay, 'DelaySeconds', 'DelaySeconds must be >= 0 and <= 900.');
  }
  if (MessageDeduplicationId !== undefined) {
    throw invalid(
      MessageDeduplicationId,
      'MessageDeduplicationId',
      'The request includes a parameter that is not valid for this queue type.',
    );
  }
  if (MessageGroupId !== undefined && !/^[\w!-/:-@[-`{-~]{1,128}$/.test(MessageGroupId)) {
    throw invalid(
      MessageGroupId,
      'MessageGroupId',
      'MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.',
    );
  }
}

/** The only system attribute that a sender may set. */
function traceHeaderOf({ MessageSystemAttributes = {} }: Message): string | undefined {
  const other = Object.keys(MessageSystemAttributes).find((name) => name !== 'AWSTraceHeader');
  if (other !== undefined) {
    throw invalidValue(`Message system attribute name '${other}' is invalid.`);
  }
  const { AWSTraceHeader: given } = MessageSystemAttributes;
  if (given === undefined) return undefined;
  if (given.DataType !== 'String' || given.StringValue === undefined || given.StringValue === '') {
    throw invalidValue(
      "Message (system) attribute 'AWSTraceHeader' must contain a non-empty value of type 'String'.",
    );
  }
  return given.StringValue;
}
