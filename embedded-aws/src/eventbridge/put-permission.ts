import type { PutPermissionCommandInput, PutPermissionCommandOutput } from '@aws-sdk/client-eventbridge';
import { AwsError, notEmulated } from '../core/errors.ts';
import { isDeeperThan, jsonLevelsMax } from '../core/nesting.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { changeBus, findBus } from './buses.ts';
import * as constraints from './constraints.ts';
import { isObject } from './pattern-error.ts';
import { readPolicy, type Statement } from './policy.ts';
import { invalid } from './refusals.ts';

/** In bytes of UTF-8 (EventBridge user guide, Quotas). */
const policyBytesMax = 10_240;

export const putPermission: Operation<PutPermissionCommandInput, PutPermissionCommandOutput> = {
  kind: 'write',
  accepts: ['Action', 'EventBusName', 'Policy', 'Principal', 'StatementId'],
  run(input, call) {
    check(input, {
      EventBusName: constraints.ownBusName,
      Action: { length: [1, 64], pattern: /events:[a-zA-Z]+/ },
      Principal: { length: [1, 12], pattern: /(\d{12}|\*)/ },
      StatementId: { length: [1, 64], pattern: /[a-zA-Z0-9-_]+/ },
    });
    const bus = findBus(call, input.EventBusName);
    const policy = input.Policy === undefined ? withStatement(input, bus) : wholePolicy(input, input.Policy);
    if (Buffer.byteLength(policy) > policyBytesMax) {
      throw new AwsError(
        'PolicyLengthExceededException',
        `The policy exceeds the maximum length of ${policyBytesMax} bytes.`,
      );
    }
    changeBus(call, bus, { policy });
    return {};
  },
};

/** The policy of the bus with an additional statement. A statement with the same id is replaced. */
function withStatement(
  { Action, Principal, StatementId }: PutPermissionCommandInput,
  { id, policy }: { id: string; policy?: string },
): string {
  const given = { Action, Principal, StatementId };
  const missing = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (Action === undefined || StatementId === undefined || missing.length > 0) {
    throw invalid(`Parameter(s) ${missing.join(', ')} must be specified.`);
  }
  if (Action !== 'events:PutEvents') {
    throw invalid(
      'Parameter Action is not valid. Reason: Provided value in parameter Action is not supported.',
    );
  }
  const before = readPolicy(policy);
  const statement: Statement = {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: Principal === '*' ? '*' : { AWS: `arn:aws:iam::${Principal}:root` },
    Action,
    Resource: id,
  };
  const others = before.Statement.filter(({ Sid }) => Sid !== StatementId);
  return JSON.stringify({ ...before, Statement: [...others, statement] });
}

function wholePolicy({ Action, Principal, StatementId }: PutPermissionCommandInput, text: string): string {
  if (Action !== undefined || Principal !== undefined || StatementId !== undefined) {
    throw invalid('Policy and Action, Principal, StatementId or Condition cannot be specified together.');
  }
  const malformed = () => invalid('Parameter Policy is not valid. Reason: Provided policy is malformed.');
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    throw malformed();
  }
  if (!isObject(policy) || policy.Statement === undefined || isDeeperThan(policy, jsonLevelsMax)) {
    throw malformed();
  }
  const statements = [policy.Statement].flat();
  for (const statement of statements) {
    if (!isObject(statement) || (statement.Effect !== 'Allow' && statement.Effect !== 'Deny'))
      throw malformed();
    for (const name of ['Condition', 'NotPrincipal', 'NotAction', 'NotResource']) {
      if (statement[name] !== undefined) throw notEmulated(`a statement with ${name} in the policy of a bus`);
    }
    if ([statement.Principal, statement.Action, statement.Resource].includes(undefined)) throw malformed();
  }
  return JSON.stringify({ ...policy, Statement: statements });
}
