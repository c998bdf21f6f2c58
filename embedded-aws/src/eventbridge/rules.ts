import type { Rule } from '@aws-sdk/client-eventbridge';
import type { Call } from '../core/service.ts';
import { lagMs, schedule } from '../core/world.ts';
import { nextTime, readRuleExpression } from '../scheduler/expressions.ts';
import { utc } from '../scheduler/zones.ts';
import { busNameOf, ruleArn } from './arns.ts';
import { findBus } from './buses.ts';
import type { EventRuleRecord } from './records.ts';
import { notFound } from './refusals.ts';

interface RuleReference {
  readonly name: string | undefined;
  readonly bus: string | undefined;
}

/** A rule of the caller by name, if it exists. Its bus must exist. */
export function ruleNamed(call: Call, { name = '', bus }: RuleReference): EventRuleRecord | undefined {
  return call.world.eventRules.get(ruleArn(call, findBus(call, bus).name, name));
}

export function findRule(call: Call, { name = '', bus }: RuleReference): EventRuleRecord {
  const rule = ruleNamed(call, { name, bus });
  if (rule === undefined) {
    throw notFound(`Rule ${name} does not exist on EventBus ${findBus(call, bus).name}.`);
  }
  return rule;
}

/**
 * Writes a rule. The API shows the change immediately, but it takes a moment until the rule applies to events
 * (EventBridge API reference, PutRule: "allow a short period of time for changes to take effect").
 */
export function changeRule(call: Call, rule: EventRuleRecord, changes: Partial<EventRuleRecord>): void {
  const { world, now } = call;
  world.eventRules.put({ ...rule, ...changes }, now, lagMs(world, rule.id));
}

/** Writes a rule, and schedules its next time if it is enabled and has a schedule. */
export function activateRule(
  call: Call,
  { nextAt: _before, ...rule }: EventRuleRecord,
  scheduledSince: number,
): void {
  const nextAt = rule.state === 'ENABLED' ? nextFiring({ ...rule, scheduledSince }, call.now) : undefined;
  changeRule(call, { ...rule, scheduledSince, ...(nextAt === undefined ? {} : { nextAt }) }, {});
  if (nextAt !== undefined) schedule(call.world, 'rule.fires', rule.id, nextAt);
}

/**
 * A rate starts with a wait: "the countdown begins when you create the rule" (EventBridge user guide, Rate
 * expressions).
 */
export function nextFiring(
  { scheduleExpression, scheduledSince }: EventRuleRecord,
  after: number,
): number | undefined {
  const expression = scheduleExpression === undefined ? undefined : readRuleExpression(scheduleExpression);
  return expression && nextTime(expression, utc, { after, begin: scheduledSince });
}

export function ruleShape(rule: EventRuleRecord): Rule {
  const { id, name, bus, description, eventPattern, scheduleExpression, state, roleArn } = rule;
  return {
    Name: name,
    Arn: id,
    ...(eventPattern === undefined ? {} : { EventPattern: eventPattern }),
    ...(scheduleExpression === undefined ? {} : { ScheduleExpression: scheduleExpression }),
    State: state,
    ...(description === undefined ? {} : { Description: description }),
    ...(roleArn === undefined ? {} : { RoleArn: roleArn }),
    EventBusName: busNameOf(bus),
  };
}
