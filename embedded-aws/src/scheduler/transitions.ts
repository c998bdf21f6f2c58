import { isDuplicated } from '../core/delivery-retries.ts';
import { draw, uuid } from '../core/random.ts';
import type { TransitionHandlers } from '../core/service.ts';
import { count, schedule as transition } from '../core/world.ts';
import { invoke } from './invocation.ts';
import { activateSchedule, nextDue } from './schedules.ts';

export const transitions: TransitionHandlers = {
  /** A scheduled time. A changed schedule ignores its earlier scheduled times. */
  'schedule.due': (world, arn, at) => {
    const schedule = world.schedules.get(arn);
    if (schedule === undefined || schedule.nextAt !== at) return;
    const { account, region, target, window } = schedule;
    const isLast = nextDue(schedule, at) === undefined;
    for (let copy = 0; copy < 2; copy++) {
      const id = uuid(world.seed, 'invocation', count(world, 'invocation'));
      // Somewhere within the minute ("60 second precision"), and somewhere in the flexible time window.
      const windowMs = (window.MaximumWindowInMinutes ?? 0) * 60_000;
      const waitMs =
        draw(world.seed, 'schedule window', id) * windowMs + draw(world.seed, 'schedule', id) * 59_000;
      const since = at + Math.floor(waitMs);
      world.invocations.put(
        { id, account, region, scheduleArn: arn, scheduledTime: at, target, since, attempts: 0, isLast },
        at,
        0,
      );
      transition(world, 'schedule.invokes', id, since);
      if (!isDuplicated(world, id)) break;
    }
    activateSchedule(world, schedule, at);
  },

  'schedule.invokes': (world, id, at, services) => {
    const invocation = world.invocations.get(id);
    if (invocation !== undefined) invoke(world, invocation, at, services);
  },

  'schedule-group.deleted': (world, id, at) => {
    const group = world.scheduleGroups.get(id);
    if (group?.state !== 'DELETING') return;
    for (const schedule of world.schedules.all()) {
      const isIn =
        schedule.group === group.name &&
        schedule.account === group.account &&
        schedule.region === group.region;
      if (isIn) world.schedules.remove(schedule.id, at, 0);
    }
    world.scheduleGroups.remove(id, at, 0);
  },
};
