import type {
  ConsumedCapacity,
  ItemCollectionMetrics,
  ReturnConsumedCapacity,
} from '@aws-sdk/client-dynamodb';
import { consumed, writeCharge } from './capacity.ts';
import { pick } from './keys.ts';
import { itemShape } from './values.ts';
import type { Outcome } from './writes.ts';

/** What the answer to a write tells on request: the capacity that it took, and how large the items of its partition are together. */
export function writeMeasures(
  input: {
    readonly ReturnConsumedCapacity?: ReturnConsumedCapacity | undefined;
    readonly ReturnItemCollectionMetrics?: string | undefined;
  },
  { table, key, old, item }: Outcome,
): { ConsumedCapacity?: ConsumedCapacity; ItemCollectionMetrics?: ItemCollectionMetrics } {
  const [capacity] = consumed(input.ReturnConsumedCapacity, [writeCharge(table, old, item)]) ?? [];
  // Only tables with local indexes measure their partitions, in whole GB; those of an emulation never hold one.
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
