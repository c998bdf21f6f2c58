import type { DeleteItemCommandInput, DeleteItemCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Operation } from '../core/service.ts';
import { writeParameters } from './parameters.ts';
import { writeReturningOld } from './write-returning-old.ts';
import { writeByKey } from './writes.ts';

/** Deleting an item that does not exist succeeds. */
export const deleteItem: Operation<DeleteItemCommandInput, DeleteItemCommandOutput> = {
  kind: 'write',
  accepts: [...writeParameters, 'Key.*'],
  run(input, call) {
    return writeReturningOld(input, call, 'Key', () => writeByKey('delete', input));
  },
};
