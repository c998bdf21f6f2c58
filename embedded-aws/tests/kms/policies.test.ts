import {
  CreateKeyCommand,
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  ListKeyPoliciesCommand,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { decision, type KeyRequest } from '../../src/kms/policy.ts';
import { CONSUMER, OWNER, simulateEc2 } from '../simulated-ec2.ts';
import { kmsRefusal, sharedKeyPolicy, simulateKms } from '../simulated-kms.ts';

function simulate() {
  const simulated = simulateEc2();
  return { ...simulated, ...simulateKms(simulated) };
}

const own = {
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${OWNER}:root` },
  Action: 'kms:*',
  Resource: '*',
};
const policyOf = (...Statement: unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement });

describe('a key policy', () => {
  test('is the default policy at first, and can be replaced and read', async () => {
    const { client, run, key } = simulate();
    const KeyId = await key();
    const { Policy = '', PolicyName } = await run(client().send(new GetKeyPolicyCommand({ KeyId })));
    expect(PolicyName).toBe('default');
    expect(JSON.parse(Policy).Statement[0].Principal).toEqual({ AWS: `arn:aws:iam::${OWNER}:root` });
    const names = await run(client().send(new ListKeyPoliciesCommand({ KeyId })));
    expect(names.PolicyNames).toEqual(['default']);
    const next = sharedKeyPolicy();
    for (let turn = 0; turn < 2; turn++) {
      await run(client().send(new PutKeyPolicyCommand({ KeyId, Policy: next, PolicyName: 'default' })));
    }
    const read = await run(client().send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' })));
    expect(read.Policy).toBe(next);
    const other = client().send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'other' }));
    expect(await kmsRefusal(run(other))).toMatchObject({
      code: 'NotFoundException',
      message: 'No such policy exists',
    });
  });

  test('can let another account describe the key', async () => {
    const { client, run, key } = simulate();
    const KeyId = await key();
    const describe = () => run(client({ account: CONSUMER }).send(new DescribeKeyCommand({ KeyId })));
    expect((await kmsRefusal(describe())).code).toBe('AccessDeniedException');
    await run(client().send(new PutKeyPolicyCommand({ KeyId, Policy: sharedKeyPolicy() })));
    expect((await describe()).KeyMetadata?.AWSAccountId).toBe(OWNER);
    const put = new PutKeyPolicyCommand({ KeyId, Policy: sharedKeyPolicy() });
    const refused = await kmsRefusal(run(client({ account: CONSUMER }).send(put)));
    expect(refused).toMatchObject({
      code: 'AccessDeniedException',
      message: 'You are not authorized to perform kms:PutKeyPolicy on a key of another account.',
    });
  });

  test('that locks its author out is refused without BypassPolicyLockoutSafetyCheck', async () => {
    const { client, run, key, world } = simulate();
    const KeyId = await key();
    const Policy = policyOf({ ...own, Action: 'kms:DescribeKey' });
    const put = (given: { BypassPolicyLockoutSafetyCheck?: boolean } = {}) =>
      run(client().send(new PutKeyPolicyCommand({ KeyId, Policy, ...given })));
    const lockout = {
      code: 'MalformedPolicyDocumentException',
      message: 'The new key policy will not allow you to update the key policy in the future.',
    };
    expect(await kmsRefusal(put())).toMatchObject(lockout);
    expect(await kmsRefusal(run(client().send(new CreateKeyCommand({ Policy }))))).toMatchObject(lockout);
    await put({ BypassPolicyLockoutSafetyCheck: true });
    expect(world.keys.all()[0]?.policy).toBe(Policy);
    expect((await kmsRefusal(put())).code).toBe('AccessDeniedException');
  });

  test.each([
    ['invalid JSON', '{', 'MalformedPolicyDocumentException'],
    ['a list', '[]', 'MalformedPolicyDocumentException'],
    [
      'too many levels',
      policyOf(own, { ...own, Sid: '@' }).replace('"@"', `${'['.repeat(10_000)}${']'.repeat(10_000)}`),
      'MalformedPolicyDocumentException',
    ],
    [
      'an unknown version',
      JSON.stringify({ Version: '2020-01-01', Statement: [own] }),
      'MalformedPolicyDocumentException',
    ],
    [
      'an unknown element',
      JSON.stringify({ Statement: [own], Statements: [] }),
      'MalformedPolicyDocumentException',
    ],
    ['no statement', policyOf(), 'MalformedPolicyDocumentException'],
    ['no effect', policyOf(own, { ...own, Effect: 'Maybe' }), 'MalformedPolicyDocumentException'],
    ['no principal', policyOf(own, { ...own, Principal: undefined }), 'MalformedPolicyDocumentException'],
    [
      'an invalid principal',
      policyOf(own, { ...own, Principal: { AWS: 'nobody' } }),
      'MalformedPolicyDocumentException',
    ],
    [
      'an unknown type of principal',
      policyOf(own, { ...own, Principal: { GCP: '*' } }),
      'MalformedPolicyDocumentException',
    ],
    ['no action', policyOf(own, { ...own, Action: undefined }), 'MalformedPolicyDocumentException'],
    [
      'both Action and NotAction',
      policyOf(own, { ...own, NotAction: 'kms:Decrypt' }),
      'MalformedPolicyDocumentException',
    ],
    ['no resource', policyOf(own, { ...own, Resource: undefined }), 'MalformedPolicyDocumentException'],
    [
      'an unknown element in a statement',
      policyOf({ ...own, Actions: [] }),
      'MalformedPolicyDocumentException',
    ],
    ['too many characters', policyOf({ ...own, Sid: 'x'.repeat(33_000) }), 'LimitExceededException'],
    ['NotPrincipal', policyOf(own, { ...own, Principal: undefined, NotPrincipal: '*' }), 'NotEmulated'],
    ['a federated principal', policyOf(own, { ...own, Principal: { Federated: 'x' } }), 'NotEmulated'],
    [
      'another condition key',
      policyOf(own, { ...own, Condition: { StringEquals: { 'aws:SourceVpc': 'x' } } }),
      'NotEmulated',
    ],
    [
      'another condition operator',
      policyOf(own, { ...own, Condition: { IpAddress: { 'kms:ViaService': 'x' } } }),
      'NotEmulated',
    ],
    [
      'an invalid condition',
      policyOf(own, { ...own, Condition: { Bool: 'true' } }),
      'MalformedPolicyDocumentException',
    ],
  ])('with %s is refused', async (_, Policy, code) => {
    const { client, run } = simulate();
    expect((await kmsRefusal(run(client().send(new CreateKeyCommand({ Policy }))))).code).toBe(code);
  });
});

describe('a policy statement', () => {
  const arn = `arn:aws:kms:eu-west-1:${OWNER}:key/k`;
  const member = {
    organization: 'arn:aws:organizations::123456789012:organization/o-a1b2c3d4e5',
    units: ['arn:aws:organizations::123456789012:ou/o-a1b2c3d4e5/ou-ab12-11111111'],
  };
  const request: KeyRequest = {
    action: 'kms:Decrypt',
    account: CONSUMER,
    viaService: 'ec2.eu-west-1.amazonaws.com',
    grantIsForAwsResource: true,
    membership: member,
  };
  const any = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' };
  const when = (Condition: unknown) => ({ ...any, Condition });

  test.each<[string, unknown, Partial<KeyRequest>, 'allow' | 'deny' | 'none']>([
    ['everyone', any, {}, 'allow'],
    ['everyone, as an AWS principal', { ...any, Principal: { AWS: '*' } }, {}, 'allow'],
    ["the account's id", { ...any, Principal: { AWS: [OWNER, CONSUMER] } }, {}, 'allow'],
    ['a role of the account', { ...any, Principal: { AWS: `arn:aws:iam::${CONSUMER}:role/x` } }, {}, 'allow'],
    [
      'a denied role',
      { ...any, Effect: 'Deny', Principal: { AWS: `arn:aws:iam::${CONSUMER}:role/x` } },
      {},
      'none',
    ],
    [
      'a denied account',
      { ...any, Effect: 'Deny', Principal: { AWS: `arn:aws:iam::${CONSUMER}:root` } },
      {},
      'deny',
    ],
    ['another account', { ...any, Principal: { AWS: OWNER } }, {}, 'none'],
    ['a service principal', { ...any, Principal: { Service: 'logs.amazonaws.com' } }, {}, 'none'],
    ['action patterns', { ...any, Action: ['kms:ReEncrypt*', 'KMS:decryp?'] }, {}, 'allow'],
    ['another action', { ...any, Action: 'kms:Encrypt' }, {}, 'none'],
    [
      'NotAction with the requested action',
      { ...any, Action: undefined, NotAction: 'kms:Decrypt' },
      {},
      'none',
    ],
    ['NotAction with another action', { ...any, Action: undefined, NotAction: 'kms:Put*' }, {}, 'allow'],
    ['the key', { ...any, Resource: arn }, {}, 'allow'],
    ['another key', { ...any, Resource: `${arn}2` }, {}, 'none'],
    ['NotResource with another key', { ...any, Resource: undefined, NotResource: `${arn}2` }, {}, 'allow'],
    [
      "the caller's account as condition",
      when({ StringEquals: { 'kms:CallerAccount': [OWNER, CONSUMER] } }),
      {},
      'allow',
    ],
    [
      "a negated condition on the caller's account",
      when({ StringNotEquals: { 'aws:PrincipalAccount': CONSUMER } }),
      {},
      'none',
    ],
    ['kms:ViaService', when({ StringLike: { 'kms:ViaService': 'ec2.*.amazonaws.com' } }), {}, 'allow'],
    [
      'kms:ViaService, absent from the request',
      when({ StringLike: { 'kms:ViaService': '*' } }),
      { viaService: undefined } as never,
      'none',
    ],
    [
      'kms:ViaService with IfExists, absent from the request',
      when({ StringEqualsIfExists: { 'kms:ViaService': 's3' } }),
      { viaService: undefined } as never,
      'allow',
    ],
    [
      'kms:ViaService in other letter case',
      when({ StringEqualsIgnoreCase: { 'KMS:viaservice': 'EC2.eu-west-1.amazonaws.com' } }),
      {},
      'allow',
    ],
    [
      'a grant for an AWS resource',
      when({ Bool: { 'kms:GrantIsForAWSResource': true } }),
      { action: 'kms:CreateGrant' },
      'allow',
    ],
    [
      'a grant not for an AWS resource',
      when({ Bool: { 'kms:GrantIsForAWSResource': 'true' } }),
      { action: 'kms:CreateGrant', grantIsForAwsResource: false },
      'none',
    ],
    [
      'a grant condition on a request for no grant',
      when({ Bool: { 'kms:GrantIsForAWSResource': 'true' } }),
      {},
      'none',
    ],
    [
      'the grantee of a new grant',
      when({ StringLike: { 'kms:GranteePrincipal': 'arn:aws:iam::*:role/app*' } }),
      { action: 'kms:CreateGrant', granteePrincipal: 'arn:aws:iam::444455556666:role/app' },
      'allow',
    ],
    [
      'another grantee',
      when({ StringLike: { 'kms:GranteePrincipal': 'arn:aws:iam::*:role/app*' } }),
      { action: 'kms:CreateGrant', granteePrincipal: 'arn:aws:iam::444455556666:role/admin' },
      'none',
    ],
    [
      'a grantee, although the request creates no grant',
      when({ StringLike: { 'kms:GranteePrincipal': '*' } }),
      {},
      'none',
    ],
    [
      'the root user',
      when({ StringLike: { 'aws:PrincipalArn': `arn:aws:iam::${CONSUMER}:root` } }),
      {},
      'allow',
    ],
    ['a role', when({ StringLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*' } }), {}, 'none'],
    ['the organization', when({ StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } }), {}, 'allow'],
    [
      'the organization, for an account outside',
      when({ StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } }),
      { membership: undefined },
      'none',
    ],
    [
      'a negated organization, for an account outside',
      when({ StringNotEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } }),
      { membership: undefined },
      'allow',
    ],
    [
      'the organizational unit',
      when({
        'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': 'o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*' },
      }),
      {},
      'allow',
    ],
    [
      'another organizational unit',
      when({ 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': 'o-a1b2c3d4e5/r-ab12/ou-ab12-2*' } }),
      {},
      'none',
    ],
    [
      'two conditions, if one condition fails',
      when({ StringEquals: { 'kms:CallerAccount': CONSUMER, 'kms:ViaService': 's3' } }),
      {},
      'none',
    ],
  ])('decides on %s', (_, statement, changes, expected) => {
    expect(decision(policyOf(statement), arn, { ...request, ...changes })).toBe(expected);
  });

  test('that denies overrides statements that allow', () => {
    const policy = policyOf(any, { ...any, Effect: 'Deny', Action: 'kms:Decrypt' });
    expect(decision(policy, arn, request)).toBe('deny');
    expect(decision(policy, arn, { ...request, action: 'kms:Encrypt' })).toBe('allow');
  });
});
