import type { EnableRuleCommandInput, EnableRuleCommandOutput } from '@aws-sdk/client-eventbridge';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import * as constraints from './constraints.ts';
import { activateRule, findRule } from './rules.ts';

export const enableRule: Operation<EnableRuleCommandInput, EnableRuleCommandOutput> = {
  kind: 'write',
  accepts: ['EventBusName', 'Name'],
  run(input, call) {
    check(input, constraints.rulePlace);
    const rule = findRule(call, { name: input.Name, bus: input.EventBusName });
    if (rule.state !== 'ENABLED') activateRule(call, { ...rule, state: 'ENABLED' }, call.now);
    return {};
  },
};
