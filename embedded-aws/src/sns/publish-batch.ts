import type { PublishBatchCommandInput, PublishBatchCommandOutput } from '@aws-sdk/client-sns';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { bytesMax, checkMessage, messageParameters, publishTo } from './publishing.ts';
import { findTopic } from './topics.ts';

const entriesMax = 10;

/** An invalid message refuses the whole batch. */
export const publishBatch: Operation<PublishBatchCommandInput, PublishBatchCommandOutput> = {
  kind: 'write',
  accepts: ['PublishBatchRequestEntries.Id', 'TopicArn', ...messageParameters('PublishBatchRequestEntries.')],
  run(input, call) {
    const { PublishBatchRequestEntries: entries = [] } = input;
    checkEntries(entries.map(({ Id = '' }) => Id));
    const topic = findTopic(call, input.TopicArn, 'Publish');
    const messages = entries.map((entry, index) => ({
      Id: entry.Id ?? '',
      message: checkMessage(entry, `publishBatchRequestEntries.${index + 1}.member.messageAttributes`),
    }));
    if (messages.reduce((sum, { message }) => sum + message.bytes, 0) > bytesMax) {
      throw new AwsError(
        'BatchRequestTooLong',
        'The length of all the messages put together is more than the limit.',
      );
    }
    const Successful = messages.map(({ Id, message }) => ({
      Id,
      MessageId: publishTo(call.world, topic, message, call.now),
    }));
    return { Successful, Failed: [] };
  },
};

function checkEntries(ids: readonly string[]): void {
  if (ids.length === 0) {
    throw new AwsError('EmptyBatchRequest', "The batch request doesn't contain any entries.");
  }
  if (ids.length > entriesMax) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      'The batch request contains more entries than permissible.',
    );
  }
  for (const id of ids) {
    if (id.length > 80) {
      throw new AwsError(
        'InvalidBatchEntryId',
        `The Id of a batch entry in the batch request is too long: ${id}`,
      );
    }
    if (!/^[\w-]+$/.test(id)) {
      throw new AwsError(
        'InvalidBatchEntryId',
        `The Id of a batch entry in the batch request contains an impermissible character: ${id}`,
      );
    }
  }
  if (new Set(ids).size < ids.length) {
    throw new AwsError(
      'BatchEntryIdsNotDistinct',
      'Two or more batch entries in the request have the same Id.',
    );
  }
}
