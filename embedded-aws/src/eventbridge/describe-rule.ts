import type { DescribeRuleCommandInput, DescribeRuleCommandOutput } from '@aws-sdk/client-eventbridge';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import * as constraints from './constraints.ts';
import { findRule, ruleShape } from './rules.ts';

export const describeRule: Operation<DescribeRuleCommandInput, DescribeRuleCommandOutput> = {
  kind: 'read',
  accepts: ['EventBusName', 'Name'],
  run(input, call) {
    check(input, constraints.rulePlace);
    const rule = findRule(call, { name: input.Name, bus: input.EventBusName });
    return { ...ruleShape(rule), CreatedBy: rule.account };
  },
};
