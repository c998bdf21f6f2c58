import type {
  BatchWriteItemCommandInput,
  BatchWriteItemCommandOutput,
  WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { Operation } from '../core/service.ts';
import { check, checkValue } from '../core/validation.ts';
import { consumed, writeCharge } from './capacity.ts';
import { itemId } from './keys.ts';
import { capacities } from './parameters.ts';
import { invalid } from './refusals.ts';
import { activeTable, checkTableName } from './tables.ts';
import { checkedKey, outcomeOf, putOf, settleOutcome, type Write, writeByKey } from './writes.ts';

const writesMax = 25;

/**
 * Puts and deletes without conditions. If one request is invalid, none of the requests takes
 * effect.
 */
export const batchWriteItem: Operation<BatchWriteItemCommandInput, BatchWriteItemCommandOutput> = {
  kind: 'write',
  accepts: ['RequestItems.*', 'ReturnConsumedCapacity'],
  run(input, call) {
    const requests = Object.entries(input.RequestItems ?? {});
    if (requests.length === 0) {
      throw invalid('The requestItems parameter is required for BatchWriteItem');
    }
    for (const [name, list] of requests) {
      checkTableName(name);
      if (list.length < 1 || list.length > writesMax) throw wrongLength(name, list);
    }
    check(input, { ReturnConsumedCapacity: { oneOf: capacities } });
    const writes = requests.flatMap(([name, list]) =>
      list.map((request, index) => writeOf(name, request, index)),
    );
    if (writes.length > writesMax) {
      throw invalid('Too many items requested for the BatchWriteItem call');
    }
    const keyed = writes.map((write) => {
      const table = activeTable(call, write.tableName);
      return { write, table, key: checkedKey(write, table) };
    });
    const ids = keyed.map(({ table, key }) => itemId(table, key));
    if (new Set(ids).size < ids.length) {
      throw invalid('Provided list of item keys contains duplicates');
    }
    const outcomes = keyed.map(({ write, table, key }) => outcomeOf(call, write, table, key));
    for (const outcome of outcomes) settleOutcome(call, outcome);
    const ConsumedCapacity = consumed(
      input.ReturnConsumedCapacity,
      outcomes.map(({ table, old, item }) => writeCharge(table, old, item)),
    );
    return {
      UnprocessedItems: {},
      ...(ConsumedCapacity === undefined ? {} : { ConsumedCapacity }),
    };
  },
};

function writeOf(TableName: string, { PutRequest, DeleteRequest }: WriteRequest, index: number): Write {
  if ((PutRequest === undefined) === (DeleteRequest === undefined)) {
    throw invalid(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  }
  const at = `requestItems.${TableName}.member.${index + 1}.member`;
  if (PutRequest !== undefined) {
    checkValue(PutRequest.Item, `${at}.putRequest.item`, { required: true });
    return putOf({ TableName, Item: PutRequest.Item });
  }
  checkValue(DeleteRequest?.Key, `${at}.deleteRequest.key`, { required: true });
  return writeByKey('delete', { TableName, Key: DeleteRequest?.Key });
}

/**
 * AWS repeats the whole request in this message, in a format that changes. Here the message contains the
 * request as JSON.
 */
function wrongLength(name: string, list: readonly WriteRequest[]): Error {
  const shown = list.map((request) => JSON.stringify(request)).join(', ');
  return invalid(
    `1 validation error detected: Value '{${name}=[${shown}]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to ${writesMax}, Member must have length greater than or equal to 1]`,
  );
}
