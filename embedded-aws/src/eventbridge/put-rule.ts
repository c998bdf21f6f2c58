import type { PutRuleCommandInput, PutRuleCommandOutput } from '@aws-sdk/client-eventbridge';
import { notEmulated } from '../core/errors.ts';
import type { Call, Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { readRuleExpression } from '../scheduler/expressions.ts';
import { ruleArn } from './arns.ts';
import { findBus } from './buses.ts';
import * as constraints from './constraints.ts';
import { readPattern } from './pattern.ts';
import type { EventRuleRecord } from './records.ts';
import { invalid, tooMany } from './refusals.ts';
import { activateRule } from './rules.ts';
import { tagsFrom } from './tagging.ts';

const rulesPerBusMax = 300;
/** The default quota. AWS can raise it for an account to the 4,096 characters that the API's model allows. */
const patternLengthMax = 2048;

/** Replaces an existing rule, except its targets and its tags (EventBridge API reference, PutRule). */
export const putRule: Operation<PutRuleCommandInput, PutRuleCommandOutput> = {
  kind: 'write',
  accepts: [
    'Description',
    'EventBusName',
    'EventPattern',
    'Name',
    'RoleArn',
    'ScheduleExpression',
    'State',
    'Tags.Key',
    'Tags.Value',
  ],
  run(input, call) {
    check(input, {
      ...constraints.rulePlace,
      ScheduleExpression: { length: [0, 256] },
      EventPattern: { length: [0, 4096] },
      State: { oneOf: ['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'] },
      Description: constraints.description,
      RoleArn: constraints.arn,
      Tags: constraints.tagList,
    });
    const { world, account, region, now } = call;
    const { Name: name = '', EventPattern, ScheduleExpression, State = 'ENABLED' } = input;
    const bus = findBus(call, input.EventBusName);
    if (State === 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS') {
      throw notEmulated(`eventbridge:PutRule with the State ${State}`);
    }
    checkWhen(input, bus.name);
    const id = ruleArn(call, bus.name, name);
    const before = world.eventRules.get(id);
    const tags = before?.tags ?? tagsFrom(input.Tags);
    if (before === undefined) checkCount(call, bus.id);
    const rule: EventRuleRecord = {
      id,
      account,
      region,
      tags,
      name,
      bus: bus.id,
      ...(input.Description === undefined ? {} : { description: input.Description }),
      ...(EventPattern === undefined ? {} : { eventPattern: EventPattern }),
      ...(ScheduleExpression === undefined ? {} : { scheduleExpression: ScheduleExpression }),
      scheduledSince: now,
      state: State,
      ...(input.RoleArn === undefined ? {} : { roleArn: input.RoleArn }),
      targets: before?.targets ?? [],
    };
    activateRule(call, rule, now);
    return { RuleArn: id };
  },
};

function checkWhen(
  { Name, EventPattern = '', ScheduleExpression = '' }: PutRuleCommandInput,
  busName: string,
): void {
  const isEmpty = /^\s*(\{\s*\}\s*)?$/.test(EventPattern);
  if (isEmpty && ScheduleExpression === '') {
    throw invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.');
  }
  if (ScheduleExpression !== '') {
    if (busName !== 'default')
      throw invalid('ScheduleExpression is supported only on the default event bus.');
    if (readRuleExpression(ScheduleExpression) === undefined) {
      throw invalid('Parameter ScheduleExpression is not valid.');
    }
  }
  if (EventPattern === '') return;
  if (EventPattern.length > patternLengthMax) {
    throw invalid(`Parameter EventPattern for rule ${Name} exceeds limit of ${patternLengthMax}.`);
  }
  readPattern(EventPattern);
}

function checkCount({ world }: Call, bus: string): void {
  if (world.eventRules.all().filter((rule) => rule.bus === bus).length >= rulesPerBusMax) throw tooMany();
}
