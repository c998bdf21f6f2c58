import type {
  AuthorizeSecurityGroupEgressCommandInput,
  AuthorizeSecurityGroupEgressCommandOutput,
  AuthorizeSecurityGroupIngressCommandInput,
  AuthorizeSecurityGroupIngressCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs, newId } from '../core/world.ts';
import type { SecurityGroupRule } from './records.ts';
import { checkDryRun } from './refusals.ts';
import { flatParameters, permissionParameters, permissionsAsked } from './rule-parameters.ts';
import { isSameRule, ownGroup, plannedRules, ruleShape, ruleText } from './security-groups.ts';
import { tagSpecifications } from './tagging.ts';

type Input = AuthorizeSecurityGroupIngressCommandInput;
type Output = AuthorizeSecurityGroupIngressCommandOutput;

const rulesPerGroupMax = 60;

export const authorizeSecurityGroupIngress = authorization('ingress') as Operation<Input, Output>;
export const authorizeSecurityGroupEgress = authorization('egress') as Operation<
  AuthorizeSecurityGroupEgressCommandInput,
  AuthorizeSecurityGroupEgressCommandOutput
>;

/** Both directions take the same parameters. Only inbound rules can use the flat form and name a group. */
function authorization(direction: 'ingress' | 'egress'): Operation<Input, Output> {
  return {
    kind: 'write',
    accepts: [
      'DryRun',
      'GroupId',
      ...permissionParameters,
      'TagSpecifications.ResourceType',
      'TagSpecifications.Tags.Key',
      'TagSpecifications.Tags.Value',
      ...(direction === 'ingress' ? flatParameters : []),
    ],
    run(input, call) {
      const { world, now } = call;
      const tags = tagSpecifications(input.TagSpecifications, ['security-group-rule']);
      const group = ownGroup(input, call);
      const planned = plannedRules(permissionsAsked(input), call);
      for (const [index, rule] of planned.entries()) {
        if ([...group[direction], ...planned.slice(0, index)].some((other) => isSameRule(other, rule))) {
          throw new AwsError(
            'InvalidPermission.Duplicate',
            `the specified rule "${ruleText(rule)}" already exists`,
          );
        }
      }
      if (group[direction].length + planned.length > rulesPerGroupMax) {
        throw new AwsError(
          'RulesPerSecurityGroupLimitExceeded',
          'The maximum number of rules per security group has been reached.',
        );
      }
      checkDryRun(input);
      const rules = planned.map(
        (rule): SecurityGroupRule => ({
          id: newId(world, 'sgr'),
          ...rule,
          tags: tags['security-group-rule'],
        }),
      );
      const changed = { ...group, [direction]: [...group[direction], ...rules] };
      world.securityGroups.put(changed, now, lagMs(world, group.id));
      return {
        Return: true,
        SecurityGroupRules: rules.map((rule) => ruleShape(rule, direction === 'egress', group)),
      };
    },
  };
}
