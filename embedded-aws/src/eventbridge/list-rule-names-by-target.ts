import type {
  ListRuleNamesByTargetCommandInput,
  ListRuleNamesByTargetCommandOutput,
} from '@aws-sdk/client-eventbridge';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { findBus } from './buses.ts';
import * as constraints from './constraints.ts';
import { byName, page } from './paging.ts';

export const listRuleNamesByTarget: Operation<
  ListRuleNamesByTargetCommandInput,
  ListRuleNamesByTargetCommandOutput
> = {
  kind: 'read',
  accepts: ['EventBusName', 'Limit', 'NextToken', 'TargetArn'],
  run(input, call) {
    check(input, {
      TargetArn: { required: true, ...constraints.arn },
      EventBusName: constraints.busNameOrArn,
      NextToken: constraints.nextToken,
      Limit: constraints.limit,
    });
    const { id } = findBus(call, input.EventBusName);
    const rules = call.world.eventRules
      .all()
      .filter(({ bus, targets }) => bus === id && targets.some(({ Arn }) => Arn === input.TargetArn))
      .toSorted(byName);
    const { items, next } = page(rules, input);
    return { RuleNames: items.map(({ name }) => name), ...next };
  },
};
