import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs';
import { AwsError } from '../core/errors.ts';
import { missing } from './refusals.ts';

const entriesMax = 10;

const batchError = (code: string, message: string) => new AwsError(`AWS.SimpleQueueService.${code}`, message);

/** Processes each entry independently. A refused entry does not affect the other entries. */
export function eachEntry<Entry extends { Id: string | undefined }, Result>(
  entries: readonly Entry[] | undefined,
  entryName: string,
  act: (entry: Entry, id: string) => Result,
): { Successful: Result[]; Failed: BatchResultErrorEntry[] } {
  const Successful: Result[] = [];
  const Failed: BatchResultErrorEntry[] = [];
  for (const entry of checkEntries(entries, entryName)) {
    const { Id = '' } = entry;
    try {
      Successful.push(act(entry, Id));
    } catch (error) {
      if (!(error instanceof AwsError) || error.code === 'NotEmulated') throw error;
      const { code: Code, message: Message } = error;
      Failed.push({ Id, SenderFault: true, Code, Message });
    }
  }
  return results(Successful, Failed);
}

/** An empty list is left out of the response. */
function results<Result>(Successful: Result[], Failed: BatchResultErrorEntry[]) {
  return {
    ...(Successful.length > 0 && { Successful }),
    ...(Failed.length > 0 && { Failed }),
  } as { Successful: Result[]; Failed: BatchResultErrorEntry[] };
}

function checkEntries<Entry extends { Id: string | undefined }>(
  entries: readonly Entry[] = [],
  entryName: string,
): readonly Entry[] {
  if (entries.length === 0) {
    throw batchError('EmptyBatchRequest', `There should be at least one ${entryName} in the request.`);
  }
  if (entries.length > entriesMax) {
    throw batchError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${entriesMax}. You have sent ${entries.length}.`,
    );
  }
  const ids = entries.map(({ Id }, index) => {
    if (Id === undefined) throw missing(`${entryName}.${index + 1}.Id`);
    if (!/^[\w-]{1,80}$/.test(Id)) {
      throw batchError(
        'InvalidBatchEntryId',
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
      );
    }
    return Id;
  });
  const again = ids.find((id, index) => ids.indexOf(id) !== index);
  if (again !== undefined) throw batchError('BatchEntryIdsNotDistinct', `Id ${again} repeated.`);
  return entries;
}

export const batchTooLong = (bytesMax: number, bytes: number) =>
  batchError(
    'BatchRequestTooLong',
    `Batch requests cannot be longer than ${bytesMax} bytes. You have sent ${bytes} bytes.`,
  );
