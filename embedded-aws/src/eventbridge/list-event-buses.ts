import type { ListEventBusesCommandInput, ListEventBusesCommandOutput } from '@aws-sdk/client-eventbridge';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { busShape, findBus } from './buses.ts';
import * as constraints from './constraints.ts';
import { byName, page } from './paging.ts';

export const listEventBuses: Operation<ListEventBusesCommandInput, ListEventBusesCommandOutput> = {
  kind: 'read',
  accepts: ['Limit', 'NamePrefix', 'NextToken'],
  run(input, call) {
    check(input, {
      NamePrefix: constraints.busName,
      NextToken: constraints.nextToken,
      Limit: constraints.limit,
    });
    const { NamePrefix = '' } = input;
    const own = call.world.eventBuses
      .all()
      .filter(
        ({ account, region, name }) =>
          account === call.account && region === call.region && name !== 'default',
      );
    const buses = [findBus(call), ...own].filter(({ name }) => name.startsWith(NamePrefix)).toSorted(byName);
    const { items, next } = page(buses, input);
    return { EventBuses: items.map(busShape), ...next };
  },
};
