import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { StartExecutionCommandInput, StartExecutionCommandOutput } from '@aws-sdk/client-sfn';
import { onTestFinished } from 'vitest';
import { answerFrom } from '../../src/client.ts';
import { installClock } from '../../src/core/clock.ts';
import type { Fault } from '../../src/core/faults.ts';
import { perform } from '../../src/core/operation.ts';
import type { Operation, Service, Services } from '../../src/core/service.ts';
import { settle } from '../../src/core/transitions.ts';
import { keepAwake } from '../../src/core/wake.ts';
import type { World } from '../../src/core/world.ts';
import { eventbridge } from '../../src/eventbridge/index.ts';
import { emptyWorld } from '../../src/new-world.ts';
import { scheduler } from '../../src/scheduler/index.ts';
import { sqs } from '../../src/sqs/index.ts';

export { refusal } from '../refusal.ts';

export const START = new Date('2026-11-20T03:00:00Z');
export const ACCOUNT = '999988887777';
export const OTHER = '111122223333';
export const HOME = 'eu-west-1';
export const FAR = 'us-east-1';
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/events`;
export const MACHINE = `arn:aws:states:${HOME}:${ACCOUNT}:stateMachine:bake`;
export const FUNCTION = `arn:aws:lambda:${HOME}:${ACCOUNT}:function:trigger`;
export const QUEUE = `arn:aws:sqs:${HOME}:${ACCOUNT}:dead-letters`;

/** An execution that a target started, with its input. */
export interface Started {
  readonly at: number;
  readonly name?: string;
  readonly input: unknown;
}

/** The messages in the dead-letter queue. */
export interface DeadLetter {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

export interface SimulatedEvents {
  readonly world: World;
  readonly services: Services;
  readonly started: Started[];
  deadLetters(): DeadLetter[];
  events(options?: { account?: string; region?: string }): EventBridgeClient;
  schedules(options?: { account?: string; region?: string }): SchedulerClient;
  run<T>(work: Promise<T>): Promise<T>;
  /** Lets simulated time pass without any calls. */
  pass(seconds: number): Promise<void>;
  /** Creates a rule with one target and waits until it is in force. */
  rule(name: string, pattern: object, target?: Partial<Target>): Promise<void>;
  put(...entries: Partial<PutEventsRequestEntry>[]): Promise<void>;
}

/** EventBridge and Scheduler on a separate clock, and the part of Step Functions that records starts. */
export function simulateEvents({
  faults = [],
  seed = 7,
  others = {},
  world = undefined,
  start = START,
}: {
  faults?: Fault[];
  seed?: number;
  others?: Services;
  world?: (now: () => number) => World;
  start?: Date;
} = {}): SimulatedEvents {
  const clock = installClock(start, seed);
  onTestFinished(() => clock.uninstall());
  const lived = world?.(clock.now) ?? emptyWorld({ seed, now: clock.now, faults, throttling: false });
  const started: Started[] = [];
  const startExecution: Operation<StartExecutionCommandInput, StartExecutionCommandOutput> = {
    kind: 'write',
    accepts: ['input', 'name', 'stateMachineArn'],
    run: ({ name, input = '{}' }, { now }) => {
      started.push({ at: now, ...(name === undefined ? {} : { name }), input: JSON.parse(input) });
      return { executionArn: `arn:execution:${started.length}`, startDate: new Date(now) };
    },
  };
  const sfn: Service = { name: 'sfn', operations: { StartExecution: startExecution }, transitions: {} };
  const services: Services = { eventbridge, scheduler, sfn, sqs, ...others };
  addQueue(lived, services);
  onTestFinished(keepAwake(lived, services));
  const { run } = clock;
  const options = (region: string) =>
    ({ region, maxAttempts: 1, retryMode: 'standard', defaultsMode: 'standard' }) as const;
  const events: SimulatedEvents['events'] = ({ account = ACCOUNT, region = HOME } = {}) => {
    const client = new EventBridgeClient(options(region));
    answerFrom(lived, services, client, account);
    return client;
  };
  const pass = async (seconds: number) => {
    await run(new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000)));
    settle(lived, services);
  };
  const simulated: SimulatedEvents = {
    world: lived,
    services,
    started,
    deadLetters: () => lettersIn(lived),
    events,
    schedules: ({ account = ACCOUNT, region = HOME } = {}) => {
      const client = new SchedulerClient(options(region));
      answerFrom(lived, services, client, account);
      return client;
    },
    run,
    pass,
    rule: async (Name, pattern, target = {}) => {
      await run(events().send(new PutRuleCommand({ Name, EventPattern: JSON.stringify(pattern) })));
      const Targets = [{ Id: 'machine', Arn: MACHINE, RoleArn: ROLE, ...target }];
      await run(events().send(new PutTargetsCommand({ Rule: Name, Targets })));
      await pass(20);
    },
    put: async (...entries) => {
      const usual = { Source: 'my.app', DetailType: 'Something', Detail: '{}' };
      const Entries = entries.map((entry) => ({ ...usual, ...entry }));
      await run(events().send(new PutEventsCommand({ Entries })));
    },
  };
  return simulated;
}

/** The dead-letter queue. Its policy allows EventBridge. */
function addQueue(world: World, services: Services): void {
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: QUEUE,
      },
    ],
  });
  const input = { QueueName: 'dead-letters', Attributes: { Policy } };
  const call = { service: 'sqs', operation: 'CreateQueue', account: ACCOUNT, region: HOME };
  perform(services, world, { ...call, input });
}

const lettersIn = (world: World): DeadLetter[] =>
  world.queueMessages
    .all()
    .filter(({ queue }) => queue === QUEUE)
    .map(({ body, attributes }) => ({
      body,
      attributes: Object.fromEntries(Object.entries(attributes).map(([name, { text }]) => [name, text])),
    }));
