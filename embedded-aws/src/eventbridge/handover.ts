import { readArn } from '../core/arn.ts';
import { AwsError } from '../core/errors.ts';
import { isValidJson } from '../core/nesting.ts';
import { carryOut } from '../core/operation.ts';
import type { Services } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { invokeLater } from '../lambda/invoke-later.ts';
import { putMessage } from '../sqs/put-message.ts';
import { queueAt } from '../sqs/queues.ts';
import { putOnBus } from './emit.ts';
import { mayPutEvents } from './policy.ts';
import type { DeliveryRecord } from './records.ts';
import { targetInput } from './target-input.ts';

/** An attempt to deliver an event to a target. */
interface Attempt {
  readonly world: World;
  readonly delivery: DeliveryRecord;
  readonly at: number;
  readonly services: Services;
}

/** Delivers an event to its target. Throws an error if the target refuses the event. */
export function handOver(attempt: Attempt): void {
  const { service = '' } = readArn(attempt.delivery.target.Arn ?? '') ?? {};
  handlers[service]?.(attempt);
}

/** EventBridge as the sender in resource policies. EventBridge acts for a rule. */
export const senderOf = ({ ruleArn, account }: DeliveryRecord) => ({
  service: 'events.amazonaws.com',
  sourceArn: ruleArn,
  account,
});

function inputOf(delivery: DeliveryRecord): string {
  const input = targetInput(delivery);
  if (input !== undefined && isValidJson(input)) return input;
  throw new AwsError('INVALID_JSON', 'The input of the target is not valid JSON.');
}

function startExecution({ world, delivery, at, services }: Attempt): void {
  const { id, account, region, target, event } = delivery;
  const sfn = services.sfn;
  if (sfn === undefined) throw new AwsError('NO_RESOURCE', `The target ${target.Arn} does not exist.`);
  const input = inputOf(delivery);
  // Each delivery starts a separate execution, so a duplicated delivery starts two.
  const name = `${event.eventId}_${id}`;
  const request = { stateMachineArn: target.Arn, name, input };
  const role = target.RoleArn && { arn: target.RoleArn, sessionName: id.replaceAll('-', '') };
  carryOut(sfn, 'StartExecution', request, {
    world,
    account,
    region,
    now: at,
    ...(role && { role }),
    services,
    inner: true,
  });
}

function invokeFunction({ world, delivery, at, services }: Attempt): void {
  const { account, target } = delivery;
  const functionArn = target.Arn ?? '';
  const payload = inputOf(delivery);
  invokeLater({ world, services, account, now: at }, { functionArn, payload, sender: senderOf(delivery) });
}

function sendMessage({ world, delivery, at }: Attempt): void {
  const queueArn = delivery.target.Arn ?? '';
  const message = { queueArn, body: inputOf(delivery), now: at, sender: senderOf(delivery) };
  if (putMessage(world, message)) return;
  throw queueAt(world, queueArn) === undefined
    ? new AwsError('NO_RESOURCE', `The queue ${queueArn} does not exist.`)
    : new AwsError('NO_PERMISSIONS', `No permission to send messages to the queue ${queueArn}.`);
}

function publish({ world, delivery, at, services }: Attempt): void {
  const { account, region, target } = delivery;
  const { sns } = services;
  if (sns === undefined) throw new AwsError('NO_RESOURCE', `The target ${target.Arn} does not exist.`);
  const request = { TopicArn: target.Arn, Message: inputOf(delivery) };
  const sender = senderOf(delivery);
  carryOut(sns, 'Publish', request, { world, account, region, now: at, sender, services, inner: true });
}

/**
 * Sends an event to another bus. From there it is not sent to a third bus (EventBridge user guide, Sending events
 * between event buses).
 */
function forward({ world, delivery, at }: Attempt): void {
  const { account, region, event, target } = delivery;
  const bus = target.Arn ?? '';
  const to = readArn(bus);
  const isOtherAccount = to?.account !== account;
  if (event.sentFrom !== undefined) {
    const code =
      isOtherAccount || to?.region === region ? 'THIRD_ACCOUNT_HOP_DETECTED' : 'THIRD_REGION_HOP_DETECTED';
    throw new AwsError(
      code,
      'Events that were received from another event bus cannot be sent to a third one.',
    );
  }
  const { id: _id, ...rest } = event;
  if (!mayPutEvents(world, account, bus)) {
    throw new AwsError(
      'CROSS_ACCOUNT_INGESTION_FAILED',
      `No permission to put events on the event bus ${bus}.`,
    );
  }
  if (!bus.endsWith(':event-bus/default') && world.eventBuses.get(bus) === undefined) {
    const code = to?.region === region ? 'NO_RESOURCE' : 'CROSS_REGION_INGESTION_FAILED';
    throw new AwsError(code, `Event bus ${bus} does not exist.`);
  }
  putOnBus(world, { ...rest, bus, sentFrom: event.bus }, at);
}

/** Delivery functions by the service of the target. */
const handlers: Readonly<Record<string, (attempt: Attempt) => void>> = {
  events: forward,
  lambda: invokeFunction,
  sns: publish,
  sqs: sendMessage,
  states: startExecution,
};
