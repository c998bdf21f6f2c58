import type { RemovePermissionCommandInput, RemovePermissionCommandOutput } from '@aws-sdk/client-lambda';
import { uuid } from '../core/random.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { count } from '../core/world.ts';
import * as constraints from './constraints.ts';
import { findFunction } from './names.ts';
import { notFound, staleRevision } from './refusals.ts';

/** Removing the last statement deletes the policy. */
export const removePermission: Operation<RemovePermissionCommandInput, RemovePermissionCommandOutput> = {
  kind: 'write',
  accepts: ['FunctionName', 'Qualifier', 'RevisionId', 'StatementId'],
  run(input, call) {
    check(input, {
      FunctionName: constraints.functionName,
      StatementId: constraints.statementId,
      Qualifier: constraints.qualifier,
    });
    const { world, now } = call;
    const { arn } = findFunction(call, input, 'RemovePermission');
    const policy = world.functionPolicies.get(arn);
    if (policy === undefined) throw notFound('No policy is associated with the given resource.');
    const statements = policy.statements.filter(({ Sid }) => Sid !== input.StatementId);
    if (statements.length === policy.statements.length) {
      throw notFound(`Statement ${input.StatementId} is not found in resource policy.`);
    }
    if (input.RevisionId !== undefined && input.RevisionId !== policy.revisionId) throw staleRevision();
    const revisionId = uuid(world.seed, 'revision', count(world, 'revision'));
    if (statements.length === 0) world.functionPolicies.remove(arn, now, 0);
    else world.functionPolicies.put({ ...policy, statements, revisionId }, now, 0);
    return {};
  },
};
