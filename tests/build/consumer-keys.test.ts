import { describe, expect, test } from 'vitest';
import { readConsumers } from '../../shared/build/consumer-keys.ts';
import { grantStatements, useStatements } from '../../shared/build/key-statements.ts';

const owner = '999988887777';
const [account, other] = ['111122223333', '444455556666'];
const org = 'arn:aws:organizations::210987654321:organization/o-exampleorgid';
const unit = 'arn:aws:organizations::210987654321:ou/o-exampleorgid/ou-ab12-11111111';
const actions = [
  'kms:CreateGrant',
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:GenerateDataKey*',
  'kms:ReEncrypt*',
];

const allow = (AWS: unknown, more: object = {}) => ({
  ...{ Effect: 'Allow', Principal: { AWS }, Action: actions, Resource: '*' },
  ...more,
});
const deny = (AWS: unknown, more: object = {}) => ({ ...allow(AWS, more), Effect: 'Deny' });
const when = (operator: string, key: string, value: unknown) => ({
  Condition: { [operator]: { [key]: value } },
});
const ROLES = (of: string) => `arn:aws:iam::${of}:role/aws-service-role/autoscaling.amazonaws.com/*`;
const nobody = { accounts: [], organizations: [], organizationalUnits: [] };
const everyone = { accounts: [account], organizations: [org], organizationalUnits: [unit] };

/** What a policy says about the account, the organization and the unit. */
function read(...Statement: object[]) {
  const { no, byHand, perhaps } = readConsumers(JSON.stringify({ Statement }), everyone, {
    region: 'us-east-1',
    owner,
  });
  const kinds = ['accounts', 'organizations', 'organizationalUnits'] as const;
  const answers = { no, 'by hand': byHand, perhaps };
  return kinds.map(
    (kind) => Object.entries(answers).find(([, consumers]) => consumers[kind].length > 0)?.[0] ?? 'yes',
  );
}

