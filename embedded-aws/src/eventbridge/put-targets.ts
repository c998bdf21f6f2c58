import type { PutTargetsCommandInput, PutTargetsCommandOutput, Target } from '@aws-sdk/client-eventbridge';
import type { Operation } from '../core/service.ts';
import { check, validationError } from '../core/validation.ts';
import * as constraints from './constraints.ts';
import { tooMany } from './refusals.ts';
import { changeRule, findRule } from './rules.ts';
import { checkTarget } from './targets.ts';

const targetsPerRuleMax = 5;
const inputPathsMax = 100;

/** Replaces a target with the same id. If one target is refused, the whole call is refused. */
export const putTargets: Operation<PutTargetsCommandInput, PutTargetsCommandOutput> = {
  kind: 'write',
  accepts: [
    'EventBusName',
    'Rule',
    'Targets.Arn',
    'Targets.DeadLetterConfig.Arn',
    'Targets.Id',
    'Targets.Input',
    'Targets.InputPath',
    'Targets.InputTransformer.InputPathsMap.*',
    'Targets.InputTransformer.InputTemplate',
    'Targets.RetryPolicy.MaximumEventAgeInSeconds',
    'Targets.RetryPolicy.MaximumRetryAttempts',
    'Targets.RoleArn',
  ],
  run(input, call) {
    check(input, {
      Rule: { required: true, ...constraints.ruleName },
      EventBusName: constraints.busNameOrArn,
      Targets: {
        required: true,
        length: [1, 100],
        members: {
          Id: { required: true, ...constraints.targetId },
          Arn: { required: true, ...constraints.arn },
          RoleArn: constraints.arn,
          Input: { length: [0, 8192] },
          InputPath: { length: [0, 256] },
          InputTransformer: { members: { InputTemplate: { required: true, length: [1, 8192] } } },
          DeadLetterConfig: { members: { Arn: constraints.arn } },
          RetryPolicy: {
            members: {
              MaximumRetryAttempts: { range: [0, 185] },
              MaximumEventAgeInSeconds: { range: [60, 86_400] },
            },
          },
        },
      },
    });
    const targets = input.Targets ?? [];
    for (const [index, target] of targets.entries()) checkPaths(target, index + 1);
    const rule = findRule(call, { name: input.Rule, bus: input.EventBusName });
    for (const target of targets) checkTarget(call, rule, target);
    const all = new Map([...rule.targets, ...targets].map((target) => [target.Id, target]));
    if (all.size > targetsPerRuleMax) throw tooMany();
    changeRule(call, rule, { targets: [...all.values()] });
    return { FailedEntryCount: 0, FailedEntries: [] };
  },
};

function checkPaths({ InputTransformer }: Target, number: number): void {
  const names = Object.keys(InputTransformer?.InputPathsMap ?? {});
  const path = `targets.${number}.member.inputTransformer.inputPathsMap`;
  if (names.length > inputPathsMax) {
    throw validationError('{…}', path, `Member must have length less than or equal to ${inputPathsMax}`);
  }
  const bad = names.find((name) => !/^[A-Za-z0-9_-]{1,256}$/.test(name));
  if (bad === undefined) return;
  const constraint = 'Member must satisfy regular expression pattern: [A-Za-z0-9\\_\\-]+';
  throw validationError(bad, path, `Map keys must satisfy constraint: [${constraint}]`);
}
