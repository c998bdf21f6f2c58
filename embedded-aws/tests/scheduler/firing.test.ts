import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../src/core/faults.ts';
import {
  ACCOUNT,
  HOME,
  MACHINE,
  QUEUE,
  ROLE,
  refusal,
  START,
  simulateEvents,
} from '../eventbridge/simulated-events.ts';

type Changes = Partial<CreateScheduleCommandInput>;
type TargetChanges = Partial<NonNullable<CreateScheduleCommandInput['Target']>>;

function simulate(options: { faults?: Fault[]; start?: Date } = {}) {
  const simulated = simulateEvents(options);
  const { schedules, run, started } = simulated;
  const input = (changes: Changes = {}, target: TargetChanges = {}): CreateScheduleCommandInput => ({
    Name: 's',
    ScheduleExpression: 'rate(1 hour)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: MACHINE, RoleArn: ROLE, Input: '{}', ...target },
    ...changes,
  });
  const create = (changes?: Changes, target?: TargetChanges) =>
    run(schedules().send(new CreateScheduleCommand(input(changes, target))));
  const update = (changes?: Changes, target?: TargetChanges) =>
    run(schedules().send(new UpdateScheduleCommand(input(changes, target))));
  /** Seconds from the start of the simulation. */
  const seconds = () => started.map(({ at }) => (at - START.getTime()) / 1000);
  return { ...simulated, create, update, seconds };
}

const arn = `arn:aws:scheduler:${HOME}:${ACCOUNT}:schedule/default/s`;

describe('a schedule fires', () => {
  test('for three weeks, across the end of daylight saving, without any calls', async () => {
    const { create, pass, started } = simulate({ start: new Date('2026-10-15T00:00:00Z') });
    const zone = { ScheduleExpressionTimezone: 'Europe/Berlin' };
    await create(
      { ...zone, Name: 'weekly', ScheduleExpression: 'cron(30 2 ? * SUN *)' },
      { Input: '"weekly"' },
    );
    await create({ ...zone, Name: 'daily', ScheduleExpression: 'cron(0 9 * * ? *)' }, { Input: '"daily"' });
    await pass(21 * 86_400);
    const minutes = (which: string) =>
      started
        .filter(({ input }) => input === which)
        // Within the minute.
        .map(({ at }) => new Date(Math.floor(at / 60_000) * 60_000).toISOString().slice(5, 16));
    // The clock shows 02:30 twice on 25 October, and the first time counts.
    expect(minutes('weekly')).toEqual(['10-18T00:30', '10-25T00:30', '11-01T01:30']);
    const daily = minutes('daily');
    expect(daily).toHaveLength(21);
    expect(daily.slice(0, 10).every((time) => time.endsWith('T07:00'))).toBe(true);
    expect(daily.slice(10).every((time) => time.endsWith('T08:00'))).toBe(true);
  });

  test('but not on the day on which the clock skips its time', async () => {
    const { create, pass, started } = simulate({ start: new Date('2027-03-26T12:00:00Z') });
    await create({ ScheduleExpression: 'cron(30 2 * * ? *)', ScheduleExpressionTimezone: 'Europe/Berlin' });
    await pass(4 * 86_400);
    expect(started.map(({ at }) => new Date(at).toISOString().slice(0, 16))).toEqual([
      '2027-03-27T01:30',
      '2027-03-29T00:30',
      '2027-03-30T00:30',
    ]);
  });

  test('at a rate: immediately or at its start, until its end', async () => {
    const { create, pass, seconds } = simulate();
    await create({ EndDate: new Date(START.getTime() + 2.5 * 3_600_000) });
    await pass(6 * 3600);
    expect(seconds().map((second) => Math.floor(second / 3600))).toEqual([0, 1, 2]);
    await create({ Name: 'later', StartDate: new Date('2026-11-20T12:00:00Z') });
    await pass(4.5 * 3600);
    const later = seconds().slice(3);
    expect(later.map((second) => Math.floor(second / 3600))).toEqual([9, 10]);
  });

  test('once', async () => {
    const { create, pass, started, schedules, run } = simulate();
    await create({
      ScheduleExpression: 'at(2026-11-20T05:00:00)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
    });
    await create({ Name: 'past', ScheduleExpression: 'at(2026-11-19T05:00:00)' });
    await pass(86_400);
    expect(started).toHaveLength(1);
    expect(new Date(started[0]?.at ?? 0).toISOString().slice(0, 16)).toBe('2026-11-20T04:00');
    // The schedule stays, and counts against the quota.
    expect(await run(schedules().send(new GetScheduleCommand({ Name: 's' })))).toMatchObject({
      State: 'ENABLED',
    });
  });

  test('once, even if the time is further away than a timer supports', async () => {
    const { create, pass, started } = simulate();
    await create({ ScheduleExpression: 'at(2027-03-01T00:00:00)' });
    await pass(120 * 86_400);
    expect(started.map(({ at }) => new Date(at).toISOString().slice(0, 16))).toEqual(['2027-03-01T00:00']);
  });

  test('somewhere in its window', async () => {
    const { create, pass, seconds } = simulate();
    await create({ FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 30 } });
    await pass(40 * 3600);
    const late = seconds().map((second) => second % 3600);
    expect(Math.max(...late)).toBeGreaterThan(20 * 60);
    expect(Math.min(...late)).toBeLessThan(10 * 60);
    expect(late.every((second) => second < 31 * 60)).toBe(true);
  });

  test('sometimes twice, and never less than once', async () => {
    const { create, pass, started, world } = simulate();
    await create({ ScheduleExpression: 'rate(1 minute)' }, { Input: '"<aws.scheduler.scheduled-time>"' });
    await pass(1500 * 60);
    const times = new Set(started.map(({ input }) => input));
    expect(times.size).toBeGreaterThanOrEqual(1499);
    expect(started.length).toBeGreaterThan(times.size);
    expect(started.length - times.size).toBeLessThan(20);
    expect(world.invocations.all().length).toBeLessThan(3);
  });

  test('not at its old times after it is disabled, deleted or changed', async () => {
    const { create, update, pass, started, schedules, run } = simulate();
    await create({ ScheduleExpression: 'cron(0 4 * * ? *)' });
    await update({ ScheduleExpression: 'cron(0 5 * * ? *)' });
    await pass(1.5 * 3600);
    expect(started).toEqual([]);
    await update({ ScheduleExpression: 'cron(0 5 * * ? *)', State: 'DISABLED' });
    await pass(86_400);
    expect(started).toEqual([]);
    await update({ ScheduleExpression: 'cron(0 5 * * ? *)' });
    await pass(86_400);
    expect(started).toHaveLength(1);
    await run(schedules().send(new DeleteScheduleCommand({ Name: 's' })));
    await pass(86_400);
    expect(started).toHaveLength(1);
  });

  test('at its old rate after another part of it changes', async () => {
    const { create, update, pass, started } = simulate();
    await create();
    await pass(1800);
    expect(started).toHaveLength(1);
    await update({ Description: 'changed' });
    await pass(1700);
    expect(started).toHaveLength(1);
    await pass(300);
    expect(started).toHaveLength(2);
  });

  test.each([
    ['once', { ScheduleExpression: 'at(2026-11-20T05:00:00)' }, 1],
    ['until its end', { EndDate: new Date('2026-11-20T05:30:00Z') }, 3],
  ])('%s, and is deleted after the last time if requested', async (_, changes, times) => {
    const { create, pass, started, schedules, run } = simulate();
    await create({ ...changes, ActionAfterCompletion: 'DELETE' });
    await pass(3600);
    await run(schedules().send(new GetScheduleCommand({ Name: 's' })));
    await pass(4 * 3600);
    expect(started).toHaveLength(times);
    const gone = run(schedules().send(new GetScheduleCommand({ Name: 's' })));
    expect((await refusal(gone)).code).toBe('ResourceNotFoundException');
  });
});

