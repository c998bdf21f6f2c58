import {
  CreateEventBusCommand,
  DisableRuleCommand,
  PutEventsCommand,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
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
  START,
  simulateEvents,
} from './simulated-events.ts';

const bus = (region: string, account = ACCOUNT, name = 'default') =>
  `arn:aws:events:${region}:${account}:event-bus/${name}`;

describe('an event', () => {
  test("reaches the target of a matching rule in AWS's envelope", async () => {
    const { rule, put, pass, started } = simulateEvents();
    await rule('mine', { source: ['my.app'] });
    await rule('not-mine', { source: ['another.app'] });
    await put({ Detail: '{"a":1}', Resources: ['x'], Time: new Date('2026-01-02T03:04:05.678Z') });
    await pass(60);
    expect(started).toHaveLength(1);
    const [{ input, name = '' } = {}] = started;
    expect(input).toEqual({
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'Something',
      source: 'my.app',
      account: ACCOUNT,
      time: '2026-01-02T03:04:05Z',
      region: HOME,
      resources: ['x'],
      detail: { a: 1 },
    });
    expect(name.startsWith((input as { id: string }).id)).toBe(true);
  });

  test('matches a new rule only after a moment, and never matches a disabled rule', async () => {
    const { events, run, rule, put, pass, started, world } = simulateEvents();
    await rule('mine', { source: ['my.app'] });
    await run(events().send(new DisableRuleCommand({ Name: 'mine' })));
    await pass(20);
    await put({});
    await pass(60);
    expect(started).toEqual([]);
    expect(world.events.all()).toEqual([]);
    expect(world.deliveries.all()).toEqual([]);
  });

  test('of another account or region stays there', async () => {
    const { events, run, rule, pass, started } = simulateEvents();
    await rule('mine', { source: ['my.app'] });
    const Entries = [{ Source: 'my.app', DetailType: 'x', Detail: '{}' }];
    await run(events({ region: FAR }).send(new PutEventsCommand({ Entries })));
    await run(events({ account: OTHER }).send(new PutEventsCommand({ Entries })));
    await pass(60);
    expect(started).toEqual([]);
  });

  test('is sometimes delivered twice, and is never lost', async () => {
    const { rule, put, pass, started } = simulateEvents();
    await rule('mine', { source: ['my.app'] });
    const total = 1000;
    for (let turn = 0; turn < total / 10; turn++) {
      await put(...Array.from({ length: 10 }, (_, index) => ({ Detail: `{"n":${turn * 10 + index}}` })));
    }
    await pass(60);
    const seen = started.map(({ input }) => (input as { detail: { n: number } }).detail.n);
    expect(new Set(seen).size).toBe(total);
    const twice = seen.length - total;
    expect(twice).toBeGreaterThan(0);
    expect(twice).toBeLessThan(15);
    // Each delivery starts a separate execution.
    expect(new Set(started.map(({ name }) => name)).size).toBe(seen.length);
  });
});

