import type {
  GetQueueAttributesCommandInput,
  GetQueueAttributesCommandOutput,
  QueueAttributeName,
} from '@aws-sdk/client-sqs';
import type { Operation } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { attributeNames, settings } from './attributes.ts';
import { isDelayed, isInFlight, messagesIn } from './messages.ts';
import { findQueue } from './queues.ts';
import type { QueueRecord } from './records.ts';
import { unknownAttribute } from './refusals.ts';

/** A request that names no attributes gets no attributes. */
export const getQueueAttributes: Operation<GetQueueAttributesCommandInput, GetQueueAttributesCommandOutput> =
  {
    kind: 'read',
    accepts: ['AttributeNames', 'QueueUrl'],
    run(input, call) {
      const { QueueUrl, AttributeNames: wanted = [] } = input;
      const queue = findQueue(call, QueueUrl, 'GetQueueAttributes');
      const unknown = wanted.find((name) => name !== 'All' && !attributeNames.includes(name));
      if (unknown !== undefined) throw unknownAttribute(unknown);
      const selected = Object.entries(allOf(call.world, queue, call.now)).filter(
        ([name]) => wanted.includes('All') || wanted.includes(name as QueueAttributeName),
      );
      return selected.length === 0 ? {} : { Attributes: Object.fromEntries(selected) };
    },
  };

function allOf(world: World, queue: QueueRecord, now: number): Record<string, string> {
  const messages = messagesIn(world, queue, now);
  const inFlight = messages.filter((message) => isInFlight(message, now)).length;
  const delayed = messages.filter((message) => isDelayed(message, now)).length;
  return {
    ...settings(queue),
    QueueArn: queue.id,
    ApproximateNumberOfMessages: String(messages.length - inFlight - delayed),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.lastModifiedAt / 1000)),
  };
}
