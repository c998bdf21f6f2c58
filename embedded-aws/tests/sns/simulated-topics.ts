import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { onTestFinished } from 'vitest';
import { answerFrom } from '../../src/client.ts';
import { installClock } from '../../src/core/clock.ts';
import type { Services } from '../../src/core/service.ts';
import { settle } from '../../src/core/transitions.ts';
import { keepAwake } from '../../src/core/wake.ts';
import type { World } from '../../src/core/world.ts';
import { deployFunctions } from '../../src/lambda/functions.ts';
import { lambda } from '../../src/lambda/index.ts';
import { emptyWorld, newWorld } from '../../src/new-world.ts';
import { sns } from '../../src/sns/index.ts';
import { sqs } from '../../src/sqs/index.ts';

export { refusal } from '../refusal.ts';

export const START = new Date('2026-11-20T03:00:00Z');
export const ACCOUNT = '999988887777';
export const OTHER = '111122223333';
export const REGION = 'eu-west-1';
export const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:news`;
export const FUNCTION = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:listen`;

export const queueArn = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;

interface Place {
  readonly account?: string;
  readonly region?: string;
}

export interface SimulatedTopics {
  readonly world: World;
  readonly services: Services;
  /** Events that invoked the function `listen`. */
  readonly heard: unknown[];
  readonly send: SNSClient['send'];
  /** Calls as another account, or in another region. */
  as(place: Place): SNSClient['send'];
  queues(place?: Place): SQSClient['send'];
  run<T>(work: Promise<T>): Promise<T>;
  pass(seconds: number): Promise<void>;
  /** Creates the topic `news`. */
  topic(attributes?: Record<string, string>): Promise<void>;
  /** Creates a queue that topics may send to, and subscribes it to the topic. */
  subscribed(name: string, attributes?: Record<string, string>): Promise<string>;
  /** Creates a queue that topics may send to. */
  queue(name: string, place?: Place): Promise<string>;
  /** The messages in a queue. */
  bodies(name: string): Promise<string[]>;
}

/** SNS, SQS and a function on a separate clock. */
export function simulateTopics({ seed = 7, isNew = false } = {}): SimulatedTopics {
  const clock = installClock(START, seed);
  onTestFinished(() => clock.uninstall());
  const world = (isNew ? newWorld : emptyWorld)({ seed, now: clock.now, throttling: false });
  const heard: unknown[] = [];
  const invoke = async (event: unknown) => {
    heard.push(event);
  };
  deployFunctions(world, { [FUNCTION]: { invoke } });
  const services: Services = { lambda, sns, sqs };
  onTestFinished(keepAwake(world, services));
  const options = (region: string) =>
    ({ region, maxAttempts: 1, retryMode: 'standard', defaultsMode: 'standard' }) as const;
  const as: SimulatedTopics['as'] = ({ account = ACCOUNT, region = REGION }) => {
    const client = new SNSClient(options(region));
    answerFrom(world, services, client, account, { latency: false });
    return ((command: never) => clock.run(client.send(command) as Promise<unknown>)) as SNSClient['send'];
  };
  const queues = ({ account = ACCOUNT, region = REGION }: Place = {}) => {
    const client = new SQSClient(options(region));
    answerFrom(world, services, client, account, { latency: false });
    return ((command: never) => clock.run(client.send(command) as Promise<unknown>)) as SQSClient['send'];
  };
  const send = as({});
  const queue: SimulatedTopics['queue'] = async (QueueName, place = {}) => {
    const { account = ACCOUNT, region = REGION } = place;
    const arn = `arn:aws:sqs:${region}:${account}:${QueueName}`;
    const statement = {
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: arn,
    };
    const Policy = JSON.stringify({ Statement: [statement] });
    await queues(place)(new CreateQueueCommand({ QueueName, Attributes: { Policy } }));
    return arn;
  };
  return {
    world,
    services,
    heard,
    send,
    as,
    queues,
    run: clock.run,
    pass: async (seconds) => {
      await clock.run(new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000)));
      settle(world, services);
    },
    topic: async (Attributes) => {
      await send(new CreateTopicCommand({ Name: 'news', Attributes }));
    },
    queue,
    subscribed: async (name, Attributes) => {
      const Endpoint = await queue(name);
      const command = new SubscribeCommand({ TopicArn: TOPIC, Protocol: 'sqs', Endpoint, Attributes });
      return (await send(command)).SubscriptionArn ?? '';
    },
    bodies: async (name) => {
      const QueueUrl = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`;
      const { Messages = [] } = await queues()(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
      );
      return Messages.map(({ Body = '' }) => Body);
    },
  };
}
