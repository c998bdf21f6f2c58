import { describe, expect, test } from 'vitest';
import { keyNotice, otherKeyRegions, stackKeyOf } from '../../scripts/stack-key.ts';
import { readConsumers } from '../../shared/build/consumer-keys.ts';
import { readKeyPolicy } from '../../shared/build/key-policy.ts';
import { resolve } from '../artefact/intrinsics.ts';
import { plainRecipe, recipeFile } from '../simulated-build.ts';

const account = '999988887777';
const organization = 'arn:aws:organizations::210987654321:organization/o-exampleorgid';
const unit = 'arn:aws:organizations::210987654321:ou/o-exampleorgid/ou-ab12-11111111';
const none = { accounts: [], organizations: [], organizationalUnits: [] };

const recipe = (changes: object) =>
  recipeFile({ ...plainRecipe, encryption: { keys: 'stack' }, ...changes }).recipe;
const recipes = [
  recipe({ share: { accounts: ['444455556666', '111122223333'], organizations: [organization] } }),
  recipe({
    share: { accounts: ['111122223333'], organizationalUnits: [unit] },
    optionalRegions: ['eu-west-2'],
  }),
  recipe({ share: {}, regions: ['eu-central-1'] }),
  recipe({ share: { accounts: ['123456789012'] }, regions: ['ap-south-1'], encryption: undefined }),
];

/** The policy of the key in the account, as CloudFormation resolves it. */
function policyOf(...given: typeof recipes): string {
  const { ImageKey } = stackKeyOf(given) as { ImageKey: { Properties: { KeyPolicy: object } } };
  const names = { ref: () => account, attribute: () => '', holds: () => true, zones: () => [] };
  return JSON.stringify(resolve(ImageKey.Properties.KeyPolicy, names));
}

describe('the key of the stack', () => {
  test.each([
    [['eu-west-1'], 'need a key in eu-west-1, too. Create and update it with:'],
    [['eu-west-1', 'us-east-1'], 'need keys in eu-west-1 and us-east-1, too. Create and update them with:'],
  ])('has a notice for %j', (regions, says) => {
    expect(keyNotice(regions)).toBe(`Recipes with encryption.keys: stack ${says}`);
  });

  test('does not exist if no recipe uses it', () => {
    expect(stackKeyOf(recipes.slice(3))).toEqual({});
    expect(otherKeyRegions(recipes.slice(3), 'us-east-1')).toEqual([]);
  });

  test('is needed in every region of the recipes that use it', () => {
    expect(otherKeyRegions(recipes, 'us-east-1')).toEqual(['eu-central-1', 'eu-west-1', 'eu-west-2']);
  });

  test('can be used by everyone that these recipes share images with, and by nobody else', () => {
    const consumers = {
      accounts: ['444455556666', '111122223333'],
      organizations: [organization],
      organizationalUnits: [unit],
    };
    const place = { region: 'eu-west-1', owner: account };
    const answers = { no: none, byHand: none, perhaps: none };
    expect(readConsumers(policyOf(...recipes), consumers, place)).toEqual(answers);
    const strangers = { ...none, accounts: ['123456789012'] };
    expect(readConsumers(policyOf(...recipes.slice(1, 2)), strangers, place).no.accounts).toEqual([]);
    expect(readConsumers(policyOf(recipes[2] as (typeof recipes)[0]), strangers, place)).toEqual({
      ...answers,
      no: strangers,
    });
  });

  test('can be used by the roles of its account as IAM decides, and by its Auto Scaling groups', () => {
    const policy = policyOf(recipe({}));
    expect(readKeyPolicy(policy, { account, region: 'us-east-1' })).toEqual({
      missing: [],
      isLeftToIam: true,
      allowsDirectCalls: true,
    });
    expect(JSON.parse(policy).Statement[1].Condition).toEqual({
      StringEquals: { 'kms:CallerAccount': account },
      StringLike: {
        'aws:PrincipalArn': `arn:aws:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/*`,
      },
      BoolIfExists: { 'kms:GrantIsForAWSResource': 'true' },
    });
  });

  test('has the same policy in whatever order the recipes are', () => {
    expect(policyOf(...recipes.toReversed())).toBe(policyOf(...recipes));
  });
});
