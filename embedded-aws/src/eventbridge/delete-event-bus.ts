import type { DeleteEventBusCommandInput, DeleteEventBusCommandOutput } from '@aws-sdk/client-eventbridge';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { findBus } from './buses.ts';
import * as constraints from './constraints.ts';
import { invalid } from './refusals.ts';

export const deleteEventBus: Operation<DeleteEventBusCommandInput, DeleteEventBusCommandOutput> = {
  kind: 'write',
  accepts: ['Name'],
  run(input, call) {
    check(input, { Name: { required: true, ...constraints.busName } });
    const { world, now } = call;
    const { id, name } = findBus(call, input.Name);
    if (name === 'default') throw invalid('Cannot delete event bus default.');
    if (world.eventRules.all().some(({ bus }) => bus === id)) {
      throw invalid("EventBus can't be deleted since it has rules.");
    }
    world.eventBuses.remove(id, now, 0);
    return {};
  },
};
