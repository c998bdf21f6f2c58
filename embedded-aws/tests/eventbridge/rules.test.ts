import {
  CreateEventBusCommand,
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  type PutRuleCommandInput,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { describe, expect, test } from 'vitest';
import {
  ACCOUNT,
  FAR,
  FUNCTION,
  HOME,
  MACHINE,
  OTHER,
  QUEUE,
  ROLE,
  refusal,
  simulateEvents,
} from './simulated-events.ts';

function simulate() {
  const simulated = simulateEvents();
  const { events, run } = simulated;
  const send: ReturnType<typeof events>['send'] = ((command: never) => run(events().send(command))) as never;
  const rule = (changes: Partial<PutRuleCommandInput> = {}) =>
    send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["a"]}', ...changes }));
  const target = (changes: Partial<Target> = {}) =>
    send(
      new PutTargetsCommand({ Rule: 'r', Targets: [{ Id: 't', Arn: MACHINE, RoleArn: ROLE, ...changes }] }),
    );
  return { ...simulated, send, rule, target };
}

const arn = (name: string) => `arn:aws:events:${HOME}:${ACCOUNT}:rule/${name}`;

describe('a rule', () => {
  test('is put, described, listed, replaced and deleted', async () => {
    const { send, rule, target } = simulate();
    expect(await rule({ Description: 'first', Tags: [{ Key: 'k', Value: 'v' }] })).toMatchObject({
      RuleArn: arn('r'),
    });
    expect(await send(new DescribeRuleCommand({ Name: 'r' }))).toMatchObject({
      Name: 'r',
      Arn: arn('r'),
      EventPattern: '{"source":["a"]}',
      State: 'ENABLED',
      Description: 'first',
      EventBusName: 'default',
      CreatedBy: ACCOUNT,
    });
    await target();
    await rule({ EventPattern: '{"source":["b"]}', State: 'DISABLED', Tags: [{ Key: 'z', Value: 'z' }] });
    const replaced = await send(new DescribeRuleCommand({ Name: 'r' }));
    expect(replaced).toMatchObject({ EventPattern: '{"source":["b"]}', State: 'DISABLED' });
    expect(replaced.Description).toBeUndefined();
    // The targets and the tags stay.
    expect((await send(new ListTargetsByRuleCommand({ Rule: 'r' }))).Targets).toHaveLength(1);
    expect((await send(new ListTagsForResourceCommand({ ResourceARN: arn('r') }))).Tags).toEqual([
      { Key: 'k', Value: 'v' },
    ]);
    expect(await refusal(send(new DeleteRuleCommand({ Name: 'r' })))).toMatchObject({
      code: 'ValidationException',
      message: "Rule can't be deleted since it has targets.",
    });
    await send(new RemoveTargetsCommand({ Rule: 'r', Ids: ['t', 'none'] }));
    await send(new DeleteRuleCommand({ Name: 'r' }));
    await send(new DeleteRuleCommand({ Name: 'r' }));
    expect(await refusal(send(new DescribeRuleCommand({ Name: 'r' })))).toMatchObject({
      code: 'ResourceNotFoundException',
      message: 'Rule r does not exist on EventBus default.',
    });
  });

  test('on another bus has the bus in its ARN, and is listed there', async () => {
    const { send, rule } = simulate();
    await send(new CreateEventBusCommand({ Name: 'orders' }));
    expect(await rule({ EventBusName: 'orders' })).toMatchObject({ RuleArn: arn('orders/r') });
    expect((await send(new ListRulesCommand({}))).Rules).toEqual([]);
    const { Rules } = await send(new ListRulesCommand({ EventBusName: 'orders', NamePrefix: 'r' }));
    expect(Rules).toMatchObject([{ Name: 'r', EventBusName: 'orders' }]);
    const tags = new TagResourceCommand({ ResourceARN: arn('orders/r'), Tags: [{ Key: 'a', Value: 'b' }] });
    await send(tags);
    expect((await refusal(send(new ListTagsForResourceCommand({ ResourceARN: arn('r') })))).message).toBe(
      'Rule r does not exist on EventBus default.',
    );
  });

  test('is disabled and enabled', async () => {
    const { send, rule } = simulate();
    await rule();
    const state = async () => (await send(new DescribeRuleCommand({ Name: 'r' }))).State;
    await send(new DisableRuleCommand({ Name: 'r' }));
    await send(new DisableRuleCommand({ Name: 'r' }));
    expect(await state()).toBe('DISABLED');
    await send(new EnableRuleCommand({ Name: 'r' }));
    expect(await state()).toBe('ENABLED');
    for (const Command of [EnableRuleCommand, DisableRuleCommand]) {
      expect((await refusal(send(new Command({ Name: 'none' })))).code).toBe('ResourceNotFoundException');
    }
  });

  test('lists page by page', async () => {
    const { send, rule } = simulate();
    for (const Name of ['c', 'a', 'b']) await rule({ Name });
    const first = await send(new ListRulesCommand({ Limit: 2 }));
    expect(first.Rules?.map(({ Name }) => Name)).toEqual(['a', 'b']);
    const second = await send(new ListRulesCommand({ Limit: 2, NextToken: first.NextToken }));
    expect(second.Rules?.map(({ Name }) => Name)).toEqual(['c']);
  });

  test.each<[what: string, changes: Partial<PutRuleCommandInput>, code: string, message: RegExp]>([
    [
      'without a pattern and a schedule',
      { EventPattern: undefined },
      'ValidationException',
      /^Parameter\(s\) EventPattern or ScheduleExpression must be specified\.$/,
    ],
    ['with an empty pattern', { EventPattern: '{}' }, 'ValidationException', /must be specified/],
    [
      'with a bad pattern',
      { EventPattern: '{"source":"a"}' },
      'InvalidEventPatternException',
      /"source" must be an object or an array$/,
    ],
    [
      'with a long pattern',
      { EventPattern: `{"source":["${'a'.repeat(2048)}"]}` },
      'ValidationException',
      /^Parameter EventPattern for rule r exceeds limit of 2048\.$/,
    ],
    [
      'with a very long pattern',
      { EventPattern: 'a'.repeat(4097) },
      'ValidationException',
      /at 'eventPattern'/,
    ],
    [
      'with a bad name',
      { Name: 'a b' },
      'ValidationException',
      /at 'name' failed .* pattern: \[\.\\-_A-Za-z0-9\]\+/,
    ],
    ['with a long name', { Name: 'a'.repeat(65) }, 'ValidationException', /less than or equal to 64/],
    [
      'without a name',
      { Name: undefined },
      'ValidationException',
      /Value null at 'name' .* must not be null/,
    ],
    [
      'with a bad state',
      { State: 'ON' as 'ENABLED' },
      'ValidationException',
      /enum value set: \[ENABLED, DISABLED/,
    ],
    [
      'on a missing bus',
      { EventBusName: 'none' },
      'ResourceNotFoundException',
      /^Event bus none does not exist\.$/,
    ],
    [
      'on a bus of another account',
      { EventBusName: `arn:aws:events:${HOME}:${OTHER}:event-bus/x` },
      'NotEmulated',
      /bus of another account/,
    ],
    ['for CloudTrail', { State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS' }, 'NotEmulated', /State/],
    [
      'with a bad rate',
      { ScheduleExpression: 'rate(1 minutes)' },
      'ValidationException',
      /^Parameter ScheduleExpression is not valid\.$/,
    ],
    [
      'with a bad cron',
      { ScheduleExpression: 'cron(0 1 * * * *)' },
      'ValidationException',
      /^Parameter ScheduleExpression is not valid\.$/,
    ],
    [
      'with a time',
      { ScheduleExpression: 'at(2027-01-01T00:00:00)' },
      'ValidationException',
      /is not valid\.$/,
    ],
  ])('is refused %s', async (_, changes, code, message) => {
    const { rule } = simulate();
    expect(await refusal(rule(changes))).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('is refused with a schedule on another bus than the default bus, and beyond 300 rules', async () => {
    const { send, rule } = simulate();
    await send(new CreateEventBusCommand({ Name: 'orders' }));
    expect(
      (await refusal(rule({ EventBusName: 'orders', ScheduleExpression: 'rate(1 minute)' }))).message,
    ).toBe('ScheduleExpression is supported only on the default event bus.');
    for (let number = 0; number < 300; number++) await rule({ Name: `r${number}` });
    expect((await refusal(rule({ Name: 'more' }))).code).toBe('LimitExceededException');
    await rule({ Name: 'r0', Description: 'again' });
  });
});

describe('targets', () => {
  test('are put, listed, replaced, found and removed', async () => {
    const { send, rule, target } = simulate();
    await rule();
    expect(await target()).toMatchObject({ FailedEntryCount: 0, FailedEntries: [] });
    await target({ Input: '{"a":1}', RetryPolicy: { MaximumRetryAttempts: 2 } });
    expect((await send(new ListTargetsByRuleCommand({ Rule: 'r' }))).Targets).toEqual([
      { Id: 't', Arn: MACHINE, RoleArn: ROLE, Input: '{"a":1}', RetryPolicy: { MaximumRetryAttempts: 2 } },
    ]);
    expect(await send(new ListRuleNamesByTargetCommand({ TargetArn: MACHINE }))).toMatchObject({
      RuleNames: ['r'],
    });
    await send(new RemoveTargetsCommand({ Rule: 'r', Ids: ['t'] }));
    expect(await send(new ListRuleNamesByTargetCommand({ TargetArn: MACHINE }))).toMatchObject({
      RuleNames: [],
    });
  });

  test('are limited to five per rule', async () => {
    const { rule, target } = simulate();
    await rule();
    for (const Id of ['a', 'b', 'c', 'd', 'e']) await target({ Id });
    await target({ Id: 'e' });
    expect(await refusal(target({ Id: 'f' }))).toMatchObject({
      code: 'LimitExceededException',
      message: 'The requested resource exceeds the maximum number allowed.',
    });
  });

  const bus = (region: string, account = ACCOUNT) => `arn:aws:events:${region}:${account}:event-bus/default`;

  test.each<[what: string, changes: Partial<Target>, code: string, message: string]>([
    [
      'a bad id',
      { Id: '!' },
      'ValidationException',
      "1 validation error detected: Value '!' at 'targets.1.member.id' failed to satisfy constraint: Member must satisfy regular expression pattern: [.\\-_A-Za-z0-9]+",
    ],
    [
      'a bad ARN',
      { Arn: 'x' },
      'ValidationException',
      'Parameter x is not valid. Reason: Provided Arn is not in correct format.',
    ],
    [
      'an unknown service',
      { Arn: 'arn:aws:rds:eu-west-1:999988887777:db:x' },
      'ValidationException',
      'rds is not a supported service for a target.',
    ],
    [
      'a stream',
      { Arn: 'arn:aws:kinesis:eu-west-1:999988887777:stream/x' },
      'NotEmulated',
      'eventbridge:PutTargets with kinesis:stream as a target is not emulated; see embedded-aws/docs/operations.md',
    ],
    [
      'a FIFO queue',
      { Arn: `${QUEUE}.fifo`, RoleArn: undefined },
      'NotEmulated',
      'eventbridge:PutTargets with sqs:dead-letters.fifo as a target is not emulated; see embedded-aws/docs/operations.md',
    ],
    [
      'a queue with a role',
      { Arn: QUEUE },
      'NotEmulated',
      'eventbridge:PutTargets with a role for a target of sqs is not emulated; see embedded-aws/docs/operations.md',
    ],
    [
      'a queue of another account',
      { Arn: QUEUE.replace(ACCOUNT, OTHER), RoleArn: undefined },
      'AccessDeniedException',
      `Access to the resource ${QUEUE.replace(ACCOUNT, OTHER)} is denied. Reason: Adding cross-account target is not permitted.`,
    ],
    [
      'a function without a Lambda service',
      { Arn: FUNCTION, RoleArn: undefined },
      'NotEmulated',
      'eventbridge:PutTargets with lambda:function as a target in a world without Lambda is not emulated; see embedded-aws/docs/operations.md',
    ],
    ['no role', { RoleArn: undefined }, 'ValidationException', `RoleArn is required for target ${MACHINE}.`],
    [
      'its own bus',
      { Arn: bus(HOME) },
      'ValidationException',
      `Parameter ${bus(HOME)} is not valid. Reason: The target event bus is the event bus of the rule t.`,
    ],
    [
      'a state machine of another account',
      { Arn: MACHINE.replace(ACCOUNT, OTHER) },
      'AccessDeniedException',
      `Access to the resource ${MACHINE.replace(ACCOUNT, OTHER)} is denied. Reason: Adding cross-account target is not permitted.`,
    ],
    [
      'a state machine in another region',
      { Arn: MACHINE.replace(HOME, FAR) },
      'ValidationException',
      `Parameter ${MACHINE.replace(HOME, FAR)} is not valid. Reason: Provided Arn is not in the region of the rule.`,
    ],
    [
      'two inputs',
      { Input: '{}', InputPath: '$' },
      'ValidationException',
      'Only one of Input, InputPath, or InputTransformer must be provided for target t.',
    ],
    [
      'an input that is not JSON',
      { Input: 'x' },
      'ValidationException',
      'JSON syntax error in input for target t.',
    ],
    [
      'an invalid path',
      { InputPath: "$.detail['a']" },
      'ValidationException',
      'InputPath for target t is invalid.',
    ],
    [
      'an unknown placeholder',
      { InputTransformer: { InputTemplate: '"<a>"' } },
      'ValidationException',
      'InputTemplate for target t contains invalid placeholder a.',
    ],
    [
      'JSON in a text',
      { InputTransformer: { InputTemplate: '"<aws.events.event.json>"' } },
      'ValidationException',
      'InputTemplate for target t contains placeholder aws.events.event.json valid only for JSON template.',
    ],
    [
      'a reserved variable',
      { InputTransformer: { InputPathsMap: { 'aws.events.rule-arn': '$' }, InputTemplate: '""' } },
      'ValidationException',
      "1 validation error detected: Value 'aws.events.rule-arn' at 'targets.1.member.inputTransformer.inputPathsMap' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [A-Za-z0-9\\_\\-]+]",
    ],
    [
      'an input for a bus of another account',
      { Arn: bus(HOME, OTHER), Input: '{}' },
      'ValidationException',
      'Parameter(s) Input not supported for target: t.',
    ],
    [
      'a topic as dead-letter queue',
      { DeadLetterConfig: { Arn: `arn:aws:sns:${HOME}:${ACCOUNT}:x` } },
      'ValidationException',
      'sns is not supported as a dead letter resource.',
    ],
    [
      'a FIFO dead-letter queue',
      { DeadLetterConfig: { Arn: `${QUEUE}.fifo` } },
      'ValidationException',
      'SQS FIFO is not supported by Dead Letter Queues.',
    ],
    [
      'a dead-letter queue in another region',
      { DeadLetterConfig: { Arn: QUEUE.replace(HOME, FAR) } },
      'ValidationException',
      `Parameter ${QUEUE.replace(HOME, FAR)} is not valid. Reason: Provided Arn is not in the region of the rule.`,
    ],
    [
      'too many retries',
      { RetryPolicy: { MaximumRetryAttempts: 186 } },
      'ValidationException',
      "1 validation error detected: Value '186' at 'targets.1.member.retryPolicy.maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 185",
    ],
    [
      'parameters of Batch',
      { BatchParameters: { JobDefinition: 'x', JobName: 'y' } },
      'NotEmulated',
      'eventbridge:PutTargets with the parameter Targets.BatchParameters.JobDefinition is not emulated; see embedded-aws/docs/operations.md',
    ],
  ])('are refused with %s', async (_, changes, code, message) => {
    const { rule, target } = simulate();
    await rule();
    expect(await refusal(target(changes))).toMatchObject({ code, message });
  });

  test('of a missing rule are refused', async () => {
    const { send, target } = simulate();
    const message = 'Rule r does not exist on EventBus default.';
    expect((await refusal(target())).message).toBe(message);
    expect((await refusal(send(new RemoveTargetsCommand({ Rule: 'r', Ids: ['t'] })))).message).toBe(message);
    expect((await refusal(send(new ListTargetsByRuleCommand({ Rule: 'r' })))).message).toBe(message);
    expect((await refusal(send(new PutTargetsCommand({ Rule: 'r', Targets: [] })))).message).toMatch(
      /greater than or equal to 1/,
    );
    expect((await refusal(send(new ListRuleNamesByTargetCommand({ TargetArn: undefined })))).code).toBe(
      'ValidationException',
    );
  });
});
