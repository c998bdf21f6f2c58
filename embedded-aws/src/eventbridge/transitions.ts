import { draw } from '../core/random.ts';
import type { TransitionHandlers } from '../core/service.ts';
import { schedule } from '../core/world.ts';
import { attempt, send } from './delivery.ts';
import { newEventId } from './emit.ts';
import { matches, readPattern } from './pattern.ts';
import { nextFiring } from './rules.ts';
import { envelope } from './target-input.ts';

export const transitions: TransitionHandlers = {
  /** Matches an event with the rules of its bus, as they apply at that time. */
  'event.arrives': (world, id, at) => {
    const event = world.events.get(id);
    if (event === undefined) return;
    world.events.delete(id);
    const seen = envelope(event);
    for (const rule of world.eventRules.allSeen(at)) {
      if (rule.bus !== event.bus || rule.state !== 'ENABLED' || rule.eventPattern === undefined) continue;
      if (matches(readPattern(rule.eventPattern), seen)) send(world, rule, event, at);
    }
  },

  'event.delivered': (world, id, at, services) => {
    const delivery = world.deliveries.get(id);
    if (delivery !== undefined) attempt(world, delivery, at, services);
  },

  /** A scheduled time of a rule. A changed rule ignores its earlier scheduled times. */
  'rule.fires': (world, id, at) => {
    const rule = world.eventRules.get(id);
    if (rule === undefined || rule.nextAt !== at) return;
    const { account, region } = rule;
    const event = {
      id,
      eventId: newEventId(world),
      account,
      region,
      bus: rule.bus,
      source: 'aws.events',
      detailType: 'Scheduled Event',
      resources: [id],
      detail: {},
      time: at,
    };
    // Somewhere within the minute (EventBridge user guide, Creating a rule that runs on a schedule).
    send(world, rule, event, at + Math.floor(draw(world.seed, 'rule fires', id, at) * 59_000));
    const { nextAt: _now, ...rest } = rule;
    const nextAt = nextFiring(rule, at);
    world.eventRules.put({ ...rest, ...(nextAt === undefined ? {} : { nextAt }) }, at, 0);
    if (nextAt !== undefined) schedule(world, 'rule.fires', id, nextAt);
  },
};
