import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  type ListSchedulesCommandInput,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { describe, expect, test } from 'vitest';
import {
  ACCOUNT,
  FAR,
  HOME,
  MACHINE,
  OTHER,
  QUEUE,
  ROLE,
  refusal,
  simulateEvents,
} from '../eventbridge/simulated-events.ts';

type Changes = { [K in keyof CreateScheduleCommandInput]?: CreateScheduleCommandInput[K] | undefined };
type TargetChanges = Partial<NonNullable<CreateScheduleCommandInput['Target']>>;

function simulate() {
  const simulated = simulateEvents();
  const { schedules, run } = simulated;
  const send: ReturnType<typeof schedules>['send'] = ((command: never) =>
    run(schedules().send(command))) as never;
  const input = (changes: Changes = {}): CreateScheduleCommandInput => ({
    Name: 's',
    ScheduleExpression: 'rate(1 day)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: MACHINE, RoleArn: ROLE },
    ...changes,
  });
  const create = (changes?: Changes) => send(new CreateScheduleCommand(input(changes)));
  return { ...simulated, send, input, create };
}

const arn = (name: string, group = 'default') =>
  `arn:aws:scheduler:${HOME}:${ACCOUNT}:schedule/${group}/${name}`;
const groupArn = (name: string) => `arn:aws:scheduler:${HOME}:${ACCOUNT}:schedule-group/${name}`;

