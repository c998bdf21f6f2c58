import type {
  ConsumedCapacity,
  ItemCollectionMetrics,
  ReturnConsumedCapacity,
} from '@aws-sdk/client-dynamodb';
import { consumed, writeCharge } from './capacity.ts';
import { pick } from './keys.ts';
import { itemShape } from './values.ts';
import type { Outcome } from './writes.ts';

/**
 * The measurements in the response to a write, on request: the consumed capacity and the size of the
 * item collection.
 */
export function writeMeasures(
  input: {
    readonly ReturnConsumedCapacity?: ReturnConsumedCapacity | undefined;
    readonly ReturnItemCollectionMetrics?: string | undefined;
  },
  { table, key, old, item }: Outcome,
): { ConsumedCapacity?: ConsumedCapacity; ItemCollectionMetrics?: ItemCollectionMetrics } {
  const [capacity] = consumed(input.ReturnConsumedCapacity, [writeCharge(table, old, item)]) ?? [];
  // Only tables with local indexes report the size, in whole GB. An emulated item collection
  // stays below 1 GB.
  const isMeasured =
    input.ReturnItemCollectionMetrics === 'SIZE' && table.indexes.some(({ scope }) => scope === 'local');
  return {
    ...(capacity === undefined ? {} : { ConsumedCapacity: capacity }),
    ...(isMeasured
      ? {
          ItemCollectionMetrics: {
            ItemCollectionKey: itemShape(pick(key, [table.keys.hash])),
            SizeEstimateRangeGB: [0, 1],
          },
        }
      : {}),
  };
}
