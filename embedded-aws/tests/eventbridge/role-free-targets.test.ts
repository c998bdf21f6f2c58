import { PutRuleCommand, PutTargetsCommand, type Target } from '@aws-sdk/client-eventbridge';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../src/core/faults.ts';
import { perform } from '../../src/core/operation.ts';
import { deployFunctions } from '../../src/lambda/functions.ts';
import { lambda } from '../../src/lambda/index.ts';
import { sns } from '../../src/sns/index.ts';
import { ACCOUNT, FUNCTION, HOME, QUEUE, type SimulatedEvents, simulateEvents } from './simulated-events.ts';

const LATER = QUEUE.replace('dead-letters', 'work');
const ruleArn = (name: string) => `arn:aws:events:${HOME}:${ACCOUNT}:rule/${name}`;

/** EventBridge, and Lambda with one function. */
function simulate({ faults = [] }: { faults?: Fault[] } = {}) {
  const invoked: unknown[] = [];
  const invoke = async (event: unknown) => invoked.push(event);
  const simulated = simulateEvents({ faults, others: { lambda, sns } });
  deployFunctions(simulated.world, { [FUNCTION]: { invoke } });
  return { ...simulated, invoked };
}

function call({ services, world }: SimulatedEvents, service: string, operation: string, input: object) {
  return perform(services, world, {
    service,
    operation,
    account: ACCOUNT,
    region: HOME,
    input: input as Record<string, unknown>,
  });
}

const permit = (events: SimulatedEvents, rule: string) =>
  call(events, 'lambda', 'AddPermission', {
    FunctionName: FUNCTION,
    StatementId: rule,
    Action: 'lambda:InvokeFunction',
    Principal: 'events.amazonaws.com',
    SourceArn: ruleArn(rule),
  });

/** A rule `mine` with a target that needs no role. */
async function rule({ events, run, pass }: SimulatedEvents, target: Partial<Target>) {
  const EventPattern = '{"source":["my.app"]}';
  await run(events().send(new PutRuleCommand({ Name: 'mine', EventPattern })));
  const Targets = [{ Id: 't', Arn: FUNCTION, DeadLetterConfig: { Arn: QUEUE }, ...target }];
  await run(events().send(new PutTargetsCommand({ Rule: 'mine', Targets })));
  await pass(20);
}

const codes = ({ deadLetters }: SimulatedEvents) =>
  deadLetters().map(({ attributes }) => attributes.ERROR_CODE);

describe('a function as a target', () => {
  test('is invoked with the event', async () => {
    const events = simulate();
    permit(events, 'mine');
    await rule(events, {});
    await events.put({ Detail: '{"a":1}' });
    await events.pass(60);
    expect(events.invoked).toEqual([
      expect.objectContaining({ source: 'my.app', account: ACCOUNT, detail: { a: 1 } }),
    ]);
    expect(events.deadLetters()).toEqual([]);
  });

  test.each<[string, Partial<Target>, unknown]>([
    ['a constant', { Input: '{"fixed":true}' }, { fixed: true }],
    ['a path', { InputPath: '$.detail.a' }, 1],
    [
      'a template',
      { InputTransformer: { InputPathsMap: { a: '$.detail.a' }, InputTemplate: '{"is":<a>}' } },
      { is: 1 },
    ],
  ])('is given %s', async (_, target, input) => {
    const events = simulate();
    permit(events, 'mine');
    await rule(events, target);
    await events.put({ Detail: '{"a":1}' });
    await events.pass(60);
    expect(events.invoked).toEqual([input]);
  });

  test('with a policy for this rule only, leaves the events of other rules to the dead-letter queue, immediately', async () => {
    const events = simulate();
    permit(events, 'another');
    await rule(events, {});
    await events.put({ Detail: '{"a":1}' });
    await events.pass(60);
    expect(events.invoked).toEqual([]);
    const [letter] = events.deadLetters();
    expect(letter?.attributes).toEqual({
      RULE_ARN: ruleArn('mine'),
      TARGET_ARN: FUNCTION,
      ERROR_CODE: 'NO_PERMISSIONS',
      ERROR_MESSAGE: expect.stringContaining('is not authorized to perform: lambda:InvokeFunction'),
      RETRY_ATTEMPTS: '0',
    });
    expect(JSON.parse(letter?.body ?? '')).toMatchObject({ source: 'my.app', detail: { a: 1 } });
  });

  test('that is missing leaves the event to the dead-letter queue', async () => {
    const events = simulate();
    await rule(events, { Arn: `${FUNCTION}s` });
    await events.put({});
    await events.pass(60);
    expect(codes(events)).toEqual(['NO_RESOURCE']);
  });

  test('is retried while Lambda throttles', async () => {
    const throttled = { call: 'Invoke', where: { InvocationType: 'Event' }, times: 3 } as const;
    const events = simulate({ faults: [{ ...throttled, error: 'TooManyRequestsException', status: 429 }] });
    permit(events, 'mine');
    await rule(events, {});
    await events.put({});
    await events.pass(60);
    expect(events.invoked).toHaveLength(1);
  });
});

