import type { TransactWriteItemsCommandInput } from '@aws-sdk/client-dynamodb';
import type { PutEventsCommandInput } from '@aws-sdk/client-eventbridge';
import type { CheckedCall, Needs, Permission } from './permission.ts';

/** The permissions that the operations of the other services need (Service Authorization Reference, one page for each service). */
export const needsOfOthers: Readonly<Record<string, Readonly<Record<string, Needs>>>> = {
  'auto scaling': {
    DescribeInstanceRefreshes: () => [
      { action: 'autoscaling:DescribeInstanceRefreshes', resource: '*', context: {} },
    ],
    StartInstanceRefresh: ({ world, account, region, input }) =>
      world.autoScalingGroups
        .all()
        .filter((one) => one.account === account && one.region === region)
        .filter(({ name }) => name === input.AutoScalingGroupName)
        .map(({ id }) => ({ action: 'autoscaling:StartInstanceRefresh', resource: id, context: {} })),
  },
  dynamodb: {
    ...Object.fromEntries(
      ['GetItem', 'DeleteItem', 'UpdateItem'].map((operation) => [
        operation,
        (call: CheckedCall) => [onItem(`dynamodb:${operation}`, call, call.input, 'Key')],
      ]),
    ),
    PutItem: (call) => [onItem('dynamodb:PutItem', call, call.input, 'Item')],
    Scan: (call) => [
      { action: 'dynamodb:Scan', resource: tableArn(call, call.input.TableName), context: {} },
    ],
    // A transaction needs the permission for each of its parts.
    TransactWriteItems: (call) => {
      const { TransactItems = [] } = call.input as unknown as TransactWriteItemsCommandInput;
      return TransactItems.map(({ Put, Update, Delete, ConditionCheck }) => {
        if (Put) return onItem('dynamodb:PutItem', call, Put, 'Item');
        if (Update) return onItem('dynamodb:UpdateItem', call, Update, 'Key');
        if (Delete) return onItem('dynamodb:DeleteItem', call, Delete, 'Key');
        return onItem('dynamodb:ConditionCheckItem', call, ConditionCheck ?? {}, 'Key');
      });
    },
  },
  eventbridge: {
    PutEvents: (call) => {
      const { Entries = [] } = call.input as unknown as PutEventsCommandInput;
      return Entries.map(({ EventBusName = 'default', Source = '', DetailType = '' }) => ({
        action: 'events:PutEvents',
        resource: EventBusName.startsWith('arn:')
          ? EventBusName
          : `arn:aws:events:${call.region}:${call.account}:event-bus/${EventBusName}`,
        context: { 'events:source': [Source], 'events:detail-type': [DetailType] },
      }));
    },
  },
  // Inspector's read actions support no resources.
  inspector2: Object.fromEntries(
    ['BatchGetAccountStatus', 'ListCoverage', 'ListFindings'].map((operation) => [
      operation,
      () => [{ action: `inspector2:${operation}`, resource: '*', context: {} }],
    ]),
  ),
  kms: Object.fromEntries(
    ['DescribeKey', 'GetKeyPolicy', 'GenerateDataKeyWithoutPlaintext'].map((operation) => [
      operation,
      (call: CheckedCall) =>
        keyArns(call).map((resource) => ({ action: `kms:${operation}`, resource, context: {} })),
    ]),
  ),
  lambda: {
    Invoke: ({ input }) => [
      { action: 'lambda:InvokeFunction', resource: String(input.FunctionName), context: {} },
    ],
  },
  sfn: {
    StartExecution: (call) => [onStates('states:StartExecution', call.input.stateMachineArn)],
    StopExecution: (call) => [onStates('states:StopExecution', call.input.executionArn)],
    DescribeExecution: (call) => [onStates('states:DescribeExecution', call.input.executionArn)],
    ListExecutions: (call) => [onStates('states:ListExecutions', call.input.stateMachineArn)],
  },
  sns: {
    Publish: ({ input }) => [{ action: 'sns:Publish', resource: String(input.TopicArn), context: {} }],
  },
  sqs: {
    SendMessage: (call) => [
      { action: 'sqs:SendMessage', resource: queueArn(call, String(call.input.QueueUrl)), context: {} },
    ],
  },
  // GetCallerIdentity needs no permission.
  sts: {
    GetCallerIdentity: () => [],
    AssumeRole: ({ input }) => [{ action: 'sts:AssumeRole', resource: String(input.RoleArn), context: {} }],
  },
};

/**
 * The key of a call. KMS checks the permissions on the key, also if the call names an alias (KMS developer guide, "Aliases"). An alias of the
 * account that does not exist is not found, also without permissions: CloudFormation relies on this
 * (aws-cloudformation/aws-cloudformation-resource-providers-kms 60).
 */
function keyArns({ world, account, region, input }: CheckedCall): string[] {
  const given = String(input.KeyId);
  if (!given.includes('alias/')) return [given];
  const arn = given.startsWith('arn:') ? given : `arn:aws:kms:${region}:${account}:${given}`;
  const key = world.keys.get(world.keyAliases.get(arn)?.keyId ?? '');
  if (key !== undefined) return [key.arn];
  return arn.includes(`:${account}:`) ? [] : [arn];
}

const onStates = (action: string, arn: unknown): Permission => ({
  action,
  resource: String(arn),
  context: {},
});

const tableArn = ({ region, account }: CheckedCall, name: unknown): string => {
  const given = String(name);
  return given.startsWith('arn:') ? given : `arn:aws:dynamodb:${region}:${account}:table/${given}`;
};

/** A permission on the items of a table with one partition key. */
function onItem(
  action: string,
  call: CheckedCall,
  input: { TableName?: unknown; Key?: unknown; Item?: unknown },
  keyIn: 'Key' | 'Item',
): Permission {
  const resource = tableArn(call, input.TableName);
  const key = call.world.dynamoTables.get(resource)?.keys.hash ?? '';
  const value = (input[keyIn] as Record<string, { S?: string }> | undefined)?.[key]?.S;
  return { action, resource, context: value === undefined ? {} : { 'dynamodb:LeadingKeys': [value] } };
}

const queueArn = ({ region, account }: CheckedCall, url: string): string =>
  url.startsWith('arn:') ? url : `arn:aws:sqs:${region}:${account}:${url.slice(url.lastIndexOf('/') + 1)}`;