describe('PutEvents', () => {
  test('accepts and refuses entry by entry, in order', async () => {
    const { events, run, rule, pass, started } = simulateEvents();
    await rule('all', { source: [{ exists: true }] });
    const good = { Source: 's', DetailType: 'd', Detail: '{}' };
    const answer = await run(
      events().send(
        new PutEventsCommand({
          Entries: [
            good,
            { ...good, Source: undefined },
            { ...good, DetailType: undefined },
            { ...good, Detail: undefined },
            { ...good, Detail: '[1]' },
            { ...good, Detail: 'nonsense' },
            { ...good, Source: 'aws.ec2' },
            { ...good, EventBusName: 'not-there' },
            { ...good, EventBusName: bus(FAR) },
            { ...good, Detail: '{"last":true}' },
          ],
        }),
      ),
    );
    const required = (name: string) => ({
      ErrorCode: 'InvalidArgument',
      ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
    });
    const malformed = { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
    const taken = { EventId: expect.any(String) };
    expect(answer.Entries).toEqual([
      taken,
      required('Source'),
      required('DetailType'),
      required('Detail'),
      malformed,
      malformed,
      { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' },
      // Accepted, and lost.
      taken,
      expect.objectContaining({ ErrorCode: 'InvalidArgument' }),
      taken,
    ]);
    expect(answer.FailedEntryCount).toBe(7);
    await pass(60);
    expect(started).toHaveLength(2);
  });

  test('accepts 100 levels of an event and no more', async () => {
    const { events, run, rule, pass, started } = simulateEvents();
    await rule('all', { source: [{ exists: true }] });
    const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}[1]${'}'.repeat(levels - 1)}`;
    const Entries = [99, 100, 30_000].map((levels) => ({
      Source: 's',
      DetailType: 'd',
      Detail: nested(levels),
    }));
    const answer = await run(events().send(new PutEventsCommand({ Entries })));
    expect(answer.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      'MalformedDetail',
      'MalformedDetail',
    ]);
    await pass(60);
    expect(started).toHaveLength(1);
  });

  test.each([
    ['no entry', [], /at 'entries' failed .* greater than or equal to 1$/],
    ['eleven entries', Array(11).fill({ Source: 's' }), /at 'entries' failed .* less than or equal to 10$/],
    [
      'more than 1 MB',
      Array(2).fill({ Source: 's', DetailType: 'd', Detail: `{"a":"${'x'.repeat(524_288)}"}` }),
      /^Total size of the entries in the request is over the limit\.$/,
    ],
  ])('refuses %s', async (_, Entries, message) => {
    const { events, run } = simulateEvents();
    const refused = await refusal(run(events().send(new PutEventsCommand({ Entries }))));
    expect(refused).toMatchObject({ code: 'ValidationException', message: expect.stringMatching(message) });
  });

  test("refuses another account's bus, unless its policy allows the caller", async () => {
    const { events, run } = simulateEvents();
    const put = () =>
      run(
        events({ account: OTHER }).send(
          new PutEventsCommand({
            Entries: [{ Source: 's', DetailType: 'd', Detail: '{}', EventBusName: bus(HOME) }],
          }),
        ),
      );
    expect(await refusal(put())).toMatchObject({ code: 'AccessDeniedException' });
    const permission = { Action: 'events:PutEvents', Principal: OTHER, StatementId: 'other' };
    await run(events().send(new PutPermissionCommand(permission)));
    expect(await put()).toMatchObject({ FailedEntryCount: 0 });
    const deny = { Effect: 'Deny', Principal: { AWS: [OTHER] }, Action: 'events:*', Resource: bus(HOME) };
    const allow = { ...deny, Effect: 'Allow', Principal: '*' };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [allow, deny] });
    await run(events().send(new PutPermissionCommand({ Policy })));
    expect((await refusal(put())).code).toBe('AccessDeniedException');
  });

  test('refuses parameters that are not emulated', async () => {
    const { events, run } = simulateEvents();
    const refused = run(events().send(new PutEventsCommand({ Entries: [{ TraceHeader: 'Root=1' }] })));
    expect((await refusal(refused)).message).toMatch(/parameter Entries\.TraceHeader is not emulated/);
  });
});

describe('the input of a target', () => {
  const paths = {
    type: '$.detail-type',
    command: '$.detail.command',
    payload: '$.detail.payload',
    list: '$.detail.list',
    first: '$.detail.list[0]',
    flag: '$.detail.flag',
    none: '$.detail.none',
  };
  const detail = { command: 'go', payload: { id: 'p1' }, list: ['A', 'B'], flag: true };

  test.each<[what: string, target: Partial<Target>, input: unknown]>([
    ['a constant', { Input: '{"fixed":true}' }, { fixed: true }],
    ['a path', { InputPath: '$.detail.payload' }, { id: 'p1' }],
    ['a path to a string', { InputPath: '$.detail.command' }, 'go'],
    ['a path without a value', { InputPath: '$.detail.none' }, null],
    ['a path to all items', { InputPath: '$.detail.list[*]' }, ['A', 'B']],
    ...(
      [
        ['"<type>: <command>, <none>"', 'Something: go, '],
        [
          '{"a": <command>, "b": "x/<command>/<command>", "c": <payload>}',
          { a: 'go', b: 'x/go/go', c: { id: 'p1' } },
        ],
        ['{"a": <none>, "b": [<first>, 9], "c": <list>}', { a: '', b: ['A', 9], c: ['A', 'B'] }],
        ['"is <flag>, of <list> and <payload>"', 'is true, of [A,B] and {id:p1}'],
        [
          '{"rule": <aws.events.rule-name>, "arn": "<aws.events.rule-arn>"}',
          { rule: 'mine', arn: `arn:aws:events:${HOME}:${ACCOUNT}:rule/mine` },
        ],
        [
          '{"e": <aws.events.event>}',
          { e: expect.objectContaining({ detailType: 'Something', version: '0' }) },
        ],
        ['{"e": <aws.events.event.json>}', { e: expect.objectContaining({ detail, source: 'my.app' }) }],
        [
          '{"t": <aws.events.event.ingestion-time>}',
          { t: expect.stringMatching(/^2026-11-20T03:\d\d:\d\dZ$/) },
        ],
      ] as [string, unknown][]
    ).map(([InputTemplate, input]): [string, Partial<Target>, unknown] => [
      InputTemplate,
      { InputTransformer: { InputPathsMap: paths, InputTemplate } },
      input,
    ]),
  ])('is %s', async (_, target, input) => {
    const { rule, put, pass, started } = simulateEvents();
    await rule('mine', { source: ['my.app'] }, target);
    await put({ Detail: JSON.stringify(detail) });
    await pass(60);
    expect(started.map((one) => one.input)).toEqual([input]);
  });

  test('that is not JSON is undeliverable and goes to the dead-letter queue', async () => {
    const { rule, put, pass, started, deadLetters } = simulateEvents();
    const InputTransformer = { InputPathsMap: paths, InputTemplate: '{"a": "<payload>"}' };
    await rule('mine', { source: ['my.app'] }, { InputTransformer, DeadLetterConfig: { Arn: QUEUE } });
    await put({ Detail: JSON.stringify(detail) });
    await pass(60);
    expect(started).toEqual([]);
    expect(deadLetters()).toMatchObject([{ attributes: { ERROR_CODE: 'INVALID_JSON' } }]);
  });
});

describe('a target that fails', () => {
  const throttled = { call: 'StartExecution', error: 'ThrottlingException', times: 'always' } as const;

  test('is retried until it succeeds', async () => {
    const { rule, put, pass, started } = simulateEvents({ faults: [{ ...throttled, times: 5 }] });
    await rule('mine', { source: ['my.app'] });
    await put({});
    await pass(10);
    expect(started).toEqual([]);
    await pass(120);
    expect(started).toHaveLength(1);
  });

  test('gets no more retries after 24 hours or 185 retries, and the event goes to the dead-letter queue', async () => {
    const { rule, put, pass, started, world, deadLetters } = simulateEvents({ faults: [throttled] });
    const DeadLetterConfig = { Arn: QUEUE };
    await rule('mine', { source: ['my.app'] }, { DeadLetterConfig });
    await put({ Detail: '{"a":1}' });
    await pass(20 * 3600);
    expect(deadLetters()).toEqual([]);
    await pass(5 * 3600);
    expect(started).toEqual([]);
    const [letter] = deadLetters();
    expect(letter).toMatchObject({
      attributes: {
        RULE_ARN: `arn:aws:events:${HOME}:${ACCOUNT}:rule/mine`,
        TARGET_ARN: MACHINE,
        ERROR_CODE: 'THROTTLING',
        EXHAUSTED_RETRY_CONDITION: expect.stringMatching(/^Maximum/),
      },
    });
    expect(Number(letter?.attributes.RETRY_ATTEMPTS)).toBeGreaterThan(160);
    expect(JSON.parse(letter?.body ?? '')).toMatchObject({ source: 'my.app', detail: { a: 1 } });
    expect(world.deliveries.all()).toEqual([]);
  });

  test.each([
    [{ MaximumRetryAttempts: 2 }, 'MaximumRetryAttempts', '2'],
    [{ MaximumEventAgeInSeconds: 60 }, 'MaximumEventAgeInSeconds', expect.stringMatching(/^[456]$/)],
    [{ MaximumRetryAttempts: 0 }, 'MaximumRetryAttempts', '0'],
  ])('is retried within %j', async (RetryPolicy, condition, attempts) => {
    const { rule, put, pass, deadLetters } = simulateEvents({ faults: [throttled] });
    await rule('mine', { source: ['my.app'] }, { RetryPolicy, DeadLetterConfig: { Arn: QUEUE } });
    await put({});
    await pass(200);
    expect(deadLetters()).toMatchObject([
      { attributes: { EXHAUSTED_RETRY_CONDITION: condition, RETRY_ATTEMPTS: attempts } },
    ]);
  });

  test('permanently is not retried', async () => {
    const faults = [{ ...throttled, error: 'StateMachineDoesNotExist', message: 'gone' }];
    const { rule, put, pass, deadLetters } = simulateEvents({ faults });
    await rule('mine', { source: ['my.app'] }, { DeadLetterConfig: { Arn: QUEUE } });
    await rule('lost', { source: ['my.app'] });
    await put({});
    await pass(60);
    expect(deadLetters().map(({ attributes }) => attributes)).toEqual([
      {
        RULE_ARN: `arn:aws:events:${HOME}:${ACCOUNT}:rule/mine`,
        TARGET_ARN: MACHINE,
        ERROR_CODE: 'NO_RESOURCE',
        ERROR_MESSAGE: 'gone',
        RETRY_ATTEMPTS: '0',
      },
    ]);
  });
});

describe('from bus to bus', () => {
  test('an event goes to another region and keeps its origin', async () => {
    const { events, run, rule, pass, started } = simulateEvents();
    const far = events({ region: FAR });
    await rule('home', { source: ['my.app'], region: [FAR] });
    await run(far.send(new PutRuleCommand({ Name: 'forward', EventPattern: '{"source":["my.app"]}' })));
    const Targets = [{ Id: 'home', Arn: bus(HOME), RoleArn: ROLE }];
    await run(far.send(new PutTargetsCommand({ Rule: 'forward', Targets })));
    await pass(20);
    const Entries = [{ Source: 'my.app', DetailType: 'x', Detail: '{"n":1}' }];
    const { Entries: [answer] = [] } = await run(far.send(new PutEventsCommand({ Entries })));
    await pass(60);
    expect(started).toMatchObject([
      { input: { id: answer?.EventId, region: FAR, account: ACCOUNT, detail: { n: 1 } } },
    ]);
  });

  test('an event is not forwarded to a third bus', async () => {
    const { events, run, rule, put, pass, started, deadLetters } = simulateEvents();
    for (const Name of ['second', 'third']) await run(events().send(new CreateEventBusCommand({ Name })));
    const forward = async (from: string, to: string) => {
      const EventPattern = '{"source":["my.app"]}';
      await run(events().send(new PutRuleCommand({ Name: 'on', EventBusName: from, EventPattern })));
      const target = {
        Id: 't',
        Arn: bus(HOME, ACCOUNT, to),
        RoleArn: ROLE,
        DeadLetterConfig: { Arn: QUEUE },
      };
      await run(events().send(new PutTargetsCommand({ Rule: 'on', EventBusName: from, Targets: [target] })));
    };
    await forward('default', 'second');
    await forward('second', 'third');
    await run(
      events().send(
        new PutRuleCommand({ Name: 'end', EventBusName: 'third', EventPattern: '{"source":["my.app"]}' }),
      ),
    );
    const Targets = [{ Id: 'm', Arn: MACHINE, RoleArn: ROLE }];
    await run(events().send(new PutTargetsCommand({ Rule: 'end', EventBusName: 'third', Targets })));
    await rule('unrelated', { source: ['nobody'] });
    await put({});
    await pass(60);
    expect(started).toEqual([]);
    expect(deadLetters()).toMatchObject([{ attributes: { ERROR_CODE: 'THIRD_ACCOUNT_HOP_DETECTED' } }]);
  });

  test('an event goes to another account only if the policy of its bus allows that', async () => {
    const { events, run, rule, put, pass, deadLetters } = simulateEvents();
    const theirs = events({ account: OTHER });
    const target = { Arn: bus(HOME, OTHER), DeadLetterConfig: { Arn: QUEUE } };
    await rule('forward', { source: ['my.app'] }, target);
    await put({});
    await pass(60);
    const codes = () => deadLetters().map(({ attributes }) => attributes.ERROR_CODE);
    expect(codes()).toEqual(['CROSS_ACCOUNT_INGESTION_FAILED']);
    const permission = { Action: 'events:PutEvents', Principal: ACCOUNT, StatementId: 's' };
    await run(theirs.send(new PutPermissionCommand(permission)));
    await put({});
    await pass(60);
    expect(codes()).toHaveLength(1);
  });

  test.each([
    [bus(HOME, ACCOUNT, 'none'), 'NO_RESOURCE'],
    [bus(FAR, ACCOUNT, 'none'), 'CROSS_REGION_INGESTION_FAILED'],
  ])('an event to the missing bus %s goes to the dead-letter queue', async (Arn, code) => {
    const { rule, put, pass, deadLetters } = simulateEvents();
    await rule('forward', { source: ['my.app'] }, { Arn, DeadLetterConfig: { Arn: QUEUE } });
    await put({});
    await pass(60);
    expect(deadLetters()).toMatchObject([{ attributes: { ERROR_CODE: code } }]);
  });
});

describe('a rule on a schedule', () => {
  test('fires at its rate, within the minute, without any calls', async () => {
    const { events, run, pass, started } = simulateEvents();
    await run(events().send(new PutRuleCommand({ Name: 'tick', ScheduleExpression: 'rate(5 minutes)' })));
    const Targets = [{ Id: 'm', Arn: MACHINE, RoleArn: ROLE }];
    await run(events().send(new PutTargetsCommand({ Rule: 'tick', Targets })));
    await pass(16 * 60 + 60);
    expect(started).toHaveLength(3);
    expect(started[0]?.input).toMatchObject({
      source: 'aws.events',
      'detail-type': 'Scheduled Event',
      resources: [`arn:aws:events:${HOME}:${ACCOUNT}:rule/tick`],
      detail: {},
      account: ACCOUNT,
      region: HOME,
    });
    for (const [index, { at }] of started.entries()) {
      const late = (at - START.getTime()) / 60_000 - (index + 1) * 5;
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThan(1.1);
    }
    await run(events().send(new DisableRuleCommand({ Name: 'tick' })));
    await pass(3600);
    expect(started).toHaveLength(3);
  });

  test('fires at its times in UTC, with its latest definition', async () => {
    const { events, run, pass, started } = simulateEvents();
    const put = (ScheduleExpression: string) =>
      run(events().send(new PutRuleCommand({ Name: 'daily', ScheduleExpression })));
    await put('cron(0 4 * * ? *)');
    const Targets = [{ Id: 'm', Arn: MACHINE, RoleArn: ROLE, Input: '{}' }];
    await run(events().send(new PutTargetsCommand({ Rule: 'daily', Targets })));
    await put('cron(30 5 * * ? *)');
    await pass(2 * 86_400);
    const minutes = started.map(({ at }) => new Date(at).toISOString().slice(0, 16));
    expect(minutes).toEqual([
      expect.stringMatching(/^2026-11-20T05:3[01]$/),
      expect.stringMatching(/^2026-11-21T05:3[01]$/),
    ]);
  });
});