describe('a queue as a target', () => {
  const queue = (events: SimulatedEvents, principal: string) =>
    call(events, 'sqs', 'CreateQueue', {
      QueueName: 'work',
      Attributes: {
        Policy: JSON.stringify({
          Statement: {
            Effect: 'Allow',
            Principal: { Service: principal },
            Action: 'sqs:SendMessage',
            Resource: LATER,
            Condition: { ArnEquals: { 'aws:SourceArn': ruleArn('mine') } },
          },
        }),
      },
    });
  const bodies = ({ world }: SimulatedEvents) =>
    world.queueMessages.all().filter((message) => message.queue === LATER);

  test('receives the input of the target', async () => {
    const events = simulate();
    queue(events, 'events.amazonaws.com');
    await rule(events, { Arn: LATER, Input: '{"go":1}' });
    await events.put({});
    await events.pass(60);
    expect(bodies(events)).toMatchObject([{ body: '{"go":1}' }]);
  });

  test.each([
    ['whose policy allows another service', 'sns.amazonaws.com', 'NO_PERMISSIONS'],
    ['that is missing', undefined, 'NO_RESOURCE'],
  ])('%s receives nothing', async (_, principal, code) => {
    const events = simulate();
    if (principal !== undefined) queue(events, principal);
    await rule(events, { Arn: LATER });
    await events.put({});
    await events.pass(60);
    expect(bodies(events)).toEqual([]);
    expect(codes(events)).toEqual([code]);
  });
});

describe('a topic as a target', () => {
  const TOPIC = `arn:aws:sns:${HOME}:${ACCOUNT}:news`;
  const topic = (events: SimulatedEvents, principal: string) =>
    call(events, 'sns', 'CreateTopic', {
      Name: 'news',
      Attributes: {
        Policy: JSON.stringify({
          Statement: {
            Effect: 'Allow',
            Principal: { Service: principal },
            Action: 'sns:Publish',
            Resource: TOPIC,
          },
        }),
      },
    });

  test('is published to', async () => {
    const events = simulate();
    topic(events, 'events.amazonaws.com');
    call(events, 'lambda', 'AddPermission', {
      FunctionName: FUNCTION,
      StatementId: 'topic',
      Action: 'lambda:InvokeFunction',
      Principal: 'sns.amazonaws.com',
      SourceArn: TOPIC,
    });
    call(events, 'sns', 'Subscribe', { TopicArn: TOPIC, Protocol: 'lambda', Endpoint: FUNCTION });
    await rule(events, { Arn: TOPIC, Input: '{"go":1}' });
    await events.put({});
    await events.pass(120);
    expect(events.invoked).toMatchObject([{ Records: [{ Sns: { TopicArn: TOPIC, Message: '{"go":1}' } }] }]);
  });

  test.each([
    ['whose policy allows another service', 'sqs.amazonaws.com', 'NO_PERMISSIONS'],
    ['that is missing', undefined, 'NO_RESOURCE'],
  ])('%s receives nothing', async (_, principal, code) => {
    const events = simulate();
    if (principal !== undefined) topic(events, principal);
    await rule(events, { Arn: TOPIC });
    await events.put({});
    await events.pass(60);
    expect(codes(events)).toEqual([code]);
  });
});

describe('a dead letter is lost if', () => {
  test.each([
    ['the queue is missing', QUEUE.replace('dead-letters', 'none'), undefined],
    ['where the queue lets EventBridge not in', LATER, { QueueName: 'work' }],
  ])('%s', async (_, Arn, queue) => {
    const events = simulate();
    if (queue !== undefined) call(events, 'sqs', 'CreateQueue', queue);
    await rule(events, { Arn: `${FUNCTION}s`, DeadLetterConfig: { Arn } });
    await events.put({});
    await events.pass(60);
    expect(events.world.queueMessages.all()).toEqual([]);
    expect(events.world.deliveries.all()).toEqual([]);
  });
});
