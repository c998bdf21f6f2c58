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
  test("is the account's own at first, and can be put and read", async () => {
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

  test('lets another account describe the key, if it says so', async () => {
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

  test('that locks its author out is refused, unless they insist', async () => {
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
    ['no JSON', '{', 'MalformedPolicyDocumentException'],
    ['a list', '[]', 'MalformedPolicyDocumentException'],
    [
      'too many levels',
      policyOf(own, { ...own, Sid: '@' }).replace('"@"', `${'['.repeat(10_000)}${']'.repeat(10_000)}`),
      'MalformedPolicyDocumentException',
    ],
    [
      'a version that never was',
      JSON.stringify({ Version: '2020-01-01', Statement: [own] }),
      'MalformedPolicyDocumentException',
    ],
    [
      'an element that is none',
      JSON.stringify({ Statement: [own], Statements: [] }),
      'MalformedPolicyDocumentException',
    ],
    ['no statement', policyOf(), 'MalformedPolicyDocumentException'],
    ['no effect', policyOf(own, { ...own, Effect: 'Maybe' }), 'MalformedPolicyDocumentException'],
    ['no principal', policyOf(own, { ...own, Principal: undefined }), 'MalformedPolicyDocumentException'],
    [
      'a principal that is none',
      policyOf(own, { ...own, Principal: { AWS: 'nobody' } }),
      'MalformedPolicyDocumentException',
    ],
    [
      'a principal of a kind that is none',
      policyOf(own, { ...own, Principal: { GCP: '*' } }),
      'MalformedPolicyDocumentException',
    ],
    ['no action', policyOf(own, { ...own, Action: undefined }), 'MalformedPolicyDocumentException'],
    [
      'both kinds of action',
      policyOf(own, { ...own, NotAction: 'kms:Decrypt' }),
      'MalformedPolicyDocumentException',
    ],
    ['no resource', policyOf(own, { ...own, Resource: undefined }), 'MalformedPolicyDocumentException'],
    [
      'an element of a statement that is none',
      policyOf({ ...own, Actions: [] }),
      'MalformedPolicyDocumentException',
    ],
    ['too much', policyOf({ ...own, Sid: 'x'.repeat(33_000) }), 'LimitExceededException'],
    ['NotPrincipal', policyOf(own, { ...own, Principal: undefined, NotPrincipal: '*' }), 'NotEmulated'],
    ['a federated principal', policyOf(own, { ...own, Principal: { Federated: 'x' } }), 'NotEmulated'],
    [
      'another condition key',
      policyOf(own, { ...own, Condition: { StringEquals: { 'aws:SourceVpc': 'x' } } }),
      'NotEmulated',
    ],
    [
      'another operator',
      policyOf(own, { ...own, Condition: { IpAddress: { 'kms:ViaService': 'x' } } }),
      'NotEmulated',
    ],
    [
      'a condition that is none',
      policyOf(own, { ...own, Condition: { Bool: 'true' } }),
      'MalformedPolicyDocumentException',
    ],
  ])('of %s is refused', async (_, Policy, code) => {
    const { client, run } = simulate();
    expect((await kmsRefusal(run(client().send(new CreateKeyCommand({ Policy }))))).code).toBe(code);
  });
});

describe('a statement', () => {
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
    ['everybody', any, {}, 'allow'],
    ['everybody as an account', { ...any, Principal: { AWS: '*' } }, {}, 'allow'],
    ["the account's id", { ...any, Principal: { AWS: [OWNER, CONSUMER] } }, {}, 'allow'],
    ['a role of the account', { ...any, Principal: { AWS: `arn:aws:iam::${CONSUMER}:role/x` } }, {}, 'allow'],
    [
      'a role that is denied',
      { ...any, Effect: 'Deny', Principal: { AWS: `arn:aws:iam::${CONSUMER}:role/x` } },
      {},
      'none',
    ],
    [
      'an account that is denied',
      { ...any, Effect: 'Deny', Principal: { AWS: `arn:aws:iam::${CONSUMER}:root` } },
      {},
      'deny',
    ],
    ['another account', { ...any, Principal: { AWS: OWNER } }, {}, 'none'],
    ['a service', { ...any, Principal: { Service: 'logs.amazonaws.com' } }, {}, 'none'],
    ['actions by wildcard', { ...any, Action: ['kms:ReEncrypt*', 'KMS:decryp?'] }, {}, 'allow'],
    ['other actions', { ...any, Action: 'kms:Encrypt' }, {}, 'none'],
    ['all but these', { ...any, Action: undefined, NotAction: 'kms:Decrypt' }, {}, 'none'],
    ['all but others', { ...any, Action: undefined, NotAction: 'kms:Put*' }, {}, 'allow'],
    ['the key', { ...any, Resource: arn }, {}, 'allow'],
    ['another key', { ...any, Resource: `${arn}2` }, {}, 'none'],
    ['all but another key', { ...any, Resource: undefined, NotResource: `${arn}2` }, {}, 'allow'],
    ["the caller's account", when({ StringEquals: { 'kms:CallerAccount': [OWNER, CONSUMER] } }), {}, 'allow'],
    ["not the caller's account", when({ StringNotEquals: { 'aws:PrincipalAccount': CONSUMER } }), {}, 'none'],
    ['the service', when({ StringLike: { 'kms:ViaService': 'ec2.*.amazonaws.com' } }), {}, 'allow'],
    [
      'the service, which is not there',
      when({ StringLike: { 'kms:ViaService': '*' } }),
      { viaService: undefined } as never,
      'none',
    ],
    [
      'the service, if there is one',
      when({ StringEqualsIfExists: { 'kms:ViaService': 's3' } }),
      { viaService: undefined } as never,
      'allow',
    ],
    [
      'the service in other letters',
      when({ StringEqualsIgnoreCase: { 'KMS:viaservice': 'EC2.eu-west-1.amazonaws.com' } }),
      {},
      'allow',
    ],
    [
      'grants for AWS',
      when({ Bool: { 'kms:GrantIsForAWSResource': true } }),
      { action: 'kms:CreateGrant' },
      'allow',
    ],
    [
      'grants for oneself',
      when({ Bool: { 'kms:GrantIsForAWSResource': 'true' } }),
      { action: 'kms:CreateGrant', grantIsForAwsResource: false },
      'none',
    ],
    ['no grant at all', when({ Bool: { 'kms:GrantIsForAWSResource': 'true' } }), {}, 'none'],
    ['the organisation', when({ StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } }), {}, 'allow'],
    [
      'no organisation',
      when({ StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } }),
      { membership: undefined },
      'none',
    ],
    [
      'not the organisation, having none',
      when({ StringNotEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } }),
      { membership: undefined },
      'allow',
    ],
    [
      'the unit',
      when({
        'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': 'o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*' },
      }),
      {},
      'allow',
    ],
    [
      'another unit',
      when({ 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': 'o-a1b2c3d4e5/r-ab12/ou-ab12-2*' } }),
      {},
      'none',
    ],
    [
      'all conditions at once',
      when({ StringEquals: { 'kms:CallerAccount': CONSUMER, 'kms:ViaService': 's3' } }),
      {},
      'none',
    ],
  ])('for %s', (_, statement, changes, expected) => {
    expect(decision(policyOf(statement), arn, { ...request, ...changes })).toBe(expected);
  });

  test('that denies outweighs all that allow', () => {
    const policy = policyOf(any, { ...any, Effect: 'Deny', Action: 'kms:Decrypt' });
    expect(decision(policy, arn, request)).toBe('deny');
    expect(decision(policy, arn, { ...request, action: 'kms:Encrypt' })).toBe('allow');
  });
});
