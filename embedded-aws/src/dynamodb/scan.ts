import type { ScanCommandInput, ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { compareItems, partitionOf } from './keys.ts';
import type { Item, Value } from './records.ts';
import { invalid } from './refusals.ts';
import {
  checkExpressions,
  entriesIn,
  expressionsOf,
  pageOf,
  type Source,
  selectionConstraints,
  selectionParameters,
  sourceOf,
  startKeyOf,
} from './selection.ts';
import { activeTable, checkTableName } from './tables.ts';

const segmentsMax = 1_000_000;

/**
 * Returns all items in the order of their partitions. A segment covers a part of the partitions.
 */
export const scan: Operation<ScanCommandInput, ScanCommandOutput> = {
  kind: 'read',
  accepts: [...selectionParameters, 'Segment', 'TotalSegments'],
  run(input, call) {
    checkTableName(input.TableName);
    check(input, {
      ...selectionConstraints,
      TotalSegments: { range: [1, segmentsMax] },
      Segment: { range: [0, segmentsMax - 1] },
      Limit: { range: [1, Number.POSITIVE_INFINITY] },
    });
    checkSegments(input);
    const expressions = expressionsOf(input, ['ProjectionExpression', 'FilterExpression']);
    const source = sourceOf(activeTable(call, input.TableName ?? ''), input);
    const start = startKeyOf(source, input.ExclusiveStartKey, {
      mismatch:
        source.index === undefined
          ? 'The provided starting key is invalid: The provided key element does not match the schema'
          : 'The provided starting key is invalid',
    });
    checkExpressions(source, expressions);

    const { Segment: segment = 0, TotalSegments: total = 1 } = input;
    const isInSegment = (partition: number) => Math.floor((partition / 0x1_0000_0000) * total) === segment;
    if (start !== undefined && !isInSegment(partitionIn(source, start))) {
      throw invalid(
        `The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: ${total} Segment: ${segment}`,
      );
    }
    const entries = entriesIn(call, source, input.ConsistentRead)
      .map((entry) => ({ ...entry, partition: partitionIn(source, entry.item) }))
      .filter(({ item, partition }) => {
        return isInSegment(partition) && (start === undefined || order(source, item, start) > 0);
      })
      .sort((a, b) => a.partition - b.partition || order(source, a.item, b.item));
    return pageOf(source, entries, input, expressions);
  },
};

function checkSegments({ Segment, TotalSegments }: ScanCommandInput): void {
  if (Segment !== undefined && TotalSegments === undefined) {
    throw invalid(
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    );
  }
  if (TotalSegments === undefined) return;
  if (Segment === undefined) {
    throw invalid(
      'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
    );
  }
  if (Segment >= TotalSegments) {
    throw invalid(
      `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${Segment} is not less than TotalSegments: ${TotalSegments}`,
    );
  }
}

const partitionIn = ({ keys }: Source, item: Item) => partitionOf(item[keys.hash] as Value);

/**
 * By partition. Two keys may share a partition, so items in the same partition are ordered by key.
 */
function order({ table, keys }: Source, a: Item, b: Item): number {
  const [left, right] = [a[keys.hash] as Value, b[keys.hash] as Value];
  const [first, second] = [JSON.stringify(left), JSON.stringify(right)];
  if (first === second) return compareItems(table, keys, a, b);
  return partitionOf(left) - partitionOf(right) || (first < second ? -1 : 1);
}
