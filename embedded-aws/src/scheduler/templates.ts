import type { Target } from '@aws-sdk/client-scheduler';
import { type Arn, readArn } from '../core/arn.ts';
import type { World } from '../core/world.ts';
import { queueUrl } from '../sqs/queues.ts';
import { readUniversal, type Universal } from './universal.ts';

/**
 * A templated target: a resource that stands for an operation of its service (EventBridge Scheduler user guide,
 * Templated targets).
 */
interface Template extends Universal {
  /** The service's name for messages. */
  readonly name: string;
  readonly resource: RegExp;
  request(invocation: { world: World; target: Target; arn: Arn; text: string }): Record<string, unknown>;
}

const templates: Readonly<Record<string, Template>> = {
  states: {
    name: 'Step Functions',
    service: 'sfn',
    api: 'startExecution',
    resource: /^stateMachine:[^:]+(:[^:]+)?$/,
    request: ({ target, text }) => ({ stateMachineArn: target.Arn, input: text }),
  },
  events: {
    name: 'EventBridge',
    service: 'eventbridge',
    api: 'putEvents',
    resource: /^event-bus\//,
    request: ({ target: { Arn, Input, EventBridgeParameters }, text }) => {
      const { Source, DetailType } = EventBridgeParameters ?? {};
      const Detail = Input === undefined ? '{}' : text;
      return { Entries: [{ EventBusName: Arn, Source, DetailType, Detail }] };
    },
  },
  lambda: {
    name: 'Lambda',
    service: 'lambda',
    api: 'invoke',
    resource: /^function:[\w-]+(:[\w$-]+)?$/,
    request: ({ target, text }) => ({
      FunctionName: target.Arn,
      InvocationType: 'Event',
      Payload: new TextEncoder().encode(text),
    }),
  },
  sqs: {
    name: 'SQS',
    service: 'sqs',
    api: 'sendMessage',
    resource: /^[\w-]{1,80}$/,
    request: ({ world, arn, text }) => ({
      QueueUrl: queueUrl(world, { ...arn, name: arn.resource }),
      MessageBody: text,
    }),
  },
  sns: {
    name: 'SNS',
    service: 'sns',
    api: 'publish',
    resource: /^[\w-]{1,256}$/,
    request: ({ target, text }) => ({ TopicArn: target.Arn, Message: text }),
  },
};

export function templateOf({ service }: Arn): Template | undefined {
  return Object.hasOwn(templates, service) ? templates[service] : undefined;
}

/**
 * The operation of a target. For a templated target also the operation's input, made from the text of the target's
 * input.
 */
export function callOf(
  world: World,
  target: Target,
  text: string,
): { universal: Universal; request?: Record<string, unknown> } | undefined {
  const { Arn = '' } = target;
  const universal = readUniversal(Arn);
  if (universal !== undefined) return { universal };
  const arn = readArn(Arn);
  const template = arn && templateOf(arn);
  if (arn === undefined || template === undefined) return undefined;
  return { universal: template, request: template.request({ world, target, arn, text }) };
}