describe('a target receives', () => {
  const at = { ScheduleExpression: 'at(2026-11-20T04:00:00)' };
  const bus = `arn:aws:events:${HOME}:${ACCOUNT}:event-bus/default`;

  test('its input with context attributes', async () => {
    const { create, pass, started } = simulate();
    const Input =
      '{"arn":"<aws.scheduler.schedule-arn>","time":"<aws.scheduler.scheduled-time>","id":"<aws.scheduler.execution-id>","attempt":<aws.scheduler.attempt-number>}';
    await create(at, {
      Input: Input.replace('<aws.scheduler.attempt-number>', '"<aws.scheduler.attempt-number>"'),
    });
    await pass(7200);
    expect(started).toMatchObject([
      {
        input: {
          arn,
          time: '2026-11-20T04:00:00Z',
          id: expect.stringMatching(/^[0-9a-f]{16}$/),
          attempt: '1',
        },
      },
    ]);
    // Scheduler does not choose the name of the execution.
    expect(started[0]?.name).toBeUndefined();
  });

  test('a default event if it has no input', async () => {
    const { schedules, run, pass, started } = simulate();
    const Target = { Arn: MACHINE, RoleArn: ROLE };
    const command = { Name: 's', ...at, FlexibleTimeWindow: { Mode: 'OFF' as const }, Target };
    await run(schedules().send(new CreateScheduleCommand(command)));
    await pass(7200);
    expect(started).toMatchObject([
      {
        input: {
          'detail-type': 'Scheduled Event',
          source: 'aws.scheduler',
          account: ACCOUNT,
          time: '2026-11-20T04:00:00Z',
          region: HOME,
          resources: [arn],
          detail: '{}',
        },
      },
    ]);
  });

  test('its input as an event on a bus', async () => {
    const { create, rule, pass, started } = simulate();
    await rule('mine', { source: ['my.scheduler'] });
    const EventBridgeParameters = { Source: 'my.scheduler', DetailType: 'Bake' };
    await create(at, { Arn: bus, EventBridgeParameters, Input: '{"recipe":"web"}' });
    await pass(7200);
    expect(started).toMatchObject([
      {
        input: { source: 'my.scheduler', 'detail-type': 'Bake', account: ACCOUNT, detail: { recipe: 'web' } },
      },
    ]);
  });

  test('its input through any writing operation, with capitalised members', async () => {
    const { create, pass, started } = simulate();
    const Input = JSON.stringify({ StateMachineArn: MACHINE, Name: 'n-1', Input: '{"a":1}' });
    await create(at, { Arn: 'arn:aws:scheduler:::aws-sdk:sfn:startExecution', Input });
    await pass(7200);
    expect(started).toMatchObject([{ name: 'n-1', input: { a: 1 } }]);
  });

  test.each([
    ['members in small letters', '{"stateMachineArn":"x"}', 'ValidationException'],
    ['an unknown member', '{"Nonsense":1}', 'NotEmulated'],
    ['a list', '[1]', 'ValidationException'],
  ])('nothing with %s: the event becomes a dead letter', async (_, Input, code) => {
    const { create, pass, started, deadLetters } = simulate();
    const Arn = 'arn:aws:scheduler:::aws-sdk:sfn:startExecution';
    await create(at, { Arn, Input, DeadLetterConfig: { Arn: QUEUE } });
    await pass(7200);
    expect(started).toEqual([]);
    expect(deadLetters()).toMatchObject([
      { body: Input, attributes: { ERROR_CODE: code, RETRY_ATTEMPTS: '0' } },
    ]);
  });

  test('no entry that EventBridge refuses: the entry becomes a dead letter, although the call succeeds', async () => {
    const { create, pass, deadLetters } = simulate();
    const EventBridgeParameters = { Source: 'my.app', DetailType: 'x' };
    await create(at, { Arn: bus, EventBridgeParameters, Input: '[1]', DeadLetterConfig: { Arn: QUEUE } });
    await pass(7200);
    expect(deadLetters()).toMatchObject([
      {
        attributes: {
          ERROR_CODE: 'MalformedDetail',
          TARGET_ARN: 'arn:aws:scheduler:::aws-sdk:eventbridge:putEvents',
        },
      },
    ]);
  });
});

