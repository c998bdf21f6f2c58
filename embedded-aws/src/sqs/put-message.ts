import { evaluatePolicy } from '../core/resource-policy.ts';
import type { World } from '../core/world.ts';
import { enqueue } from './messages.ts';
import { queueAt } from './queues.ts';
import type { MessageAttribute } from './records.ts';

export interface ServiceMessage {
  readonly queueArn: string;
  readonly body: string;
  /** Message attributes. Plain strings become attributes of type String. */
  readonly attributes?: Readonly<Record<string, string | MessageAttribute>>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /**
   * The sending service and the resource for which the service sends. The queue policy must allow
   * this sender. If missing, the policy is not checked.
   */
  readonly sender?: { readonly service: string; readonly sourceArn: string; readonly account: string };
}

/**
 * Puts a message from a service into a queue. Returns `false` if the queue does not exist or if the
 * queue policy does not allow the sender.
 */
export function putMessage(
  world: World,
  { queueArn, body, attributes = {}, now, sender }: ServiceMessage,
): boolean {
  const queue = queueAt(world, queueArn);
  if (queue === undefined) return false;
  const request = { ...sender, account: sender?.account ?? queue.account };
  if (sender !== undefined) {
    const decision = evaluatePolicy(queue.attributes.Policy, {
      ...request,
      action: 'sqs:SendMessage',
      resource: queueArn,
    });
    if (decision !== 'allowed') return false;
  }
  const all = Object.entries(attributes).map(([name, value]): [string, MessageAttribute] => [
    name,
    typeof value === 'string' ? { type: 'String', text: value } : value,
  ]);
  enqueue(world, queue, { body, attributes: Object.fromEntries(all), senderId: request.account }, now);
  return true;
}
