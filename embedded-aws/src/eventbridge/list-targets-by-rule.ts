import type {
  ListTargetsByRuleCommandInput,
  ListTargetsByRuleCommandOutput,
} from '@aws-sdk/client-eventbridge';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import * as constraints from './constraints.ts';
import { page } from './paging.ts';
import { findRule } from './rules.ts';

export const listTargetsByRule: Operation<ListTargetsByRuleCommandInput, ListTargetsByRuleCommandOutput> = {
  kind: 'read',
  accepts: ['EventBusName', 'Limit', 'NextToken', 'Rule'],
  run(input, call) {
    check(input, {
      Rule: { required: true, ...constraints.ruleName },
      EventBusName: constraints.busNameOrArn,
      NextToken: constraints.nextToken,
      Limit: constraints.limit,
    });
    const rule = findRule(call, { name: input.Rule, bus: input.EventBusName });
    const { items, next } = page(rule.targets, input);
    return { Targets: items, ...next };
  },
};
