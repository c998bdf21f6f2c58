import type { AssumeRoleCommandInput, AssumeRoleCommandOutput } from '@aws-sdk/client-sts';
import { AwsError } from '../core/errors.ts';
import { assumedRoleArn } from '../core/roles.ts';
import type { Operation } from '../core/service.ts';
import { type Constraint, type Constraints, check } from '../core/validation.ts';
import { callerOf, roleId } from './callers.ts';
import { denied, invalid } from './refusals.ts';
import { transitiveTags } from './session-tags.ts';
import { openSession } from './sessions.ts';

const secondsByDefault = 3600;
/** Role chaining limits a session to one hour (STS API reference, AssumeRole). */
const chainedSecondsMax = 3600;
const policyLengthMax = 2048;

const nameConstraint = { length: [2, 64], pattern: /[\w+=,.@-]*/ } as const satisfies Constraint;
const constraints = {
  RoleArn: { required: true, length: [20, 2048] },
  RoleSessionName: { required: true, ...nameConstraint },
  DurationSeconds: { range: [900, 43_200] },
  // biome-ignore lint/complexity/noUselessEscapeInRegex: AWS repeats the pattern of its model unchanged.
  ExternalId: { length: [2, 1224], pattern: /[\w+=,.@:\/-]*/ },
  SourceIdentity: nameConstraint,
  Policy: {
    length: [1, policyLengthMax],
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a policy may have tabs and line ends in it.
    pattern: /[\u0009\u000A\u000D\u0020-\u00FF]+/,
  },
  PolicyArns: { length: [0, 10] },
  Tags: {
    length: [0, 50],
    members: {
      Key: { required: true, length: [1, 128], pattern: /[\p{L}\p{Z}\p{N}_.:/=+\-@]+/u },
      Value: { required: true, length: [0, 256], pattern: /[\p{L}\p{Z}\p{N}_.:/=+\-@]*/u },
    },
  },
  TransitiveTagKeys: { length: [0, 50] },
} as const satisfies Constraints;

/** Any role of any account can be assumed, because roles and their trust policies are not emulated. */
export const assumeRole: Operation<AssumeRoleCommandInput, AssumeRoleCommandOutput> = {
  kind: 'write',
  accepts: [
    'DurationSeconds',
    'ExternalId',
    'Policy',
    'PolicyArns.arn',
    'RoleArn',
    'RoleSessionName',
    'SourceIdentity',
    'Tags.Key',
    'Tags.Value',
    'TransitiveTagKeys',
  ],
  run(input, call) {
    check(input, constraints, { code: 'ValidationError' });
    const { RoleArn = '', RoleSessionName: sessionName = '' } = input;
    const { DurationSeconds: durationSeconds = secondsByDefault } = input;
    const caller = callerOf(call);
    const account = accountOfRole(RoleArn, caller.arn);
    checkPolicy(input);
    const isChained = caller.session?.role !== undefined;
    if (isChained && durationSeconds > chainedSecondsMax) {
      throw invalid(
        'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
      );
    }
    const inheritedTags = transitiveTags(input, caller.session?.transitiveTags ?? {});
    const sourceIdentityBefore = caller.session?.sourceIdentity;
    if (
      sourceIdentityBefore !== undefined &&
      input.SourceIdentity !== undefined &&
      input.SourceIdentity !== sourceIdentityBefore
    ) {
      throw denied(
        `User: ${caller.arn} is not authorized to perform: sts:SetSourceIdentity on resource: ${RoleArn}`,
      );
    }
    const sourceIdentity = sourceIdentityBefore ?? input.SourceIdentity;
    const identity = sourceIdentity === undefined ? {} : { sourceIdentity };
    const role = { arn: RoleArn, sessionName };
    const Credentials = openSession(
      call,
      { account, role, transitiveTags: inheritedTags, ...identity },
      durationSeconds,
    );
    return {
      Credentials,
      AssumedRoleUser: {
        AssumedRoleId: `${roleId(call.world, RoleArn)}:${sessionName}`,
        Arn: assumedRoleArn(RoleArn, sessionName),
      },
      ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
    };
  },
};

function accountOfRole(roleArn: string, caller: string): string {
  const [, account, kind] = /^arn:aws:iam::(\d{12}):([a-z-]+)\/[\w+=,.@/-]+$/.exec(roleArn) ?? [];
  if (account === undefined) throw invalid(`${roleArn} is invalid`);
  if (kind !== 'role' || roleArn.endsWith('/')) {
    throw denied(`User: ${caller} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`);
  }
  return account;
}

/** Checks the form of a session policy. Its rules are not evaluated. */
function checkPolicy({ Policy, PolicyArns = [] }: AssumeRoleCommandInput): void {
  const length = (Policy ?? '').length + PolicyArns.reduce((sum, { arn = '' }) => sum + arn.length, 0);
  if (length > policyLengthMax) {
    throw invalid(`The plaintext of the session policies exceeds ${policyLengthMax} characters`);
  }
  for (const { arn = '' } of PolicyArns) {
    if (!/^arn:aws:iam::(?:aws|\d{12}):policy\/.+$/.test(arn)) throw invalid(`${arn} is invalid`);
  }
  if (Policy === undefined) return;
  const policy = parsed(Policy);
  if (typeof policy !== 'object' || policy === null || !('Statement' in policy)) {
    throw malformed();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed();
  }
}

const malformed = () => new AwsError('MalformedPolicyDocument', 'Syntax errors in policy.');
