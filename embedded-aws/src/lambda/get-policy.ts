import type { GetPolicyCommandInput, GetPolicyCommandOutput } from '@aws-sdk/client-lambda';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import * as constraints from './constraints.ts';
import { findFunction } from './names.ts';
import { policyText } from './policy.ts';
import { notFound } from './refusals.ts';

export const getPolicy: Operation<GetPolicyCommandInput, GetPolicyCommandOutput> = {
  kind: 'read',
  accepts: ['FunctionName', 'Qualifier'],
  run(input, call) {
    check(input, { FunctionName: constraints.functionName, Qualifier: constraints.qualifier });
    const { arn } = findFunction(call, input, 'GetPolicy');
    const policy = call.world.functionPolicies.get(arn);
    if (policy === undefined) throw notFound('The resource you requested does not exist.');
    return { Policy: policyText(policy), RevisionId: policy.revisionId };
  },
};
