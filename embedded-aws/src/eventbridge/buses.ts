import { notEmulated } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import { busArn, busNameOf } from './arns.ts';
import type { EventBusRecord } from './records.ts';
import { notFound } from './refusals.ts';

/** A bus of the caller, by name or ARN. Default: the default bus. */
export function findBus(call: Call, nameOrArn = 'default'): EventBusRecord {
  const id = nameOrArn.startsWith('arn:') ? nameOrArn : busArn(call, nameOrArn);
  const name = busNameOf(id);
  if (id !== busArn(call, name)) throw notEmulated('managing a bus of another account or region');
  const record = call.world.eventBuses.get(id);
  if (record !== undefined) return record;
  if (name !== 'default') throw notFound(`Event bus ${nameOrArn} does not exist.`);
  const { account, region } = call;
  return { id, account, region, tags: {}, name, creationTime: 0, lastModifiedTime: 0 };
}

export function changeBus(call: Call, bus: EventBusRecord, changes: Partial<EventBusRecord>): void {
  call.world.eventBuses.put({ ...bus, ...changes, lastModifiedTime: call.now }, call.now, 0);
}

/** A bus as lists and descriptions show it. The default bus has no times if it has no record. */
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
