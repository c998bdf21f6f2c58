import { describe, expect, test } from 'vitest';
import { readKeyPolicy } from '../../shared/build/key-policy.ts';

const account = '999988887777';
const root = { AWS: `arn:aws:iam::${account}:root` };
const use = [
  'kms:CreateGrant',
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncrypt*',
];
const everything = [...use.slice(0, 4), 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
const allow = (Principal: unknown, more: object = {}) => ({
  ...{ Effect: 'Allow', Principal, Action: use, Resource: '*' },
  ...more,
});
const deny = (Principal: unknown, more: object = {}) => ({ ...allow(Principal, more), Effect: 'Deny' });
const read = (...Statement: object[]) => answerOf(JSON.stringify({ Version: '2012-10-17', Statement }));
const answerOf = (policy: string) => {
  const { missing, isLeftToIam } = readKeyPolicy(policy, { account, region: 'us-east-1' });
  return { missing, isLeftToIam };
};
const when = (operator: string, key: string, value: unknown) => ({
  Condition: { [operator]: { [key]: value } },
});

const allowed = { missing: [], isLeftToIam: false };
const left = { missing: [], isLeftToIam: true };
const denied = { missing: everything, isLeftToIam: false };
const onlyGrants = { missing: everything.filter((one) => one !== 'kms:CreateGrant'), isLeftToIam: false };

describe('a key policy', () => {
  test.each([
    ['all principals', '*'],
    ['all principals, in a list', { AWS: ['*'] }],
    ['a role of the pipeline', { AWS: `arn:aws:iam::${account}:role/golden-image-prod-LaunchRole-1A2B` }],
    ['one with a path', { AWS: [`arn:aws:iam::${account}:role/ops/golden-image-prod-LaunchRole-1A2B`] }],
  ])('that names %s allows the use', (_, principal) => {
    expect(read(allow(principal))).toEqual(allowed);
  });

  test.each([
    ['the account', { AWS: account }],
    ['its root', root],
  ])('that names %s leaves the use to IAM', (_, principal) => {
    expect(read(allow(principal))).toEqual(left);
    expect(read(allow(principal, { Action: 'kms:*' }))).toEqual(left);
  });

  test.each([
    ['another role', { AWS: `arn:aws:iam::${account}:role/admin` }],
    ['another account', { AWS: 'arn:aws:iam::111122223333:root' }],
    [
      'a role of that name in another account',
      { AWS: 'arn:aws:iam::111122223333:role/golden-image-prod-LaunchRole' },
    ],
    ['a service', { Service: 'ec2.amazonaws.com' }],
  ])('that names only %s allows nothing', (_, principal) => {
    expect(read(allow(principal))).toEqual(denied);
  });

  test('lists the actions that it does not allow', () => {
    expect(
      read(allow('*', { Action: ['kms:describekey', 'kms:GenerateDataKey*', 'kms:*Decrypt'] })).missing,
    ).toEqual(['kms:CreateGrant', 'kms:ReEncryptFrom', 'kms:ReEncryptTo']);
    const { Action: _, ...others } = allow('*', { NotAction: ['kms:Put*', 'kms:CreateGrant'] });
    expect(read(others).missing).toEqual(['kms:CreateGrant']);
  });

  test('allows with one statement what another statement leaves to IAM', () => {
    expect(read(allow(root, { Action: 'kms:*' }), allow('*'))).toEqual(allowed);
    expect(read(allow(root, { Action: 'kms:*' }), allow('*', { Action: 'kms:Decrypt' }))).toEqual(left);
  });

  test.each([
    ['StringEquals', 'kms:ViaService', 'ec2.us-east-1.amazonaws.com', allowed],
    [
      'StringEquals',
      'kms:ViaService',
      ['s3.us-east-1.amazonaws.com', 'ec2.us-east-1.amazonaws.com'],
      allowed,
    ],
    ['StringLike', 'kms:ViaService', 'ec2.*.amazonaws.com', allowed],
    ['StringEquals', 'kms:ViaService', 's3.us-east-1.amazonaws.com', denied],
    ['StringEquals', 'kms:ViaService', 'ec2.eu-west-1.amazonaws.com', denied],
    ['StringNotEquals', 'kms:ViaService', 's3.us-east-1.amazonaws.com', allowed],
    ['StringEquals', 'kms:CallerAccount', account, allowed],
    ['StringEqualsIfExists', 'KMS:calleraccount', '111122223333', denied],
    // Only calls about grants have this key.
    ['Bool', 'kms:GrantIsForAWSResource', 'true', onlyGrants],
    ['Bool', 'kms:GrantIsForAWSResource', true, onlyGrants],
    ['Bool', 'kms:GrantIsForAWSResource', false, denied],
    ['BoolIfExists', 'kms:GrantIsForAWSResource', true, allowed],
    // An unknown condition may be met.
    ['StringEquals', 'aws:PrincipalOrgID', 'o-1', allowed],
    ['ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/*', allowed],
    ['IpAddress', 'aws:SourceIp', '10.0.0.0/8', allowed],
  ])('allows on condition of %s %s %j: %j', (operator, key, value, answer) => {
    expect(read(allow('*', when(operator, key, value)))).toEqual(answer);
  });

  test.each([
    ['all principals', '*', {}, denied],
    ['the account', root, {}, denied],
    ['another account', { AWS: '111122223333' }, {}, allowed],
    [
      'all principals, of another service',
      '*',
      when('StringEquals', 'kms:ViaService', 's3.us-east-1.amazonaws.com'),
      allowed,
    ],
    ['all principals except EC2', '*', when('StringNotLike', 'kms:ViaService', 'ec2.*'), allowed],
    [
      'all principals except S3',
      '*',
      when('StringNotEquals', 'kms:ViaService', 's3.us-east-1.amazonaws.com'),
      denied,
    ],
    // An unknown condition may not be met.
    [
      'all principals of another organization',
      '*',
      when('StringNotEquals', 'aws:PrincipalOrgID', 'o-1'),
      allowed,
    ],
  ])('denies %s', (_, principal, more, answer) => {
    expect(read(allow('*'), deny(principal, more))).toEqual(answer);
  });

  test('shows whether a call that does not come from EC2 can be tried', () => {
    const direct = (...Statement: object[]) =>
      readKeyPolicy(JSON.stringify({ Statement }), { account, region: 'us-east-1' }).allowsDirectCalls;
    const onlyEc2 = when('StringLike', 'kms:ViaService', 'ec2.*');
    expect(direct(allow(root))).toBe(true);
    expect(direct(allow(root, onlyEc2))).toBe(false);
    expect(direct(allow('*'), deny('*', when('StringNotLike', 'kms:ViaService', 'ec2.*')))).toBe(false);
  });

  test('may have one statement instead of a list, and a statement with NotPrincipal', () => {
    const one = JSON.stringify({ Statement: allow('*') });
    expect(answerOf(one)).toEqual(allowed);
    expect(read({ Effect: 'Allow', NotPrincipal: root, Action: 'kms:*', Resource: '*' })).toEqual(allowed);
    expect(read(allow('*'), { Effect: 'Deny', NotPrincipal: root, Action: 'kms:*', Resource: '*' })).toEqual(
      allowed,
    );
  });
});
