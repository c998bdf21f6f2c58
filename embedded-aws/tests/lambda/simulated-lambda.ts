import { LambdaClient } from '@aws-sdk/client-lambda';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { onTestFinished } from 'vitest';
import { answerFrom } from '../../src/client.ts';
import { installClock } from '../../src/core/clock.ts';
import type { Fault } from '../../src/core/faults.ts';
import type { Services } from '../../src/core/service.ts';
import { keepAwake } from '../../src/core/wake.ts';
import type { World } from '../../src/core/world.ts';
import { type DeployedFunction, deployFunctions, type Invoke } from '../../src/lambda/functions.ts';
import { lambda } from '../../src/lambda/index.ts';
import { emptyWorld } from '../../src/new-world.ts';
import { sqs } from '../../src/sqs/index.ts';

export { refusal } from '../refusal.ts';

export const START = new Date('2026-11-20T03:00:00Z');
export const ACCOUNT = '999988887777';
export const OTHER = '111122223333';
export const REGION = 'eu-west-1';
export const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:failures`;

export const functionNamed = (name: string): string => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;

/** A function's events, and the simulated seconds since the start. */
export interface Invoked {
  readonly second: number;
  readonly event: unknown;
}

export interface SimulatedLambda {
  readonly world: World;
  readonly services: Services;
  readonly invoked: Invoked[];
  client(options?: { account?: string; region?: string }): LambdaClient;
  run<T>(work: Promise<T>): Promise<T>;
  /** Lets simulated time pass without any calls. */
  pass(seconds: number): Promise<void>;
  /** Creates the queue for failures. */
  queue(): Promise<void>;
  /** The messages in the queue for failures. */
  failures(): Promise<unknown[]>;
}

/** Lambda with one function, `work`, on a separate clock. */
export function simulateLambda({
  work = async (event) => event,
  more = {},
  timeoutSeconds = 60,
  faults = [],
  seed = 7,
}: {
  work?: Invoke;
  more?: Record<string, DeployedFunction>;
  timeoutSeconds?: number;
  faults?: Fault[];
  seed?: number;
} = {}): SimulatedLambda {
  const clock = installClock(START, seed);
  onTestFinished(() => clock.uninstall());
  const world = emptyWorld({ seed, now: clock.now, faults });
  const invoked: Invoked[] = [];
  const invoke: Invoke = (event) => {
    invoked.push({ second: (clock.now() - START.getTime()) / 1000, event });
    return work(event);
  };
  deployFunctions(world, { [functionNamed('work')]: { invoke, timeoutSeconds }, ...more });
  const services: Services = { lambda, sqs };
  onTestFinished(keepAwake(world, services));
  const { run } = clock;
  const options = { maxAttempts: 1, retryMode: 'standard', defaultsMode: 'standard' } as const;
  const queues = new SQSClient({ ...options, region: REGION });
  answerFrom(world, services, queues, ACCOUNT);
  return {
    world,
    services,
    invoked,
    client: ({ account = ACCOUNT, region = REGION } = {}) => {
      const client = new LambdaClient({ ...options, region });
      answerFrom(world, services, client, account, { latency: false });
      return client;
    },
    run,
    pass: (seconds) => run(new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000))),
    queue: async () => {
      await run(queues.send(new CreateQueueCommand({ QueueName: 'failures' })));
    },
    failures: async () => {
      const QueueUrl = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/failures`;
      const { Messages = [] } = await run(
        queues.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 })),
      );
      return Messages.map(({ Body = '' }) => JSON.parse(Body));
    },
  };
}

/** The parsed payload of a response. */
export const read = (payload: Uint8Array | undefined): unknown =>
  payload === undefined ? undefined : JSON.parse(Buffer.from(payload).toString());
