import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DescribeEventBusCommand,
  ListEventBusesCommand,
  ListTagsForResourceCommand,
  PutPermissionCommand,
  PutRuleCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-eventbridge';
import { describe, expect, test } from 'vitest';
import { ACCOUNT, FAR, HOME, OTHER, refusal, simulateEvents } from './simulated-events.ts';

const arn = (name: string) => `arn:aws:events:${HOME}:${ACCOUNT}:event-bus/${name}`;

function simulate() {
  const simulated = simulateEvents();
  const { events, run } = simulated;
  const send: ReturnType<typeof events>['send'] = ((command: never) => run(events().send(command))) as never;
  return { ...simulated, send };
}

describe('a bus', () => {
  test('is created, described, listed, and deleted', async () => {
    const { send, events, run } = simulate();
    const made = await send(new CreateEventBusCommand({ Name: 'orders', Description: 'of shops' }));
    expect(made).toMatchObject({ EventBusArn: arn('orders'), Description: 'of shops' });
    const described = await send(new DescribeEventBusCommand({ Name: arn('orders') }));
    expect(described).toMatchObject({ Name: 'orders', Arn: arn('orders'), Description: 'of shops' });
    expect(described.CreationTime).toEqual(described.LastModifiedTime);
    expect(described.Policy).toBeUndefined();
    const { EventBuses } = await send(new ListEventBusesCommand({}));
    expect(EventBuses?.map(({ Name }) => Name)).toEqual(['default', 'orders']);
    expect(await send(new ListEventBusesCommand({ NamePrefix: 'or' }))).toMatchObject({
      EventBuses: [{ Name: 'orders' }],
    });
    // Buses of other accounts and regions are not listed.
    const { EventBuses: far } = await run(events({ region: FAR }).send(new ListEventBusesCommand({})));
    expect(far).toHaveLength(1);
    await send(new DeleteEventBusCommand({ Name: 'orders' }));
    expect(await refusal(send(new DescribeEventBusCommand({ Name: 'orders' })))).toEqual({
      code: 'ResourceNotFoundException',
      message: 'Event bus orders does not exist.',
      status: 400,
    });
  });

  test('default exists without being created', async () => {
    const { send } = simulate();
    expect(await send(new DescribeEventBusCommand({}))).toMatchObject({
      Name: 'default',
      Arn: arn('default'),
    });
  });

  test('lists page by page', async () => {
    const { send } = simulate();
    for (const Name of ['a', 'b', 'c']) await send(new CreateEventBusCommand({ Name }));
    const first = await send(new ListEventBusesCommand({ Limit: 3 }));
    expect(first.EventBuses).toHaveLength(3);
    const second = await send(new ListEventBusesCommand({ Limit: 3, NextToken: first.NextToken }));
    expect(second.EventBuses?.map(({ Name }) => Name)).toEqual(['default']);
    expect(second.NextToken).toBeUndefined();
    expect((await refusal(send(new ListEventBusesCommand({ NextToken: 'x' })))).code).toBe(
      'ValidationException',
    );
    expect((await refusal(send(new ListEventBusesCommand({ Limit: 101 })))).message).toBe(
      "1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100",
    );
  });

  test.each([
    ['default', 'ResourceAlreadyExistsException', 'Event bus default already exists.'],
    ['there', 'ResourceAlreadyExistsException', 'Event bus there already exists.'],
    ['a/b', 'ValidationException', "Event bus name must not contain '/'."],
    [
      'a b',
      'ValidationException',
      "1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [/.\\-_A-Za-z0-9]+",
    ],
  ])('is refused the name %s', async (Name, code, message) => {
    const { send } = simulate();
    await send(new CreateEventBusCommand({ Name: 'there' }));
    expect(await refusal(send(new CreateEventBusCommand({ Name })))).toMatchObject({ code, message });
  });

  test('is refused beyond a hundred and with a key, and is not deleted while it has rules', async () => {
    const { send } = simulate();
    expect(
      await refusal(send(new CreateEventBusCommand({ Name: 'k', KmsKeyIdentifier: 'alias/k' }))),
    ).toMatchObject({ code: 'NotEmulated', status: 501 });
    for (let number = 0; number < 100; number++)
      await send(new CreateEventBusCommand({ Name: `bus-${number}` }));
    expect(await refusal(send(new CreateEventBusCommand({ Name: 'more' })))).toMatchObject({
      code: 'LimitExceededException',
      message: 'The requested resource exceeds the maximum number allowed.',
    });
    await send(new PutRuleCommand({ Name: 'r', EventBusName: 'bus-0', EventPattern: '{"source":["a"]}' }));
    expect((await refusal(send(new DeleteEventBusCommand({ Name: 'bus-0' })))).code).toBe(
      'ValidationException',
    );
    expect((await refusal(send(new DeleteEventBusCommand({ Name: 'default' })))).message).toBe(
      'Cannot delete event bus default.',
    );
  });

  test('carries tags', async () => {
    const { send } = simulate();
    await send(new CreateEventBusCommand({ Name: 'orders', Tags: [{ Key: 'a', Value: '1' }] }));
    const ResourceARN = arn('orders');
    await send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: 'b', Value: '2' }] }));
    await send(new UntagResourceCommand({ ResourceARN, TagKeys: ['a', 'z'] }));
    expect(await send(new ListTagsForResourceCommand({ ResourceARN }))).toMatchObject({
      Tags: [{ Key: 'b', Value: '2' }],
    });
    const refused = (ResourceARN: string) => refusal(send(new ListTagsForResourceCommand({ ResourceARN })));
    expect((await refused(arn('none'))).message).toBe('Event bus none does not exist.');
    expect((await refused('nonsense')).code).toBe('ValidationException');
    const many = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: '' }));
    expect((await refusal(send(new TagResourceCommand({ ResourceARN, Tags: many })))).code).toBe(
      'LimitExceededException',
    );
    const reserved = [{ Key: 'aws:x', Value: '' }];
    expect((await refusal(send(new TagResourceCommand({ ResourceARN, Tags: reserved })))).code).toBe(
      'ValidationException',
    );
  });
});

