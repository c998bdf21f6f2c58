import type { DeleteRuleCommandInput, DeleteRuleCommandOutput } from '@aws-sdk/client-eventbridge';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { lagMs } from '../core/world.ts';
import * as constraints from './constraints.ts';
import { invalid } from './refusals.ts';
import { ruleNamed } from './rules.ts';

/** Deleting a missing rule succeeds. `Force` is for managed rules, which are not emulated. */
export const deleteRule: Operation<DeleteRuleCommandInput, DeleteRuleCommandOutput> = {
  kind: 'write',
  accepts: ['EventBusName', 'Force', 'Name'],
  run(input, call) {
    check(input, constraints.rulePlace);
    const { world, now } = call;
    const rule = ruleNamed(call, { name: input.Name, bus: input.EventBusName });
    if (rule === undefined) return {};
    if (rule.targets.length > 0) throw invalid("Rule can't be deleted since it has targets.");
    world.eventRules.remove(rule.id, now, lagMs(world, rule.id));
    return {};
  },
};