describe('a schedule', () => {
  test('is created, read, listed and deleted', async () => {
    const { send, create } = simulate();
    const StartDate = new Date('2026-12-01T00:00:00Z');
    expect(await create({ StartDate, Description: 'weekly' })).toMatchObject({ ScheduleArn: arn('s') });
    const read = await send(new GetScheduleCommand({ Name: 's' }));
    const { CreationDate } = read;
    expect(read).toEqual({
      $metadata: expect.anything(),
      Arn: arn('s'),
      GroupName: 'default',
      Name: 's',
      Description: 'weekly',
      ScheduleExpression: 'rate(1 day)',
      ScheduleExpressionTimezone: 'UTC',
      StartDate,
      State: 'ENABLED',
      CreationDate: expect.any(Date),
      LastModificationDate: CreationDate,
      Target: {
        Arn: MACHINE,
        RoleArn: ROLE,
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'NONE',
    });
    expect(await send(new ListSchedulesCommand({}))).toMatchObject({
      Schedules: [
        { Arn: arn('s'), GroupName: 'default', Name: 's', State: 'ENABLED', Target: { Arn: MACHINE } },
      ],
    });
    expect(await refusal(create())).toEqual({
      code: 'ConflictException',
      message: 'Schedule s already exists.',
      status: 409,
    });
    await send(new DeleteScheduleCommand({ Name: 's' }));
    const gone = { code: 'ResourceNotFoundException', message: 'Schedule s does not exist.', status: 404 };
    expect(await refusal(send(new GetScheduleCommand({ Name: 's' })))).toEqual(gone);
    expect(await refusal(send(new DeleteScheduleCommand({ Name: 's' })))).toEqual(gone);
  });

  test('is replaced completely by an update', async () => {
    const { send, input, create, pass } = simulate();
    await create({ Description: 'first', State: 'DISABLED', ScheduleExpressionTimezone: 'Europe/Berlin' });
    await pass(60);
    await send(new UpdateScheduleCommand(input({ ScheduleExpression: 'cron(0 3 ? * SUN *)' })));
    const read = await send(new GetScheduleCommand({ Name: 's' }));
    expect(read).toMatchObject({
      ScheduleExpression: 'cron(0 3 ? * SUN *)',
      ScheduleExpressionTimezone: 'UTC',
      State: 'ENABLED',
    });
    expect(read.Description).toBeUndefined();
    expect(read.LastModificationDate?.getTime()).toBeGreaterThan(read.CreationDate?.getTime() ?? 0);
    expect((await refusal(send(new UpdateScheduleCommand(input({ Name: 'none' }))))).message).toBe(
      'Schedule none does not exist.',
    );
  });

  test('is not created twice with the same token', async () => {
    const { send, create } = simulate();
    const first = await create({ ClientToken: 'token' });
    expect((await create({ ClientToken: 'token' })).ScheduleArn).toBe(first.ScheduleArn);
    expect((await refusal(create({ ClientToken: 'token', Description: 'x' }))).code).toBe(
      'ConflictException',
    );
    expect((await refusal(create({ ClientToken: 'other' }))).code).toBe('ConflictException');
    await send(new DeleteScheduleCommand({ Name: 's', ClientToken: 'gone' }));
    await send(new DeleteScheduleCommand({ Name: 's', ClientToken: 'gone' }));
  });

  test('is found by its group, its state and the beginning of its name, page by page', async () => {
    const { send, create } = simulate();
    await send(new CreateScheduleGroupCommand({ Name: 'bakes' }));
    await create({ Name: 'a1', GroupName: 'bakes' });
    await create({ Name: 'a2', State: 'DISABLED' });
    await create({ Name: 'b1' });
    const names = async (filter: ListSchedulesCommandInput) =>
      (await send(new ListSchedulesCommand(filter))).Schedules?.map(({ Name }) => Name);
    expect(await names({ NamePrefix: 'a' })).toEqual(['a1', 'a2']);
    expect(await names({ GroupName: 'bakes' })).toEqual(['a1']);
    expect(await names({ State: 'DISABLED' })).toEqual(['a2']);
    const first = await send(new ListSchedulesCommand({ MaxResults: 2 }));
    expect(first.Schedules).toHaveLength(2);
    expect(await names({ MaxResults: 2, NextToken: first.NextToken })).toEqual(['b1']);
    expect((await refusal(send(new ListSchedulesCommand({ GroupName: 'none' })))).message).toBe(
      'Schedule group none does not exist.',
    );
    expect((await refusal(send(new ListSchedulesCommand({ NextToken: 'x' })))).code).toBe(
      'ValidationException',
    );
    expect((await refusal(send(new ListSchedulesCommand({ MaxResults: 0 })))).code).toBe(
      'ValidationException',
    );
  });

  test.each<[what: string, changes: Changes, code: string, message: RegExp]>([
    [
      'with a bad expression',
      { ScheduleExpression: 'cron(0 1 * * * *)' },
      'ValidationException',
      /^Invalid Schedule Expression cron\(0 1 \* \* \* \*\)\.$/,
    ],
    [
      'in an unknown time zone',
      { ScheduleExpressionTimezone: 'Mars/Base' },
      'ValidationException',
      /Mars\/Base/,
    ],
    [
      'with a length for a window that is off',
      { FlexibleTimeWindow: { Mode: 'OFF', MaximumWindowInMinutes: 5 } },
      'ValidationException',
      /^MaximumWindowInMinutes must not be provided when FlexibleTimeWindowMode is set to OFF\.$/,
    ],
    [
      'without the length of its window',
      { FlexibleTimeWindow: { Mode: 'FLEXIBLE' } },
      'ValidationException',
      /^MaximumWindowInMinutes must be provided when FlexibleTimeWindowMode is set to FLEXIBLE\.$/,
    ],
    [
      'with a long window',
      { FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 1441 } },
      'ValidationException',
      /'flexibleTimeWindow\.maximumWindowInMinutes' .* less than or equal to 1440/,
    ],
    [
      'that started long ago',
      { StartDate: new Date('2026-11-20T02:54:00Z') },
      'ValidationException',
      /^The StartDate you specify cannot be earlier than 5 minutes ago\.$/,
    ],
    [
      'that ends before it starts',
      { StartDate: new Date('2027-01-02'), EndDate: new Date('2027-01-01') },
      'ValidationException',
      /^The StartDate you specify must come before the EndDate\.$/,
    ],
    ['that is over', { EndDate: new Date('2026-11-19') }, 'ValidationException', /EndDate/],
    [
      'with a bad name',
      { Name: 'a b' },
      'ValidationException',
      /'a b' at 'name' .* pattern: \^\[0-9a-zA-Z-_\.\]\+\$/,
    ],
    [
      'in a missing group',
      { GroupName: 'none' },
      'ResourceNotFoundException',
      /^Schedule group none does not exist\.$/,
    ],
    [
      'with a bad state',
      { State: 'ON' as 'ENABLED' },
      'ValidationException',
      /enum value set: \[ENABLED, DISABLED\]/,
    ],
    ['without a target', { Target: undefined }, 'ValidationException', /Value null at 'target'/],
    [
      'without a window mode',
      { FlexibleTimeWindow: undefined },
      'ValidationException',
      /Value null at 'flexibleTimeWindow'/,
    ],
    ['with a key', { KmsKeyArn: 'arn:aws:kms:eu-west-1:999988887777:key/x' }, 'NotEmulated', /KmsKeyArn/],
  ])('is refused %s', async (_, changes, code, message) => {
    const { create } = simulate();
    expect(await refusal(create(changes))).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  const sdk = (api: string) => `arn:aws:scheduler:::aws-sdk:${api}`;
  const bus = `arn:aws:events:${HOME}:${ACCOUNT}:event-bus/default`;
  const parameters = { Source: 'a', DetailType: 'b' };

  test.each<[what: string, target: TargetChanges, code: string, message: RegExp]>([
    [
      'an unknown service',
      { Arn: `arn:aws:rds:${HOME}:${ACCOUNT}:db:x` },
      'ValidationException',
      /^rds is not a supported service for a target\.$/,
    ],
    [
      'Scheduler itself',
      { Arn: `arn:aws:scheduler:${HOME}:${ACCOUNT}:aws-sdk:sfn:startExecution` },
      'ValidationException',
      /^scheduler is not a supported service for a target\.$/,
    ],
    ['no ARN', { Arn: 'x' }, 'ValidationException', /not in correct format/],
    ['a function', { Arn: `arn:aws:lambda:${HOME}:${ACCOUNT}:function:x` }, 'NotEmulated', /lambda/],
    [
      'a state machine in another region',
      { Arn: MACHINE.replace(HOME, FAR) },
      'ValidationException',
      new RegExp(`^The target ARN provided does not match the current region ${HOME}\\.$`),
    ],
    [
      'a bad role',
      { RoleArn: 'role' },
      'ValidationException',
      /at 'target\.roleArn' failed to satisfy constraint: Member must satisfy regular expression pattern/,
    ],
    [
      'what reads',
      { Arn: sdk('ec2:describeInstances'), Input: '{}' },
      'ValidationException',
      /^describeInstances API is not supported\.$/,
    ],
    [
      'an operation that is not emulated',
      { Arn: sdk('ec2:createFleet'), Input: '{}' },
      'NotEmulated',
      /ec2:createFleet/,
    ],
    [
      'an operation without input',
      { Arn: sdk('sfn:startExecution') },
      'ValidationException',
      /^You must provide an input to set this target for your schedule\.$/,
    ],
    [
      'an operation with invalid input',
      { Arn: sdk('sfn:startExecution'), Input: 'x' },
      'ValidationException',
      /^JSON syntax error in input for the target\.$/,
    ],
    [
      'a state machine with too many levels of input',
      { Input: `${'['.repeat(30_000)}${']'.repeat(30_000)}` },
      'ValidationException',
      /^JSON syntax error in input for the target\.$/,
    ],
    [
      'a state machine with invalid input',
      { Input: "{ 'a': 1 }" },
      'ValidationException',
      /^JSON syntax error in input for the target\.$/,
    ],
    [
      'a state machine with a source',
      { EventBridgeParameters: parameters },
      'ValidationException',
      /^Parameters EventBridgeParameters not supported for the target\.$/,
    ],
    ['a bus without a source', { Arn: bus }, 'ValidationException', /EventBridgeParameters/],
    [
      'a bus with a source of AWS',
      { Arn: bus, EventBridgeParameters: { ...parameters, Source: 'aws.x' } },
      'ValidationException',
      /at 'target\.eventBridgeParameters\.source'/,
    ],
    [
      'a FIFO dead-letter queue',
      { DeadLetterConfig: { Arn: `${QUEUE}.fifo` } },
      'ValidationException',
      /at 'target\.deadLetterConfig\.arn'/,
    ],
    [
      'too many retries',
      { RetryPolicy: { MaximumRetryAttempts: 186 } },
      'ValidationException',
      /less than or equal to 185/,
    ],
    ['parameters of SQS', { SqsParameters: { MessageGroupId: 'x' } }, 'NotEmulated', /SqsParameters/],
  ])('is refused %s as its target', async (_, target, code, message) => {
    const { create } = simulate();
    const Target = { Arn: MACHINE, RoleArn: ROLE, ...target };
    expect(await refusal(create({ Target }))).toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test('is not visible in other accounts and regions', async () => {
    const { create, schedules, run } = simulate();
    await create();
    for (const place of [{ region: FAR }, { account: OTHER }]) {
      const { Schedules } = await run(schedules(place).send(new ListSchedulesCommand({})));
      expect(Schedules).toEqual([]);
    }
  });
});

describe('a group', () => {
  test('is created with tags, read, listed, and deleted with its schedules', async () => {
    const { send, create, pass } = simulate();
    const Tags = [{ Key: 'a', Value: '1' }];
    expect(await send(new CreateScheduleGroupCommand({ Name: 'bakes', Tags }))).toMatchObject({
      ScheduleGroupArn: groupArn('bakes'),
    });
    expect(await send(new GetScheduleGroupCommand({ Name: 'bakes' }))).toMatchObject({
      Arn: groupArn('bakes'),
      Name: 'bakes',
      State: 'ACTIVE',
    });
    const { ScheduleGroups } = await send(new ListScheduleGroupsCommand({}));
    expect(ScheduleGroups?.map(({ Name }) => Name)).toEqual(['bakes', 'default']);
    await create({ GroupName: 'bakes' });
    await send(new DeleteScheduleGroupCommand({ Name: 'bakes' }));
    expect(await send(new GetScheduleGroupCommand({ Name: 'bakes' }))).toMatchObject({ State: 'DELETING' });
    expect((await refusal(create({ GroupName: 'bakes', Name: 'late' }))).code).toBe('ConflictException');
    expect((await refusal(send(new DeleteScheduleGroupCommand({ Name: 'bakes' })))).code).toBe(
      'ConflictException',
    );
    await pass(300);
    expect(await refusal(send(new GetScheduleGroupCommand({ Name: 'bakes' })))).toEqual({
      code: 'ResourceNotFoundException',
      message: 'Schedule group bakes does not exist.',
      status: 404,
    });
    expect((await send(new ListSchedulesCommand({}))).Schedules).toEqual([]);
  });

  test('carries tags', async () => {
    const { send } = simulate();
    await send(new CreateScheduleGroupCommand({ Name: 'bakes' }));
    const ResourceArn = groupArn('bakes');
    const Tags = [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ];
    await send(new TagResourceCommand({ ResourceArn, Tags }));
    await send(new UntagResourceCommand({ ResourceArn, TagKeys: ['a', 'none'] }));
    expect(await send(new ListTagsForResourceCommand({ ResourceArn }))).toMatchObject({ Tags: [Tags[1]] });
    const refused = (ResourceArn: string) => refusal(send(new ListTagsForResourceCommand({ ResourceArn })));
    expect((await refused(groupArn('none'))).code).toBe('ResourceNotFoundException');
    expect((await refused(arn('s'))).code).toBe('ValidationException');
    const many = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: 'x' }));
    expect((await refusal(send(new TagResourceCommand({ ResourceArn, Tags: many })))).code).toBe(
      'ServiceQuotaExceededException',
    );
  });

  test('is refused with an existing name or the name default, and beyond 500', async () => {
    const { send } = simulate();
    await send(new CreateScheduleGroupCommand({ Name: 'g', ClientToken: 't' }));
    await send(new CreateScheduleGroupCommand({ Name: 'g', ClientToken: 't' }));
    for (const Name of ['g', 'default']) {
      expect(await refusal(send(new CreateScheduleGroupCommand({ Name })))).toMatchObject({
        code: 'ConflictException',
        message: `Schedule group ${Name} already exists.`,
      });
    }
    expect((await refusal(send(new DeleteScheduleGroupCommand({ Name: 'default' })))).code).toBe(
      'ValidationException',
    );
    expect((await refusal(send(new DeleteScheduleGroupCommand({ Name: 'none' })))).code).toBe(
      'ResourceNotFoundException',
    );
    for (let number = 1; number < 500; number++)
      await send(new CreateScheduleGroupCommand({ Name: `g${number}` }));
    expect((await refusal(send(new CreateScheduleGroupCommand({ Name: 'more' })))).code).toBe(
      'ServiceQuotaExceededException',
    );
  });
});
