import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AwsError } from '../../src/core/errors.ts';
import { perform } from '../../src/core/operation.ts';
import { dynamodb } from '../../src/dynamodb/index.ts';
import { emptyWorld } from '../../src/new-world.ts';
import { ACCOUNT, hashTable, REGION, START } from './simulated-dynamodb.ts';

/** Leases in the style of the pipeline: conditional writes only. */
type Step =
  | { readonly does: 'claim' | 'release'; readonly lease: string; readonly holder: string }
  | { readonly does: 'renew'; readonly lease: string; readonly holder: string; readonly by: number }
  | { readonly does: 'hand over'; readonly lease: string; readonly holder: string; readonly to: string };

interface Lease {
  readonly holder: string;
  readonly renewals: number;
}

const lease = fc.constantFrom('web', 'db');
const holder = fc.constantFrom('one', 'two', 'three');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ does: fc.constantFrom('claim' as const, 'release' as const), lease, holder }),
  fc.record({ does: fc.constant('renew' as const), lease, holder, by: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ does: fc.constant('hand over' as const), lease, holder, to: lease }),
);

/** The model: returns whether the step succeeds, and applies the step. */
function expected(leases: Map<string, Lease>, taken: Step): boolean {
  const { does, lease: name, holder: who } = taken;
  const current = leases.get(name);
  if (does === 'claim') {
    if (current !== undefined) return false;
    leases.set(name, { holder: who, renewals: 0 });
    return true;
  }
  if (current?.holder !== who) return false;
  if (does === 'release') leases.delete(name);
  if (does === 'renew') leases.set(name, { ...current, renewals: current.renewals + taken.by });
  if (does === 'hand over') {
    // One transaction cannot delete and create the same item.
    if (taken.to === name || leases.has(taken.to)) return false;
    leases.delete(name);
    leases.set(taken.to, { holder: who, renewals: 0 });
  }
  return true;
}

const TableName = 'leases';
const key = (name: string) => ({ pk: { S: name } });
const heldBy = (who: string) => ({
  ConditionExpression: 'holder = :who',
  ExpressionAttributeValues: { ':who': { S: who } } as Record<string, AttributeValue>,
});
const claim = (name: string, who: string) => ({
  TableName,
  Item: { ...key(name), holder: { S: who }, renewals: { N: '0' } },
  ConditionExpression: 'attribute_not_exists(pk)',
});

function requestFor(taken: Step): [operation: string, input: Record<string, unknown>] {
  const { does, lease: name, holder: who } = taken;
  const own = { TableName, Key: key(name), ...heldBy(who) };
  switch (does) {
    case 'claim':
      return ['PutItem', claim(name, who)];
    case 'release':
      return ['DeleteItem', own];
    case 'renew':
      own.ExpressionAttributeValues[':by'] = { N: String(taken.by) };
      return ['UpdateItem', { ...own, UpdateExpression: 'SET renewals = renewals + :by' }];
    case 'hand over':
      return ['TransactWriteItems', { TransactItems: [{ Delete: own }, { Put: claim(taken.to, who) }] }];
  }
}

test('conditional writes in any order leave the same state as a simple model', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.integer(), (steps, seed) => {
      let now = START.getTime();
      const world = emptyWorld({ seed, now: () => now });
      const send = (operation: string, input: object) =>
        perform({ dynamodb }, world, {
          service: 'dynamodb',
          operation,
          input: input as Record<string, unknown>,
          account: ACCOUNT,
          region: REGION,
        });
      send('CreateTable', hashTable(TableName));
      now += 120_000;
      const leases = new Map<string, Lease>();
      for (const taken of steps) {
        now += 10;
        let succeeded = true;
        try {
          send(...requestFor(taken));
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          succeeded = false;
        }
        expect(succeeded, JSON.stringify(taken)).toBe(expected(leases, taken));
        const { Items } = send('Scan', { TableName, ConsistentRead: true }) as {
          Items: Record<string, AttributeValue>[];
        };
        const found = Items.map(({ pk, holder: who, renewals }) => [
          pk?.S,
          { holder: who?.S, renewals: Number(renewals?.N) },
        ]);
        expect(Object.fromEntries(found)).toEqual(Object.fromEntries(leases));
      }
    }),
  );
});
