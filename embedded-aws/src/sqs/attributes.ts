import { AwsError, notEmulated } from '../core/errors.ts';
import { isDeeperThan, jsonLevelsMax } from '../core/nesting.ts';
import { problemOf } from '../core/resource-policy.ts';
import type { Call } from '../core/service.ts';
import { queueArn, queueAt } from './queues.ts';
import type { QueueRecord } from './records.ts';
import { invalid, unknownAttribute } from './refusals.ts';

/** Numeric attributes: minimum, maximum and default (SQS API reference, CreateQueue). */
const numbers = {
  DelaySeconds: [0, 900, 0],
  MaximumMessageSize: [1024, 1_048_576, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600, 345_600],
  ReceiveMessageWaitTimeSeconds: [0, 20, 0],
  VisibilityTimeout: [0, 43_200, 30],
} as const;

/** Read-only attributes. */
const measured = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesDelayed',
  'ApproximateNumberOfMessagesNotVisible',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'QueueArn',
];
const ofFifo = ['ContentBasedDeduplication', 'DeduplicationScope', 'FifoQueue', 'FifoThroughputLimit'];
const ofKeys = ['KmsDataKeyReusePeriodSeconds', 'KmsMasterKeyId'];
const texts = ['Policy', 'RedriveAllowPolicy', 'RedrivePolicy', 'SqsManagedSseEnabled'];

export const attributeNames = [...Object.keys(numbers), ...measured, ...ofFifo, ...ofKeys, ...texts];

export const numberOf = ({ attributes }: QueueRecord, name: keyof typeof numbers): number =>
  Number(attributes[name] ?? numbers[name][2]);

/** All attributes of a queue that are set or have a default. */
export function settings({ attributes }: QueueRecord): Record<string, string> {
  const defaults = Object.entries(numbers).map(([name, [, , usual]]) => [name, String(usual)]);
  return { ...Object.fromEntries(defaults), SqsManagedSseEnabled: 'true', ...attributes };
}

/**
 * Merges the attributes of a request into the attributes of a queue. An empty value removes the
 * attribute.
 */
export function attributesWith(
  call: Call,
  name: string,
  before: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const all = { ...before };
  for (const [attribute, value = ''] of Object.entries(given)) {
    checkAttribute(call, name, attribute, value);
    if (value === '') delete all[attribute];
    else all[attribute] = value;
  }
  return all;
}

function checkAttribute(call: Call, name: string, attribute: string, value: string): void {
  if (ofKeys.includes(attribute)) throw notEmulated(`a queue with ${attribute}`);
  if (attribute === 'DeduplicationScope' || attribute === 'FifoThroughputLimit') {
    throw new AwsError(
      'InvalidAttributeName',
      `You can specify the ${attribute} only when FifoQueue is set to true.`,
    );
  }
  const range = Object.hasOwn(numbers, attribute) ? numbers[attribute as keyof typeof numbers] : undefined;
  if (range !== undefined) {
    const [least, most] = range;
    if (!/^\d{1,9}$/.test(value) || Number(value) < least || Number(value) > most) throw badValue(attribute);
    return;
  }
  if (!texts.includes(attribute)) throw unknownAttribute(attribute);
  if (value === '') return;
  if (attribute === 'SqsManagedSseEnabled' && !/^(true|false)$/.test(value)) throw badValue(attribute);
  if (attribute === 'Policy' && problemOf(value) !== undefined) throw badValue(attribute);
  if (attribute === 'RedrivePolicy') checkRedrive(call, name, value);
  if (attribute === 'RedriveAllowPolicy') checkRedriveAllowance(value);
}

const badValue = (attribute: string) =>
  new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${attribute}.`);

export interface Redrive {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

export function redriveOf({ attributes }: QueueRecord): Redrive | undefined {
  if (attributes.RedrivePolicy === undefined) return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(attributes.RedrivePolicy);
  return { deadLetterTargetArn, maxReceiveCount: Number(maxReceiveCount) };
}

function checkRedrive({ world, account, region }: Call, name: string, text: string): void {
  const wrong = (reason: string) => invalid(text, 'RedrivePolicy', reason);
  const policy = jsonMap(text);
  if (policy === undefined) throw wrong('Redrive policy is not a valid JSON map.');
  const { deadLetterTargetArn: target, maxReceiveCount: most } = policy;
  for (const [attribute, value] of Object.entries({ maxReceiveCount: most, deadLetterTargetArn: target })) {
    if (value === undefined) {
      throw wrong(`Redrive policy does not contain mandatory attribute: ${attribute}.`);
    }
  }
  if (!/^\d{1,9}$/.test(String(most)) || Number(most) < 1 || Number(most) > 1000) {
    throw wrong(
      `Invalid value for maxReceiveCount: ${most}, valid values are from 1 to 1000 both inclusive.`,
    );
  }
  const [, targetRegion, targetAccount] =
    /^arn:aws[\w-]*:sqs:([^:]*):([^:]*):[^:]+$/.exec(String(target)) ?? [];
  if (targetAccount === undefined) throw wrong('Invalid value for deadLetterTargetArn.');
  if (targetAccount !== account) throw wrong('Dead-letter target owner should be same as the source.');
  if (targetRegion !== region) throw wrong('Dead letter target region should be the same as the source.');
  const queue = queueAt(world, String(target));
  if (queue === undefined) throw wrong('Dead letter target does not exist.');
  const { redrivePermission = 'allowAll', sourceQueueArns = [] } = jsonMap(
    queue.attributes.RedriveAllowPolicy ?? '{}',
  ) as { redrivePermission?: string; sourceQueueArns?: string[] };
  const isAllowed =
    redrivePermission === 'allowAll' ||
    (redrivePermission === 'byQueue' && sourceQueueArns.includes(queueArn({ account, region }, name)));
  if (!isAllowed) throw wrong('Dead letter target does not allow this queue to use it.');
}

function checkRedriveAllowance(text: string): void {
  const { redrivePermission, sourceQueueArns } = jsonMap(text) ?? {};
  const isList =
    Array.isArray(sourceQueueArns) && sourceQueueArns.length >= 1 && sourceQueueArns.length <= 10;
  const isValid =
    redrivePermission === 'byQueue'
      ? isList
      : ['allowAll', 'denyAll'].includes(String(redrivePermission)) && sourceQueueArns === undefined;
  if (!isValid) throw badValue('RedriveAllowPolicy');
}

function jsonMap(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isMap && !isDeeperThan(value, jsonLevelsMax) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
