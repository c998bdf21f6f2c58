import { createHash } from 'node:crypto';
import type {
  TransactWriteItem,
  TransactWriteItemsCommandInput,
  TransactWriteItemsCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { AwsError } from '../core/errors.ts';
import type { Call, Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { consumed, writeCharge } from './capacity.ts';
import { capacities } from './parameters.ts';
import { EmptyKey, invalid } from './refusals.ts';
import { activeTable, tableNameConstraint } from './tables.ts';
import { actionsMax, attempt, checkDistinctItems, resultsOf, transactionBytesMax } from './transactions.ts';
import { itemBytes } from './values.ts';
import { checkedKey, outcomeOf, putOf, settleOutcome, type Write, writeByKey } from './writes.ts';

/** How long DynamoDB remembers a client token (DynamoDB API reference, TransactWriteItems). */
const tokenMs = 10 * 60_000;

/**
 * All writes take effect at the same point in time, or none does. Every condition is checked
 * against the items before the transaction.
 */
export const transactWriteItems: Operation<TransactWriteItemsCommandInput, TransactWriteItemsCommandOutput> =
  {
    kind: 'write',
    accepts: [
      'ClientRequestToken',
      'ReturnConsumedCapacity',
      'TransactItems.Put.Item.*',
      'TransactItems.Update.UpdateExpression',
      ...['Update', 'Delete', 'ConditionCheck'].map((action) => `TransactItems.${action}.Key.*`),
      ...['Put', 'Update', 'Delete', 'ConditionCheck'].flatMap((action) =>
        [
          'ConditionExpression',
          'ExpressionAttributeNames.*',
          'ExpressionAttributeValues.*',
          'ReturnValuesOnConditionCheckFailure',
          'TableName',
        ].map((parameter) => `TransactItems.${action}.${parameter}`),
      ),
    ],
    run(input, call) {
      const { TransactItems = [], ReturnConsumedCapacity, ClientRequestToken } = input;
      check(
        { TransactItems, ClientRequestToken, ReturnConsumedCapacity },
        {
          TransactItems: { length: [1, actionsMax] },
          ClientRequestToken: { length: [1, 36] },
          ReturnConsumedCapacity: { oneOf: capacities },
        },
      );
      const writes = TransactItems.map(writeOf);
      const token = tokenOf(call, input);
      if (token?.isRepeated) {
        // A repeated transaction writes nothing and is charged for reads.
        return {};
      }
      const targets = writes.map((write) => ({ write, table: activeTable(call, write.tableName) }));
      const keyed = targets.map(({ write, table }) =>
        attempt(() => ({ write, table, key: checkedKey(write, table) }), {
          whole: (error) => error instanceof EmptyKey,
        }),
      );
      checkDistinctItems(keyed.flatMap((each) => ('result' in each ? [each.result] : [])));
      const outcomes = resultsOf(
        keyed.map((each) => {
          if ('reason' in each) return each;
          const { write, table, key } = each.result;
          return attempt(() => ({ ...outcomeOf(call, write, table, key), kind: write.kind }));
        }),
      );
      const bytes = outcomes.reduce((sum, { item, old }) => {
        const subject = item ?? old;
        return sum + (subject === undefined ? 0 : itemBytes(subject));
      }, 0);
      if (bytes > transactionBytesMax) {
        throw invalid('Collection size exceeded: a transaction can hold 4 MB');
      }
      for (const outcome of outcomes) {
        if (outcome.kind !== 'check') settleOutcome(call, outcome);
      }
      token?.remember();
      const ConsumedCapacity = consumed(
        ReturnConsumedCapacity,
        outcomes.map(({ table, old, item }) => writeCharge(table, old, item, 2)),
        'write',
      );
      return ConsumedCapacity === undefined ? {} : { ConsumedCapacity };
    },
  };

function writeOf({ Put, Update, Delete, ConditionCheck, ...rest }: TransactWriteItem, index: number): Write {
  const actions = Object.entries({ Put, Update, Delete, ConditionCheck, ...rest }).filter(
    ([, action]) => action !== undefined,
  );
  const [[name, action] = []] = actions;
  if (name === undefined || action === undefined || actions.length > 1) {
    throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
  }
  const at = `transactItems.${index + 1}.member.${name[0]?.toLowerCase()}${name.slice(1)}`;
  check(
    action,
    {
      TableName: tableNameConstraint(action.TableName),
      ...(Put === undefined ? { Key: { required: true } } : { Item: { required: true } }),
      ...(Update === undefined ? {} : { UpdateExpression: { required: true } }),
      ...(ConditionCheck === undefined ? {} : { ConditionExpression: { required: true } }),
      ReturnValuesOnConditionCheckFailure: { oneOf: ['ALL_OLD', 'NONE'] },
    },
    { at },
  );
  if (Put !== undefined) return putOf(Put);
  if (Update !== undefined) return writeByKey('update', Update);
  if (Delete !== undefined) return writeByKey('delete', Delete);
  return writeByKey('check', ConditionCheck ?? {});
}

/** A transaction that is repeated with its token within ten minutes has no further effect. */
function tokenOf(
  { world, account, region, now }: Call,
  { ClientRequestToken: token, TransactItems }: TransactWriteItemsCommandInput,
): { isRepeated: boolean; remember: () => void } | undefined {
  if (token === undefined) return undefined;
  const key = ['dynamodb', 'TransactWriteItems', account, region, token].join('/');
  const asked = createHash('sha256')
    .update(JSON.stringify(TransactItems, (_name, value: unknown) => sortedMembers(value)))
    .digest('hex');
  const known = world.clientTokens.get(key);
  const isRepeated = known !== undefined && now < Number(known.id) + tokenMs;
  if (isRepeated && known.asked !== asked) {
    throw new AwsError('IdempotentParameterMismatchException', '');
  }
  return {
    isRepeated,
    remember: () => {
      // The stored id of a token is the time of its first use.
      world.clientTokens.set(key, { asked, id: String(now) });
    },
  };
}

/** Sorts members, because the order of the members of a structure makes no difference. */
function sortedMembers(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
