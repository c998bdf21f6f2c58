import type { ListRulesCommandInput, ListRulesCommandOutput } from '@aws-sdk/client-eventbridge';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { findBus } from './buses.ts';
import * as constraints from './constraints.ts';
import { byName, page } from './paging.ts';
import { ruleShape } from './rules.ts';

export const listRules: Operation<ListRulesCommandInput, ListRulesCommandOutput> = {
  kind: 'read',
  accepts: ['EventBusName', 'Limit', 'NamePrefix', 'NextToken'],
  run(input, call) {
    check(input, {
      NamePrefix: constraints.ruleName,
      EventBusName: constraints.busNameOrArn,
      NextToken: constraints.nextToken,
      Limit: constraints.limit,
    });
    const { id } = findBus(call, input.EventBusName);
    const { NamePrefix = '' } = input;
    const rules = call.world.eventRules
      .all()
      .filter(({ bus, name }) => bus === id && name.startsWith(NamePrefix))
      .toSorted(byName);
    const { items, next } = page(rules, input);
    return { Rules: items.map(ruleShape), ...next };
  },
};
