import type {
  DescribeSecurityGroupRulesCommandInput,
  DescribeSecurityGroupRulesCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { type FilterNames, matcher } from './filters.ts';
import { checkPaging, page } from './paging.ts';
import type { SecurityGroupRecord, SecurityGroupRule } from './records.ts';
import { checkDryRun } from './refusals.ts';
import { ruleShape, seenGroups } from './security-groups.ts';

interface OwnedRule {
  readonly group: SecurityGroupRecord;
  readonly rule: SecurityGroupRule;
  readonly isEgress: boolean;
}

export const describeSecurityGroupRules: Operation<
  DescribeSecurityGroupRulesCommandInput,
  DescribeSecurityGroupRulesCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'MaxResults', 'NextToken', 'SecurityGroupRuleIds'],
  run(input, call) {
    const { SecurityGroupRuleIds: ids = [] } = input;
    checkPaging(input, { min: 5, max: 1000, ids, idsName: 'securityGroupRuleIds' });
    const matches = matcher(input.Filters, filters, ({ rule }) => rule.tags ?? {});
    checkDryRun(input);
    const all = seenGroups(call).flatMap((group): OwnedRule[] => [
      ...group.ingress.map((rule) => ({ group, rule, isEgress: false })),
      ...group.egress.map((rule) => ({ group, rule, isEgress: true })),
    ]);
    for (const id of ids) {
      if (all.some(({ rule }) => rule.id === id)) continue;
      throw new AwsError(
        'InvalidSecurityGroupRuleId.NotFound',
        `The security group rule ID '${id}' does not exist`,
      );
    }
    const found = all.filter(({ rule }) => ids.length === 0 || ids.includes(rule.id)).filter(matches);
    const { items, NextToken } = page(found, input);
    return {
      SecurityGroupRules: items.map(({ group, rule, isEgress }) => ruleShape(rule, isEgress, group)),
      NextToken,
    };
  },
};

const filters: FilterNames<OwnedRule> = {
  'group-id': ({ group }) => group.id,
  'security-group-rule-id': ({ rule }) => rule.id,
};