describe('permissions of a bus', () => {
  const permit = (changes: object = {}) =>
    new PutPermissionCommand({
      Action: 'events:PutEvents',
      Principal: OTHER,
      StatementId: 'other',
      ...changes,
    });

  test('are statements that are added, replaced and removed', async () => {
    const { send } = simulate();
    await send(permit());
    await send(permit({ StatementId: 'all', Principal: '*' }));
    await send(permit());
    const { Policy = '' } = await send(new DescribeEventBusCommand({}));
    const common = { Effect: 'Allow', Action: 'events:PutEvents', Resource: arn('default') };
    expect(JSON.parse(Policy)).toEqual({
      Version: '2012-10-17',
      Statement: [
        { Sid: 'all', Principal: '*', ...common },
        { Sid: 'other', Principal: { AWS: `arn:aws:iam::${OTHER}:root` }, ...common },
      ],
    });
    await send(new RemovePermissionCommand({ StatementId: 'all' }));
    await send(new RemovePermissionCommand({ StatementId: 'other' }));
    expect((await send(new DescribeEventBusCommand({}))).Policy).toBeUndefined();
    await send(permit());
    await send(new RemovePermissionCommand({ RemoveAllPermissions: true }));
    expect((await send(new DescribeEventBusCommand({}))).Policy).toBeUndefined();
  });

  test.each([
    ['without a principal', permit({ Principal: undefined }), 'ValidationException'],
    ['of another action', permit({ Action: 'events:PutRule' }), 'ValidationException'],
    ['of no action', permit({ Action: 'sqs:SendMessage' }), 'ValidationException'],
    ['on a missing bus', permit({ EventBusName: 'none' }), 'ResourceNotFoundException'],
    ['with a policy as well', permit({ Policy: '{}' }), 'ValidationException'],
    ['of nonsense', new PutPermissionCommand({ Policy: 'nonsense' }), 'ValidationException'],
    [
      'with too many levels',
      new PutPermissionCommand({
        Policy: `{"Version":"2012-10-17","Statement":[],"Id":${'['.repeat(4000)}${']'.repeat(4000)}}`,
      }),
      'ValidationException',
    ],
    [
      'that is too long',
      new PutPermissionCommand({
        Policy: JSON.stringify({
          Statement: { Sid: 'x'.repeat(10_240), Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' },
        }),
      }),
      'PolicyLengthExceededException',
    ],
    [
      'with a condition',
      new PutPermissionCommand({
        Policy: JSON.stringify({
          Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*', Condition: {} }],
        }),
      }),
      'NotEmulated',
    ],
  ])('are refused %s', async (_, command, code) => {
    const { send } = simulate();
    expect((await refusal(send(command))).code).toBe(code);
  });

  test('that are missing cannot be removed', async () => {
    const { send } = simulate();
    expect(await refusal(send(new RemovePermissionCommand({ StatementId: 'x' })))).toMatchObject({
      code: 'ResourceNotFoundException',
      message: 'Statement with the provided id does not exist.',
    });
    expect((await refusal(send(new RemovePermissionCommand({})))).code).toBe('ValidationException');
  });
});
