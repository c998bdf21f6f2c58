import { AwsError } from '../core/errors.ts';
import { denialReason, noPolicyAllows } from '../core/resource-policy.ts';
import type { Call } from '../core/service.ts';
import type { World } from '../core/world.ts';
import type { QueueRecord } from './records.ts';
import { missing, noQueue } from './refusals.ts';

interface Place {
  readonly account: string;
  readonly region: string;
}

export const queueArn = ({ account, region }: Place, name: string) =>
  `arn:aws:sqs:${region}:${account}:${name}`;

/**
 * The queue's URL: on AWS, or on the endpoint that serves the world. Clients that send to the
 * queue's URL then reach this endpoint.
 */
export const queueUrl = ({ origin }: World, { account, region, name }: Place & { name: string }) =>
  `${origin ?? `https://sqs.${region}.amazonaws.com`}/${account}/${name}`;

/** An existing queue. Records of recently deleted queues stay in the world to reserve the name. */
export function queueAt(world: World, arn: string): QueueRecord | undefined {
  const queue = world.queues.get(arn);
  return queue?.deletedAt === undefined ? queue : undefined;
}

/** The queue with a URL, if the caller may perform `action` on the queue. */
export function findQueue(call: Call, url: string | undefined, action: string): QueueRecord {
  if (url === undefined || url === '') throw missing('QueueUrl');
  const place = readUrl(url, call);
  const queue = place && queueAt(call.world, queueArn({ ...place, region: call.region }, place.name));
  if (queue === undefined) throw noQueue();
  checkAccess(call, queue, action);
  return queue;
}

/**
 * Only the owner may manage a queue. A queue policy can grant other accounts only message actions
 * and read access.
 */
const ownerOnlyActions: ReadonlySet<string> = new Set([
  'CreateQueue',
  'DeleteQueue',
  'ListQueueTags',
  'SetQueueAttributes',
  'TagQueue',
  'UntagQueue',
]);

export function checkAccess(call: Call, queue: QueueRecord, action: string): void {
  const what = `sqs:${action.toLowerCase()}`;
  const { id: arn, account: owner } = queue;
  const isOwnerOnly = call.account !== owner && ownerOnlyActions.has(action);
  const reason = isOwnerOnly
    ? noPolicyAllows(what)
    : denialReason(call, { arn, owner, policy: queue.attributes.Policy }, what);
  if (reason === undefined) return;
  throw new AwsError(
    'AccessDenied',
    `User: arn:aws:iam::${call.account}:root is not authorized to perform: ${what} on resource: ${arn} ${reason}`,
    403,
  );
}

/**
 * The URL ends in account and name. A name alone means a queue of the caller. A URL that matches no
 * queue of the region is not an invalid address: the queue does not exist (getmoto/moto#3657,
 * #5073, checked against AWS).
 */
function readUrl(
  url: string,
  { account: caller, region }: Place,
): { account: string; name: string } | undefined {
  if (/^[\w.-]+$/.test(url)) return { account: caller, name: url };
  const [, host = '', account = '', name = ''] =
    /^(?:https?:\/\/([^/?#]+))?\/?(?:[^?#]*\/)?(\d{12})\/([\w.-]+)\/?$/.exec(url) ?? [];
  const [, urlRegion = region] = /^sqs\.([a-z0-9-]+)\.amazonaws\.com$/.exec(host) ?? [];
  return name === '' || urlRegion !== region ? undefined : { account, name };
}

export function changeQueue({ world, now }: Call, queue: QueueRecord, changes: Partial<QueueRecord>): void {
  world.queues.put({ ...queue, ...changes }, now, 0);
}

/** The caller's queues, sorted by name. */
export function ownQueues({ world, account, region }: Call): QueueRecord[] {
  return world.queues
    .all()
    .filter((queue) => queue.account === account && queue.region === region && queue.deletedAt === undefined)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