describe('a target that fails', () => {
  const at = { ScheduleExpression: 'at(2026-11-20T04:00:00)' };
  const throttled = {
    call: 'StartExecution',
    error: 'ThrottlingException',
    message: 'slowly',
    times: 'always',
  } as const;

  test('is retried, with a new number and id for each attempt', async () => {
    const { create, pass, started } = simulate({ faults: [{ ...throttled, times: 3 }] });
    await create(at, { Input: '{"n":"<aws.scheduler.attempt-number>"}' });
    await pass(7200);
    expect(started).toMatchObject([{ input: { n: '4' } }]);
  });

  test('is dropped as its policy says', async () => {
    const { create, pass, world, deadLetters } = simulate({ faults: [throttled] });
    const RetryPolicy = { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 3600 };
    await create(
      { ...at, ActionAfterCompletion: 'DELETE' },
      { RetryPolicy, DeadLetterConfig: { Arn: QUEUE }, Input: '{"a":1}' },
    );
    await pass(7200);
    expect(deadLetters()).toMatchObject([
      {
        body: '{"a":1}',
        attributes: {
          ERROR_CODE: 'ThrottlingException',
          ERROR_MESSAGE: 'slowly',
          EXECUTION_ID: expect.stringMatching(/^[0-9a-f]{16}$/),
          EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
          IS_PAYLOAD_TRUNCATED: 'false',
          RETRY_ATTEMPTS: '3',
          SCHEDULED_TIME: '2026-11-20T04:00:00Z',
          SCHEDULE_ARN: arn,
          TARGET_ARN: 'arn:aws:scheduler:::aws-sdk:sfn:startExecution',
        },
      },
    ]);
    expect(world.schedules.all()).toEqual([]);
  });

  test('loses the event without a dead-letter queue', async () => {
    const { create, pass, world, deadLetters } = simulate({
      faults: [{ ...throttled, error: 'AccessDeniedException' }],
    });
    await create(at);
    await pass(7200);
    expect(deadLetters()).toEqual([]);
    expect(world.invocations.all()).toEqual([]);
  });
});
