import type {
  BatchGetItemCommandInput,
  BatchGetItemCommandOutput,
  KeysAndAttributes,
} from '@aws-sdk/client-dynamodb';
import { notEmulated } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check, checkValue } from '../core/validation.ts';
import { consumed } from './capacity.ts';
import { itemId, partitionOf } from './keys.ts';
import { capacities } from './parameters.ts';
import { checkRead, type Found, found, projectionOf, type Read, readCharge } from './reads.ts';
import type { DynamoTableRecord, Value } from './records.ts';
import { invalid } from './refusals.ts';
import { activeTable, isArn, namePattern } from './tables.ts';
import { itemShape, keptItem } from './values.ts';

const keysMax = 100;
const answerBytesMax = 16 * 1024 * 1024;

/** Items have no guaranteed order. Keys without an item are left out. */
export const batchGetItem: Operation<BatchGetItemCommandInput, BatchGetItemCommandOutput> = {
  kind: 'read',
  accepts: ['RequestItems.*', 'ReturnConsumedCapacity'],
  run(input, call) {
    const requests = Object.entries(input.RequestItems ?? {});
    if (requests.length === 0) {
      throw invalid('The requestItems parameter is required for BatchGetItem');
    }
    for (const [name, request] of requests) checkRequest(name, request);
    check(input, { ReturnConsumedCapacity: { oneOf: capacities } });
    const reads = requests.map(([name, request]) => readsOf(name, request));
    if (reads.flat().length > keysMax) {
      throw invalid('Too many items requested for the BatchGetItem call');
    }
    const batches = reads.map((batch) => {
      const table = activeTable(call, batch[0]?.tableName ?? '');
      for (const read of batch) checkRead(read, table);
      return { table, batch: shuffled(table, batch) };
    });

    let bytes = 0;
    const answered: { read: Read; found: Found }[] = [];
    const left: Read[] = [];
    for (const { table, batch } of batches) {
      for (const read of batch) {
        const answer = found(call, read, table);
        bytes += answer.bytes;
        if (bytes > answerBytesMax) left.push(read);
        else answered.push({ read, found: answer });
      }
    }
    const capacity = consumed(
      input.ReturnConsumedCapacity,
      answered.map((answer) => readCharge(answer.found, answer.read)),
    );
    return {
      Responses: Object.fromEntries(
        requests.map(([name]) => [
          name,
          answered
            .filter(({ read }) => read.tableName === name)
            .flatMap(({ found: { item } }) => (item === undefined ? [] : [itemShape(item)])),
        ]),
      ),
      UnprocessedKeys: Object.fromEntries(
        requests.flatMap(([name, request]) => {
          const keys = left.filter((read) => read.tableName === name).map(({ key }) => itemShape(key));
          return keys.length === 0 ? [] : [[name, { ...request, Keys: keys }]];
        }),
      ),
      ...(capacity === undefined ? {} : { ConsumedCapacity: capacity }),
    };
  },
};

function checkRequest(name: string, request: KeysAndAttributes): void {
  const known = ['ConsistentRead', 'ExpressionAttributeNames', 'Keys', 'ProjectionExpression'];
  const unknown = Object.entries(request).find(
    ([parameter, value]) => value !== undefined && !known.includes(parameter),
  );
  if (unknown !== undefined) {
    throw notEmulated(`dynamodb:BatchGetItem with the parameter RequestItems.${unknown[0]}`);
  }
  const at = `requestItems.${name}.member.keys`;
  check(
    { requestItems: isArn(name) ? undefined : name, [at]: request.Keys },
    {
      requestItems: { length: [1, 255], pattern: namePattern },
      [at]: { required: true, length: [1, Number.POSITIVE_INFINITY] },
    },
  );
  // AWS formats this error differently from the other errors of BatchGetItem.
  checkValue(request.Keys, `RequestItems.${name}.member.Keys`, { length: [1, keysMax], shown: undefined });
}

function readsOf(tableName: string, request: KeysAndAttributes): Read[] {
  const wanted = projectionOf(request);
  const keys = (request.Keys ?? []).map((key) => keptItem(key));
  const texts = keys.map((key) => JSON.stringify(Object.entries(key).sort()));
  if (new Set(texts).size < texts.length) {
    throw invalid('Provided list of item keys contains duplicates');
  }
  return keys.map((key) => ({
    tableName,
    key,
    wanted,
    consistent: request.ConsistentRead === true,
  }));
}

/** Puts the reads into an arbitrary order that is the same in every run. */
function shuffled(table: DynamoTableRecord, reads: readonly Read[]): Read[] {
  const place = ({ key }: Read) => partitionOf({ S: itemId(table, key) } satisfies Value);
  return [...reads].sort((a, b) => place(a) - place(b));
}
