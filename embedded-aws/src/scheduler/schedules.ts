import type { CreateScheduleCommandInput, GetScheduleCommandOutput } from '@aws-sdk/client-scheduler';
import { retryDefaults } from '../core/delivery-retries.ts';
import type { Call } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { schedule as transition, type World } from '../core/world.ts';
import * as constraints from './constraints.ts';
import { nextTime, readExpression } from './expressions.ts';
import { findGroup, scheduleArn } from './groups.ts';
import type { ScheduleRecord } from './records.ts';
import { conflict, invalid, notFound } from './refusals.ts';
import { checkTarget } from './targets.ts';
import { utc, zoneOf } from './zones.ts';

export function findSchedule(
  call: Call,
  { name = '', group }: { name?: string | undefined; group?: string | undefined },
) {
  const schedule = call.world.schedules.get(scheduleArn(call, findGroup(call, group).name, name));
  if (schedule === undefined) throw notFound(`Schedule ${name}`);
  return schedule;
}

/**
 * Checks a request and returns its schedule. Parameters that are not given have their defaults, also in an update.
 */
export function scheduleFrom(
  input: CreateScheduleCommandInput,
  call: Call,
  creationDate: number,
): ScheduleRecord {
  check(input, constraints.schedule);
  const { account, region, now } = call;
  const { Name: name = '', Description, StartDate, EndDate, State = 'ENABLED', Target } = input;
  const { ScheduleExpression: expression = '', ScheduleExpressionTimezone: timezone = 'UTC' } = input;
  const { Mode, MaximumWindowInMinutes } = input.FlexibleTimeWindow ?? { Mode: 'OFF' };
  const group = findGroup(call, input.GroupName);
  if (group.state === 'DELETING') throw conflict(`Schedule group ${group.name} is being deleted.`);
  checkWhen(input, call);
  if (Target === undefined || Mode === undefined)
    throw new Error('the constraints accepted a request without a required member');
  checkTarget(call, Target);
  return {
    id: scheduleArn(call, group.name, name),
    account,
    region,
    group: group.name,
    name,
    ...(Description === undefined ? {} : { description: Description }),
    expression,
    timezone,
    ...(StartDate === undefined ? {} : { startDate: StartDate.getTime() }),
    ...(EndDate === undefined ? {} : { endDate: EndDate.getTime() }),
    state: State,
    window: { Mode, ...(MaximumWindowInMinutes === undefined ? {} : { MaximumWindowInMinutes }) },
    target: { ...Target, RetryPolicy: { ...retryDefaults, ...Target.RetryPolicy } },
    actionAfterCompletion: input.ActionAfterCompletion ?? 'NONE',
    creationDate,
    lastModificationDate: now,
    scheduledSince: StartDate?.getTime() ?? now,
  };
}

const startAgeMaxMs = 5 * 60_000;

function checkWhen(input: CreateScheduleCommandInput, { now }: Call): void {
  const { ScheduleExpression = '', ScheduleExpressionTimezone = 'UTC', StartDate, EndDate } = input;
  const { Mode, MaximumWindowInMinutes } = input.FlexibleTimeWindow ?? {};
  const expression = readExpression(ScheduleExpression);
  if (expression === undefined) throw invalid(`Invalid Schedule Expression ${ScheduleExpression}.`);
  const zone = zoneOf(ScheduleExpressionTimezone);
  if (zone === undefined) throw invalid(`Invalid ScheduleExpressionTimezone ${ScheduleExpressionTimezone}.`);
  if (Mode === 'OFF' && MaximumWindowInMinutes !== undefined) {
    throw invalid('MaximumWindowInMinutes must not be provided when FlexibleTimeWindowMode is set to OFF.');
  }
  if (Mode === 'FLEXIBLE' && MaximumWindowInMinutes === undefined) {
    throw invalid('MaximumWindowInMinutes must be provided when FlexibleTimeWindowMode is set to FLEXIBLE.');
  }
  // A schedule that fires once ignores StartDate and EndDate.
  if (expression.is === 'at') return;
  if (StartDate !== undefined && StartDate.getTime() < now - startAgeMaxMs) {
    throw invalid('The StartDate you specify cannot be earlier than 5 minutes ago.');
  }
  if (StartDate !== undefined && EndDate !== undefined && StartDate >= EndDate) {
    throw invalid('The StartDate you specify must come before the EndDate.');
  }
  if (EndDate !== undefined && EndDate.getTime() <= now) {
    throw invalid('The EndDate you specify must be in the future.');
  }
}

/** Writes a schedule and schedules its next time. */
export function activateSchedule(
  world: World,
  { nextAt: _before, ...schedule }: ScheduleRecord,
  after: number,
): void {
  const nextAt = schedule.state === 'ENABLED' ? nextDue(schedule, after) : undefined;
  world.schedules.put({ ...schedule, ...(nextAt === undefined ? {} : { nextAt }) }, after, 0);
  if (nextAt !== undefined) transition(world, 'schedule.due', schedule.id, nextAt);
}

/** The next time of a schedule after a time; `undefined` if there is none. */
export function nextDue(
  { expression: text, timezone, startDate = 0, endDate, scheduledSince }: ScheduleRecord,
  after: number,
): number | undefined {
  const expression = readExpression(text);
  const zone = zoneOf(timezone) ?? utc;
  if (expression === undefined) return undefined;
  if (expression.is === 'at') return nextTime(expression, zone, { after, begin: 0 });
  // A rate fires as early as possible, and a cron schedule also at its start if the start matches.
  const from = Math.max(after, startDate - 1);
  const next = nextTime(expression, zone, { after: from, begin: scheduledSince });
  return next !== undefined && endDate !== undefined && next > endDate ? undefined : next;
}

export function scheduleShape(schedule: ScheduleRecord): Omit<GetScheduleCommandOutput, '$metadata'> {
  const { id, name, group, description, startDate, endDate } = schedule;
  return {
    Arn: id,
    GroupName: group,
    Name: name,
    ScheduleExpression: schedule.expression,
    ScheduleExpressionTimezone: schedule.timezone,
    ...(startDate === undefined ? {} : { StartDate: new Date(startDate) }),
    ...(endDate === undefined ? {} : { EndDate: new Date(endDate) }),
    ...(description === undefined ? {} : { Description: description }),
    State: schedule.state,
    CreationDate: new Date(schedule.creationDate),
    LastModificationDate: new Date(schedule.lastModificationDate),
    Target: schedule.target,
    FlexibleTimeWindow: schedule.window,
    ActionAfterCompletion: schedule.actionAfterCompletion,
  };
}
