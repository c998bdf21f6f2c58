import type { RemoveTargetsCommandInput, RemoveTargetsCommandOutput } from '@aws-sdk/client-eventbridge';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import * as constraints from './constraints.ts';
import { changeRule, findRule } from './rules.ts';

/** Removing a missing target succeeds. */
export const removeTargets: Operation<RemoveTargetsCommandInput, RemoveTargetsCommandOutput> = {
  kind: 'write',
  accepts: ['EventBusName', 'Force', 'Ids', 'Rule'],
  run(input, call) {
    check(input, {
      Rule: { required: true, ...constraints.ruleName },
      EventBusName: constraints.busNameOrArn,
      Ids: { required: true, length: [1, 100], each: constraints.targetId },
    });
    const rule = findRule(call, { name: input.Rule, bus: input.EventBusName });
    changeRule(call, rule, { targets: rule.targets.filter(({ Id = '' }) => !input.Ids?.includes(Id)) });
    return { FailedEntryCount: 0, FailedEntries: [] };
  },
};
