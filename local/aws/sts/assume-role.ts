import type { AssumeRoleCommandInput, AssumeRoleCommandOutput } from '@aws-sdk/client-sts';
import { check, present, shaped, sized, within } from '../constraints.ts';
import { AwsError } from '../errors.ts';
import type { Operation } from '../operation.ts';
import { assumedRoleArn, callerOf, roleId } from './callers.ts';
import { denied, invalid } from './refusals.ts';
import { transitiveTags } from './session-tags.ts';
import { openSession } from './sessions.ts';

const secondsByDefault = 3600;
/** A session that assumes a role gets an hour at most (STS API reference, AssumeRole). */
const chainedSecondsMax = 3600;
const policyLengthMax = 2048;

/** Any role of any account can be assumed: nothing is known of roles and whom they trust. */
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
    checkByModel(input);
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
    const handedOn = transitiveTags(input, caller.session?.transitiveTags ?? {});
    const former = caller.session?.sourceIdentity;
    if (former !== undefined && input.SourceIdentity !== undefined && input.SourceIdentity !== former) {
      throw denied(
        `User: ${caller.arn} is not authorized to perform: sts:SetSourceIdentity on resource: ${RoleArn}`,
      );
    }
    const sourceIdentity = former ?? input.SourceIdentity;
    const identity = sourceIdentity === undefined ? {} : { sourceIdentity };
    const role = { arn: RoleArn, sessionName };
    const Credentials = openSession(
      call,
      { account, role, transitiveTags: handedOn, ...identity },
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

function checkByModel(input: AssumeRoleCommandInput): void {
  const { RoleArn, RoleSessionName, ExternalId, SourceIdentity, Policy, Tags = [] } = input;
  const name = '[\\w+=,.@-]*';
  const printable = '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+';
  check('ValidationError', [
    present('roleArn', RoleArn),
    sized('roleArn', RoleArn, { min: 20, max: 2048 }),
    present('roleSessionName', RoleSessionName),
    sized('roleSessionName', RoleSessionName, { min: 2, max: 64 }),
    shaped('roleSessionName', RoleSessionName, name),
    within('durationSeconds', input.DurationSeconds, { min: 900, max: 43_200 }),
    sized('externalId', ExternalId, { min: 2, max: 1224 }),
    shaped('externalId', ExternalId, '[\\w+=,.@:\\/\\-]*'),
    sized('sourceIdentity', SourceIdentity, { min: 2, max: 64 }),
    shaped('sourceIdentity', SourceIdentity, name),
    sized('policy', Policy, { min: 1, max: policyLengthMax }),
    shaped('policy', Policy, printable),
    sized('policyArns', input.PolicyArns, { max: 10 }),
    sized('tags', Tags, { max: 50 }),
    sized('transitiveTagKeys', input.TransitiveTagKeys, { max: 50 }),
    ...Tags.flatMap(({ Key, Value }, index) => {
      const at = `tags.${index + 1}.member`;
      const letters = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]';
      return [
        present(`${at}.key`, Key),
        sized(`${at}.key`, Key, { min: 1, max: 128 }),
        shaped(`${at}.key`, Key, `${letters}+`),
        present(`${at}.value`, Value),
        sized(`${at}.value`, Value, { max: 256 }),
        shaped(`${at}.value`, Value, `${letters}*`),
      ];
    }),
  ]);
}

function accountOfRole(roleArn: string, caller: string): string {
  const [, account, kind] = /^arn:aws:iam::(\d{12}):([a-z-]+)\/[\w+=,.@/-]+$/.exec(roleArn) ?? [];
  if (account === undefined) throw invalid(`${roleArn} is invalid`);
  if (kind !== 'role' || roleArn.endsWith('/')) {
    throw denied(`User: ${caller} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`);
  }
  return account;
}

/** A session policy must be a policy; what it forbids is not looked at. */
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