describe('the accounts that can use a key by its policy', () => {
  test.each([
    ['the account', allow(account), ['yes', 'perhaps', 'perhaps']],
    ['its root', allow([`arn:aws:iam::${account}:root`]), ['yes', 'perhaps', 'perhaps']],
    ['one of its roles', allow(`arn:aws:iam::${account}:role/app`), ['yes', 'perhaps', 'perhaps']],
    ['everyone', allow('*'), ['yes', 'yes', 'yes']],
    ['the owner of the key', allow(owner), ['no', 'no', 'no']],
    ['a role of the owner', allow(`arn:aws:iam::${owner}:role/admin`), ['no', 'no', 'no']],
    // The other account may be a member of the organization, but it is not the whole organization.
    ['another account', allow(other), ['no', 'perhaps', 'perhaps']],
    [
      'everyone except the owner',
      { ...allow('*'), Principal: undefined, NotPrincipal: { AWS: owner } },
      Array(3).fill('perhaps'),
    ],
  ])('if it names %s', (_, statement, answers) => {
    expect(read(statement)).toEqual(answers);
  });

  test.each([
    ['StringEquals', 'aws:PrincipalOrgID', 'o-exampleorgid', ['perhaps', 'yes', 'yes']],
    ['StringEquals', 'aws:PrincipalOrgID', 'o-another', ['perhaps', 'no', 'no']],
    ['StringNotEquals', 'aws:PrincipalOrgID', 'o-exampleorgid', ['perhaps', 'no', 'no']],
    ['ForAnyValue:StringLike', 'aws:PrincipalOrgPaths', 'o-exampleorgid/*', ['perhaps', 'yes', 'yes']],
    ['ForAnyValue:StringLike', 'aws:PrincipalOrgPaths', 'o-another/*', ['perhaps', 'no', 'no']],
    [
      'ForAnyValue:StringLike',
      'aws:PrincipalOrgPaths',
      ['o-another/*', 'o-exampleorgid/r-ab12/*/ou-ab12-11111111/*'],
      ['perhaps', 'perhaps', 'yes'],
    ],
    // Only the accounts of the unit itself, not those of the units below it.
    [
      'ForAnyValue:StringLike',
      'aws:PrincipalOrgPaths',
      'o-exampleorgid/r-ab12/ou-ab12-11111111/',
      ['perhaps', 'perhaps', 'perhaps'],
    ],
    [
      'ForAnyValue:StringLike',
      'aws:PrincipalOrgPaths',
      'o-exampleorgid/r-ab12/ou-ab12-22222222/*',
      Array(3).fill('perhaps'),
    ],
    ['StringEquals', 'kms:CallerAccount', account, ['yes', 'perhaps', 'perhaps']],
    ['StringEquals', 'aws:PrincipalAccount', other, ['no', 'perhaps', 'perhaps']],
    ['ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/app', Array(3).fill('perhaps')],
  ])('if it names everyone on condition of %s %s %j: %j', (operator, key, value, answers) => {
    expect(read(allow('*', when(operator, key, value)))).toEqual(answers);
  });

  test.each([
    // An account creates the grant for the role of Auto Scaling itself, so the call does not come from EC2.
    ['grants only for AWS resources', when('Bool', 'kms:GrantIsForAWSResource', 'true')],
    ['grants only through EC2', when('StringLike', 'kms:ViaService', 'ec2.*.amazonaws.com')],
  ])('can launch only by hand if it allows %s', (_, condition) => {
    const use = allow(account, { Action: actions.filter((one) => one !== 'kms:CreateGrant') });
    const grants = allow(account, { Action: 'kms:CreateGrant' });
    expect(read(use, { ...grants, ...condition })[0]).toBe('by hand');
    expect(read(use, grants)[0]).toBe('yes');
    // The rest may be limited to EC2.
    const throughEc2 = when('StringEquals', 'kms:ViaService', 'ec2.us-east-1.amazonaws.com');
    expect(read({ ...use, ...throughEc2 }, grants)[0]).toBe('yes');
  });

  test.each([
    [ROLES('*'), ['yes', 'yes', 'yes']],
    [ROLES(account), ['yes', 'perhaps', 'perhaps']],
    [ROLES(other), ['by hand', 'perhaps', 'perhaps']],
    [`arn:aws:iam::${account}:role/app`, ['by hand', 'perhaps', 'perhaps']],
  ])('may be limited to grants for AWS resources and for %s: %j', (pattern, answers) => {
    const use = allow('*', { Action: actions.filter((one) => one !== 'kms:CreateGrant') });
    const grants = allow('*', { Action: 'kms:CreateGrant' });
    const forResources = { ...grants, ...when('Bool', 'kms:GrantIsForAWSResource', 'true') };
    const forRoles = { ...grants, ...when('StringLike', 'kms:GranteePrincipal', pattern) };
    expect(read(use, forResources, forRoles)).toEqual(answers);
    // EC2 creates grants for its own principals.
    expect(read(use, forRoles)[0]).toBe(answers[0] === 'yes' ? 'perhaps' : 'by hand');
  });

  test.each(actions)('not if %s is missing', (action) => {
    expect(read(allow('*', { Action: actions.filter((one) => one !== action) }))).toEqual(
      Array(3).fill('no'),
    );
  });

  test('not if another statement denies it', () => {
    const elsewhere = when('StringNotEquals', 'aws:PrincipalOrgID', 'o-another');
    expect(read(allow('*'), deny(account))).toEqual(['no', 'yes', 'yes']);
    expect(read(allow('*'), deny('*', elsewhere))).toEqual(['yes', 'no', 'no']);
    expect(read(allow('*'), deny(`arn:aws:iam::${account}:role/app`))).toEqual(['yes', 'yes', 'yes']);
    expect(read(allow('*'), { ...deny('*'), Principal: undefined, NotPrincipal: { AWS: owner } })).toEqual([
      'yes',
      'yes',
      'yes',
    ]);
  });

  test.each([
    ['accounts', { ...nobody, accounts: [account, other] }],
    ['organizations', { ...nobody, organizations: [org] }],
    ['units', { ...nobody, organizationalUnits: [unit] }],
    ['all of them', { ...everyone, accounts: [account, other] }],
  ])('are %s after the statements for them were added', (_, consumers) => {
    const policy = (...Statement: object[]) => JSON.stringify({ Statement: [allow(owner), ...Statement] });
    const place = { region: 'us-east-1', owner };
    const answers = { no: nobody, byHand: nobody, perhaps: nobody };
    expect(readConsumers(policy(), consumers, place)).toEqual({ ...answers, no: consumers });
    expect(readConsumers(policy(...useStatements(consumers)), consumers, place)).toEqual(answers);
    const byHand = useStatements(consumers).map((statement) => ({
      ...statement,
      Condition: {
        ...(statement as { Condition?: object }).Condition,
        BoolIfExists: { 'kms:GrantIsForAWSResource': 'true' },
      },
    }));
    expect(readConsumers(policy(...byHand), consumers, place)).toEqual({ ...answers, byHand: consumers });
    const statements = [...byHand, ...grantStatements(consumers)];
    expect(readConsumers(policy(...statements), consumers, place)).toEqual(answers);
  });
});
