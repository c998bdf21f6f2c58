import type { Service } from '../../src/core/service.ts';
import { busArn } from '../../src/eventbridge/arns.ts';
import type { EventRecord } from '../../src/eventbridge/records.ts';
import { ACCOUNT, REGION, type SimulatedSsm } from '../simulated-ssm.ts';

/**
 * Collects the events on the default bus from now on. Returns a function for the events so far, in
 * chronological order.
 */
export function listen({
  world,
  services,
}: SimulatedSsm): () => Pick<EventRecord, 'detailType' | 'detail' | 'resources' | 'source'>[] {
  const bus = busArn({ account: ACCOUNT, region: REGION }, 'default');
  world.eventRules.put(
    {
      id: `arn:aws:events:${REGION}:${ACCOUNT}:rule/all`,
      account: ACCOUNT,
      region: REGION,
      tags: {},
      name: 'all',
      bus,
      eventPattern: '{"source":["aws.ssm"]}',
      scheduledSince: world.now(),
      state: 'ENABLED',
      targets: [],
    },
    world.now(),
    0,
  );
  const arrived: EventRecord[] = [];
  const listener: Service = {
    name: 'listener',
    operations: {},
    transitions: {
      'event.arrives': (_world, id) => {
        const event = world.events.get(id);
        if (event !== undefined) arrived.push(event);
      },
    },
  };
  Object.assign(services, { listener });
  return () => arrived.toSorted((a, b) => a.time - b.time);
}
