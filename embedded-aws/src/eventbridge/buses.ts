import { notEmulated } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import { busArn, busNameOf } from './arns.ts';
import type { EventBusRecord } from './records.ts';
import { notFound } from './refusals.ts';

/** A bus of the caller, by its name or ARN; the default bus if none is named. */
export function findBus(call: Call, asked = 'default'): EventBusRecord {
  const id = asked.startsWith('arn:') ? asked : busArn(call, asked);
  const name = busNameOf(id);
  if (id !== busArn(call, name)) throw notEmulated('managing a bus of another account or region');
  const record = call.world.eventBuses.get(id);
  if (record !== undefined) return record;
  if (name !== 'default') throw notFound(`Event bus ${asked} does not exist.`);
  const { account, region } = call;
  return { id, account, region, tags: {}, name, creationTime: 0, lastModifiedTime: 0 };
}

export function changeBus(call: Call, bus: EventBusRecord, changes: Partial<EventBusRecord>): void {
  call.world.eventBuses.put({ ...bus, ...changes, lastModifiedTime: call.now }, call.now, 0);
}

/** What the lists and descriptions of buses tell. The default bus was there before anybody asked. */
export function busShape({ id, name, description, policy, creationTime, lastModifiedTime }: EventBusRecord) {
  return {
    Name: name,
    Arn: id,
    ...(description === undefined ? {} : { Description: description }),
    ...(policy === undefined ? {} : { Policy: policy }),
    ...(creationTime === 0 ? {} : { CreationTime: new Date(creationTime) }),
    ...(lastModifiedTime === 0 ? {} : { LastModifiedTime: new Date(lastModifiedTime) }),
  };
}
