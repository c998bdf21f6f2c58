import type { AddPermissionCommandInput, AddPermissionCommandOutput } from '@aws-sdk/client-lambda';
import { AwsError } from '../core/errors.ts';
import { uuid } from '../core/random.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { count } from '../core/world.ts';
import * as constraints from './constraints.ts';
import { findFunction, latest } from './names.ts';
import { policyText } from './policy.ts';
import type { FunctionPermission } from './records.ts';
import { conflict, invalid, staleRevision } from './refusals.ts';

/** In bytes (Lambda developer guide, Quotas). */
const policyBytesMax = 20_480;

export const addPermission: Operation<AddPermissionCommandInput, AddPermissionCommandOutput> = {
  kind: 'write',
  accepts: [
    'Action',
    'FunctionName',
    'Principal',
    'Qualifier',
    'RevisionId',
    'SourceAccount',
    'SourceArn',
    'StatementId',
  ],
  run(input, call) {
    check(input, {
      FunctionName: constraints.functionName,
      StatementId: constraints.statementId,
      Action: { required: true, pattern: /(lambda:[*]|lambda:[a-zA-Z]+|[*])/ },
      Principal: { required: true, pattern: /[^\s]+/ },
      SourceArn: { pattern: /arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9-])+:([a-z0-9-]*):(\d{12})?:(.*)/ },
      SourceAccount: { length: [0, 12], pattern: /\d{12}/ },
      Qualifier: constraints.qualifier,
    });
    const { world, now } = call;
    const { arn, qualifier } = findFunction(call, input, 'AddPermission');
    if (qualifier === latest) throw invalid('We currently do not support adding policies for $LATEST.');
    const before = world.functionPolicies.get(arn);
    if (input.RevisionId !== undefined && input.RevisionId !== before?.revisionId) throw staleRevision();
    const statement = statementFrom(input, arn);
    if (before?.statements.some(({ Sid }) => Sid === statement.Sid)) {
      throw conflict(
        `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      );
    }
    const statements = [...(before?.statements ?? []), statement];
    const bytes = Buffer.byteLength(policyText({ statements }));
    if (bytes > policyBytesMax) {
      throw new AwsError(
        'PolicyLengthExceededException',
        `The final policy size (${bytes}) is bigger than the limit (${policyBytesMax}).`,
        400,
        { Type: 'User' },
      );
    }
    const revisionId = uuid(world.seed, 'revision', count(world, 'revision'));
    const { account, region } = call;
    world.functionPolicies.put({ id: arn, account, region, statements, revisionId }, now, 0);
    return { Statement: JSON.stringify(statement) };
  },
};

function statementFrom(
  { StatementId = '', Action = '', Principal = '', SourceArn, SourceAccount }: AddPermissionCommandInput,
  arn: string,
): FunctionPermission {
  const Condition: FunctionPermission['Condition'] = {
    ...(SourceAccount && { StringEquals: { 'AWS:SourceAccount': SourceAccount } }),
    ...(SourceArn && { ArnLike: { 'AWS:SourceArn': SourceArn } }),
  };
  return {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: principalFrom(Principal),
    Action,
    Resource: arn,
    ...(Object.keys(Condition).length === 0 ? {} : { Condition }),
  };
}

function principalFrom(text: string): FunctionPermission['Principal'] {
  if (text === '*') return '*';
  if (/^\d{12}$/.test(text)) return { AWS: `arn:aws:iam::${text}:root` };
  if (/^arn:aws[\w-]*:iam::\d{12}:(root|(user|role)\/\S+)$/.test(text)) return { AWS: text };
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$/.test(text)) return { Service: text };
  throw invalid('The provided principal was invalid. Please check the principal and try again.');
}
