import { evaluatePolicy } from '../core/resource-policy.ts';
import type { World } from '../core/world.ts';
import { enqueue } from './messages.ts';
import { queueAt } from './queues.ts';
import type { MessageAttribute } from './records.ts';

export interface ServiceMessage {
  readonly queueArn: string;
  readonly body: string;
  /** Message attributes; those that are plain texts become Strings. */
  readonly attributes?: Readonly<Record<string, string | MessageAttribute>>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The service that sends, and the resource that it sends for: the policy of the queue has to let it. Left out: whoever may. */
  readonly sender?: { readonly service: string; readonly sourceArn: string; readonly account: string };
}

/** Lets a service put a message into a queue. `false`: there is no such queue, or its policy does not let the sender in. */
export function putMessage(
  world: World,
  { queueArn, body, attributes = {}, now, sender }: ServiceMessage,
): boolean {
  const queue = queueAt(world, queueArn);
  if (queue === undefined) return false;
  const asked = { ...sender, account: sender?.account ?? queue.account };
  if (sender !== undefined) {
    const said = evaluatePolicy(queue.attributes.Policy, {
      ...asked,
      action: 'sqs:SendMessage',
      resource: queueArn,
    });
    if (said !== 'allowed') return false;
  }
  const all = Object.entries(attributes).map(([name, value]): [string, MessageAttribute] => [
    name,
    typeof value === 'string' ? { type: 'String', text: value } : value,
  ]);
  enqueue(world, queue, { body, attributes: Object.fromEntries(all), senderId: asked.account }, now);
  return true;
}
