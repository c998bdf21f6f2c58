import { CreateScheduleCommand, type CreateScheduleCommandInput } from '@aws-sdk/client-scheduler';
import { describe, expect, test } from 'vitest';
import { perform } from '../../src/core/operation.ts';
import { deployFunctions } from '../../src/lambda/functions.ts';
import { lambda } from '../../src/lambda/index.ts';
import { sns } from '../../src/sns/index.ts';
import {
  ACCOUNT,
  FUNCTION,
  HOME,
  QUEUE,
  ROLE,
  refusal,
  simulateEvents,
} from '../eventbridge/simulated-events.ts';

const schedule = `arn:aws:scheduler:${HOME}:${ACCOUNT}:schedule/default/s`;

/** Scheduler, Lambda with one function, and a schedule that fires once. */
function simulate() {
  const invoked: unknown[] = [];
  const invoke = async (event: unknown) => invoked.push(event);
  const simulated = simulateEvents({ others: { lambda } });
  deployFunctions(simulated.world, { [FUNCTION]: { invoke } });
  const create = (target: Partial<NonNullable<CreateScheduleCommandInput['Target']>>) =>
    simulated.run(
      simulated.schedules().send(
        new CreateScheduleCommand({
          Name: 's',
          ScheduleExpression: 'at(2026-11-20T04:00:00)',
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: { Arn: FUNCTION, RoleArn: ROLE, DeadLetterConfig: { Arn: QUEUE }, ...target },
        }),
      ),
    );
  return { ...simulated, create, invoked };
}

describe('a schedule invokes a function', () => {
  test('with its role, so that no policy has to allow it', async () => {
    const { create, pass, invoked, world } = simulate();
    await create({ Input: '{"at":"<aws.scheduler.scheduled-time>"}' });
    await pass(7200);
    expect(invoked).toEqual([{ at: '2026-11-20T04:00:00Z' }]);
    expect(world.queueMessages.all()).toEqual([]);
  });

  test('with a default event if it has no input', async () => {
    const { create, pass, invoked } = simulate();
    await create({});
    await pass(7200);
    expect(invoked).toEqual([
      expect.objectContaining({ source: 'aws.scheduler', resources: [schedule], account: ACCOUNT }),
    ]);
  });

  test('and an event that it cannot deliver is a dead letter', async () => {
    const { create, pass, deadLetters } = simulate();
    await create({ Arn: `${FUNCTION}s`, Input: '{"a":1}' });
    await pass(7200);
    expect(deadLetters()).toEqual([
      {
        body: '{"a":1}',
        attributes: expect.objectContaining({
          ERROR_CODE: 'ResourceNotFoundException',
          ERROR_MESSAGE: `Function not found: ${FUNCTION}s`,
          RETRY_ATTEMPTS: '0',
          SCHEDULE_ARN: schedule,
          TARGET_ARN: 'arn:aws:scheduler:::aws-sdk:lambda:invoke',
        }),
      },
    ]);
  });

  test("only by the function's ARN: the Invoke operation is refused by name", async () => {
    const { create } = simulate();
    const Arn = 'arn:aws:scheduler:::aws-sdk:lambda:invoke';
    expect(await refusal(create({ Arn, Input: `{"FunctionName":"${FUNCTION}"}` }))).toMatchObject({
      code: 'NotEmulated',
      message: expect.stringContaining('lambda:invoke'),
    });
  });
});

describe('a schedule sends to a queue', () => {
  test('its input', async () => {
    const { create, pass, deadLetters } = simulate();
    await create({ Arn: QUEUE, Input: '{"a":1}' });
    await pass(7200);
    expect(deadLetters()).toEqual([{ body: '{"a":1}', attributes: {} }]);
  });

  test('and loses even the dead letter if the queue is missing', async () => {
    const { create, pass, world } = simulate();
    const Arn = QUEUE.replace('dead-letters', 'none');
    await create({ Arn, DeadLetterConfig: { Arn } });
    await pass(7200);
    expect(world.queueMessages.all()).toEqual([]);
    expect(world.invocations.all()).toEqual([]);
  });
});

test('a schedule publishes to a topic', async () => {
  const invoked: unknown[] = [];
  const invoke = async (event: unknown) => invoked.push(event);
  const events = simulateEvents({ others: { lambda, sns } });
  deployFunctions(events.world, { [FUNCTION]: { invoke } });
  const { services, world, run, schedules, pass } = events;
  const call = (service: string, operation: string, input: Record<string, unknown>) =>
    perform(services, world, { service, operation, account: ACCOUNT, region: HOME, input });
  const TopicArn = `arn:aws:sns:${HOME}:${ACCOUNT}:news`;
  call('sns', 'CreateTopic', { Name: 'news' });
  call('sns', 'Subscribe', { TopicArn, Protocol: 'lambda', Endpoint: FUNCTION });
  const permission = { FunctionName: FUNCTION, StatementId: 's', Action: 'lambda:InvokeFunction' };
  call('lambda', 'AddPermission', { ...permission, Principal: 'sns.amazonaws.com' });
  const create = new CreateScheduleCommand({
    Name: 's',
    ScheduleExpression: 'at(2026-11-20T04:00:00)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: TopicArn, RoleArn: ROLE, Input: '{"a":1}' },
  });
  await run(schedules().send(create));
  await pass(7200);
  expect(invoked).toMatchObject([{ Records: [{ Sns: { Message: '{"a":1}' } }] }]);
});

test.each([
  ['a topic in a world without SNS', 'sns', 'topic', 'NotEmulated', /in a world without SNS is not emulated/],
  ['a FIFO queue', 'sqs', 'queue.fifo', 'NotEmulated', /sqs:queue\.fifo/],
  ['a layer', 'lambda', 'layer:x:1', 'NotEmulated', /lambda:layer/],
])('a schedule with %s as its target is refused', async (_, service, resource, code, message) => {
  const { create } = simulate();
  const Arn = `arn:aws:${service}:${HOME}:${ACCOUNT}:${resource}`;
  expect(await refusal(create({ Arn }))).toMatchObject({ code, message: expect.stringMatching(message) });
});
