import type { Rule } from '@aws-sdk/client-eventbridge';
import type { Call } from '../core/service.ts';
import { lagMs, schedule } from '../core/world.ts';
import { nextTime, readRuleExpression } from '../scheduler/expressions.ts';
import { utc } from '../scheduler/zones.ts';
import { busNameOf, ruleArn } from './arns.ts';
import { findBus } from './buses.ts';
import type { EventRuleRecord } from './records.ts';
import { notFound } from './refusals.ts';

interface Named {
  readonly name: string | undefined;
  readonly bus: string | undefined;
}

/** A rule of the caller by its name, if there is one; its bus must be there. */
export function ruleNamed(call: Call, { name = '', bus }: Named): EventRuleRecord | undefined {
  return call.world.eventRules.get(ruleArn(call, findBus(call, bus).name, name));
}

export function findRule(call: Call, { name = '', bus }: Named): EventRuleRecord {
  const rule = ruleNamed(call, { name, bus });
  if (rule === undefined) {
    throw notFound(`Rule ${name} does not exist on EventBus ${findBus(call, bus).name}.`);
  }
  return rule;
}

/**
 * Writes a rule. The API shows it at once, but it takes a moment until events meet the rule as it is now (EventBridge API reference,
 * PutRule: "allow a short period of time for changes to take effect").
 */
export function changeRule(call: Call, rule: EventRuleRecord, changes: Partial<EventRuleRecord>): void {
  const { world, now } = call;
  world.eventRules.put({ ...rule, ...changes }, now, lagMs(world, rule.id));
}

/** A rule as it is from now on, and what it does by itself set going, if it is to fire on a schedule. */
export function setGoing(
  call: Call,
  { nextAt: _before, ...rule }: EventRuleRecord,
  scheduledSince: number,
): void {
  const nextAt = rule.state === 'ENABLED' ? nextFiring({ ...rule, scheduledSince }, call.now) : undefined;
  changeRule(call, { ...rule, scheduledSince, ...(nextAt === undefined ? {} : { nextAt }) }, {});
  if (nextAt !== undefined) schedule(call.world, 'rule.fires', rule.id, nextAt);
}

/** A rate begins with a wait: "the countdown begins when you create the rule" (EventBridge user guide, Rate expressions). */
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
