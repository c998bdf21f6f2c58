import type { CreateQueueCommandInput, CreateQueueCommandOutput } from '@aws-sdk/client-sqs';
import { AwsError, notEmulated } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { attributesWith, settings } from './attributes.ts';
import { queueArn, queueUrl } from './queues.ts';
import type { QueueRecord } from './records.ts';
import { invalidValue, missing } from './refusals.ts';
import { tagsWith } from './tags.ts';

/** How long the name of a deleted queue stays reserved (SQS API reference, DeleteQueue). */
const nameTakenMs = 60_000;

/** Creates a queue. A repeated request with the same attributes returns the existing queue. */
export const createQueue: Operation<CreateQueueCommandInput, CreateQueueCommandOutput> = {
  kind: 'write',
  accepts: ['Attributes.*', 'QueueName', 'tags.*'],
  run(input, call) {
    const { world, account, region, now } = call;
    const { QueueName: name, Attributes = {} } = input;
    if (name === undefined) throw missing('QueueName');
    const isFifo = name.endsWith('.fifo') || Attributes.FifoQueue === 'true';
    if (isFifo) throw notEmulated('a FIFO queue');
    if (!/^[\w-]{1,80}$/.test(name)) {
      throw invalidValue(
        'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
      );
    }
    const attributes = attributesWith(call, name, {}, Attributes);
    const tags = tagsWith({}, input.tags ?? {}, name);
    const id = queueArn(call, name);
    const before = world.queues.get(id);
    if (before?.deletedAt !== undefined && now - before.deletedAt < nameTakenMs) {
      throw new AwsError(
        'AWS.SimpleQueueService.QueueDeletedRecently',
        'You must wait 60 seconds after deleting a queue before you can create another with the same name.',
      );
    }
    if (before === undefined || before.deletedAt !== undefined) {
      world.queues.put(
        { id, account, region, tags, name, attributes, createdAt: now, lastModifiedAt: now },
        now,
        0,
      );
    } else {
      checkSame(before, Attributes);
    }
    return { QueueUrl: queueUrl(world, { ...call, name }) };
  },
};

function checkSame(queue: QueueRecord, given: NonNullable<CreateQueueCommandInput['Attributes']>): void {
  const there = settings(queue);
  const other = Object.entries(given).find(([name, value = '']) => (there[name] ?? '') !== value);
  if (other === undefined) return;
  throw new AwsError(
    'QueueAlreadyExists',
    `A queue already exists with the same name and a different value for attribute ${other[0]}`,
  );
}
