import type { TransactWriteItemsCommandInput } from '@aws-sdk/client-dynamodb';
import type { PutEventsCommandInput } from '@aws-sdk/client-eventbridge';
import type { Asked, Needs, Permission } from './permission.ts';

/** The permissions that the operations of the other services need (Service Authorization Reference, one page for each service). */
export const needsOfOthers: Readonly<Record<string, Readonly<Record<string, Needs>>>> = {
  dynamodb: {
    ...Object.fromEntries(
      ['GetItem', 'DeleteItem', 'UpdateItem'].map((operation) => [
        operation,
        (asked: Asked) => [onItem(`dynamodb:${operation}`, asked, asked.input, 'Key')],
      ]),
    ),
    PutItem: (asked) => [onItem('dynamodb:PutItem', asked, asked.input, 'Item')],
    Scan: (asked) => [
      { action: 'dynamodb:Scan', resource: tableArn(asked, asked.input.TableName), context: {} },
    ],
    // A transaction needs the permission for each of its parts.
    TransactWriteItems: (asked) => {
      const { TransactItems = [] } = asked.input as unknown as TransactWriteItemsCommandInput;
      return TransactItems.map(({ Put, Update, Delete, ConditionCheck }) => {
        if (Put) return onItem('dynamodb:PutItem', asked, Put, 'Item');
        if (Update) return onItem('dynamodb:UpdateItem', asked, Update, 'Key');
        if (Delete) return onItem('dynamodb:DeleteItem', asked, Delete, 'Key');
        return onItem('dynamodb:ConditionCheckItem', asked, ConditionCheck ?? {}, 'Key');
      });
    },
  },
  eventbridge: {
    PutEvents: (asked) => {
      const { Entries = [] } = asked.input as unknown as PutEventsCommandInput;
      return Entries.map(({ EventBusName = 'default', Source = '', DetailType = '' }) => ({
        action: 'events:PutEvents',
        resource: EventBusName.startsWith('arn:')
          ? EventBusName
          : `arn:aws:events:${asked.region}:${asked.account}:event-bus/${EventBusName}`,
        context: { 'events:source': [Source], 'events:detail-type': [DetailType] },
      }));
    },
  },
  kms: Object.fromEntries(
    ['DescribeKey', 'GetKeyPolicy', 'GenerateDataKeyWithoutPlaintext'].map((operation) => [
      operation,
      ({ input }: Asked) => [{ action: `kms:${operation}`, resource: String(input.KeyId), context: {} }],
    ]),
  ),
  lambda: {
    Invoke: ({ input }) => [
      { action: 'lambda:InvokeFunction', resource: String(input.FunctionName), context: {} },
    ],
  },
  sfn: {
    StartExecution: (asked) => [onStates('states:StartExecution', asked.input.stateMachineArn)],
    StopExecution: (asked) => [onStates('states:StopExecution', asked.input.executionArn)],
    DescribeExecution: (asked) => [onStates('states:DescribeExecution', asked.input.executionArn)],
    ListExecutions: (asked) => [onStates('states:ListExecutions', asked.input.stateMachineArn)],
  },
  sns: {
    Publish: ({ input }) => [{ action: 'sns:Publish', resource: String(input.TopicArn), context: {} }],
  },
  sqs: {
    SendMessage: (asked) => [
      { action: 'sqs:SendMessage', resource: queueArn(asked, String(asked.input.QueueUrl)), context: {} },
    ],
  },
  // GetCallerIdentity needs no permission.
  sts: { GetCallerIdentity: () => [] },
};

const onStates = (action: string, arn: unknown): Permission => ({
  action,
  resource: String(arn),
  context: {},
});

const tableArn = ({ region, account }: Asked, name: unknown): string => {
  const given = String(name);
  return given.startsWith('arn:') ? given : `arn:aws:dynamodb:${region}:${account}:table/${given}`;
};

/** A permission on the items of a table with one partition key. */
function onItem(
  action: string,
  asked: Asked,
  input: { TableName?: unknown; Key?: unknown; Item?: unknown },
  keyIn: 'Key' | 'Item',
): Permission {
  const resource = tableArn(asked, input.TableName);
  const key = asked.world.dynamoTables.get(resource)?.keys.hash ?? '';
  const value = (input[keyIn] as Record<string, { S?: string }> | undefined)?.[key]?.S;
  return { action, resource, context: value === undefined ? {} : { 'dynamodb:LeadingKeys': [value] } };
}

const queueArn = ({ region, account }: Asked, url: string): string =>
  url.startsWith('arn:') ? url : `arn:aws:sqs:${region}:${account}:${url.slice(url.lastIndexOf('/') + 1)}`;
