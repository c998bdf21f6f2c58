import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { onTestFinished } from 'vitest';
import { answerFrom } from '../../src/client.ts';
import { installClock } from '../../src/core/clock.ts';
import { settle } from '../../src/core/transitions.ts';
import type { World } from '../../src/core/world.ts';
import { emptyWorld } from '../../src/new-world.ts';
import { sqs } from '../../src/sqs/index.ts';
import type { QueueMessageRecord } from '../../src/sqs/records.ts';

export { refusal } from '../refusal.ts';

export const START = new Date('2026-11-20T03:00:00Z');
export const ACCOUNT = '999988887777';
export const OTHER = '111122223333';
export const REGION = 'eu-west-1';

export const arnOf = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;

export interface SimulatedQueues {
  readonly world: World;
  /** Sends a command as a client does, and runs the clock until the response arrives. */
  readonly send: SQSClient['send'];
  /** Sends from another account or in another region. */
  as(options: { account?: string; region?: string }): SQSClient['send'];
  pass(seconds: number): Promise<void>;
  /** Creates a queue and returns its URL. */
  queue(name: string, attributes?: Record<string, string>): Promise<string>;
  post(url: string, ...bodies: string[]): Promise<void>;
  messages(): QueueMessageRecord[];
}

/** SQS with its own simulated clock. */
export function simulateQueues(): SimulatedQueues {
  const clock = installClock(START, 7);
  onTestFinished(() => clock.uninstall());
  const world = emptyWorld({ seed: 7, now: clock.now, throttling: false });
  const services = { sqs };
  const as: SimulatedQueues['as'] = ({ account = ACCOUNT, region = REGION }) => {
    const client = new SQSClient({
      region,
      maxAttempts: 1,
      retryMode: 'standard',
      defaultsMode: 'standard',
    });
    answerFrom(world, services, client, account, { latency: false });
    return ((command: never) => clock.run(client.send(command) as Promise<unknown>)) as SQSClient['send'];
  };
  const send = as({});
  return {
    world,
    send,
    as,
    pass: async (seconds) => {
      await clock.run(new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000)));
      settle(world, services);
    },
    queue: async (QueueName, Attributes) => {
      const { QueueUrl = '' } = await send(new CreateQueueCommand({ QueueName, Attributes }));
      return QueueUrl;
    },
    post: async (QueueUrl, ...bodies) => {
      for (const MessageBody of bodies) await send(new SendMessageCommand({ QueueUrl, MessageBody }));
    },
    messages: () => world.queueMessages.all(),
  };
}
