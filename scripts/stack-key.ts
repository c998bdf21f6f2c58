import { stackKeyPolicy } from '../shared/build/stack-key-policy.ts';
import type { Recipe } from '../shared/recipe/recipe.ts';
import { STACK_ALIAS, stackKeyRegions, usesStackKeys } from '../shared/recipe/stack-key.ts';

/** The key of recipes with `encryption: { keys: stack }` as CloudFormation resources, by logical id. */
export const stackKeyOf = (recipes: readonly Recipe[]): Record<string, object> =>
  recipes.some(usesStackKeys)
    ? {
        ImageKey: {
          Type: 'AWS::KMS::Key',
          // Images stay encrypted with the key after the stack is removed. A rollback deletes a key that the same deployment created.
          DeletionPolicy: 'RetainExceptOnCreate',
          UpdateReplacePolicy: 'Retain',
          Properties: {
            Description: 'Encrypts golden images',
            EnableKeyRotation: true,
            KeyPolicy: stackKeyPolicy(recipes, OWNER),
          },
        },
        ImageKeyAlias: {
          Type: 'AWS::KMS::Alias',
          Properties: { AliasName: STACK_ALIAS, TargetKeyId: { 'Fn::GetAtt': ['ImageKey', 'Arn'] } },
        },
      }
    : {};

const OWNER = {
  account: { Ref: 'AWS::AccountId' },
  // CloudFormation replaces the variable.
  arn: (resource: string) => ({ 'Fn::Sub': `arn:aws:iam::\${AWS::AccountId}:${resource}` }),
};

/** The regions besides the deployment's in which recipes need the key. */
export const otherKeyRegions = (recipes: readonly Recipe[], home: string): string[] =>
  stackKeyRegions(recipes).filter((region) => region !== home);

/** What to do about the keys in these regions, in words. The commands follow. */
export function keyNotice(regions: readonly string[]): string {
  const [keys, them] = regions.length === 1 ? ['a key', 'it'] : ['keys', 'them'];
  const where = new Intl.ListFormat('en').format(regions);
  return `Recipes with encryption.keys: stack need ${keys} in ${where}, too. Create and update ${them} with:`;
}

/** A template with the key for another region: a stack contains only the key of its own region. */
export const keyTemplateOf = (recipes: readonly Recipe[]): object => ({
  AWSTemplateFormatVersion: '2010-09-09',
  Description: 'The key of golden images in this region',
  Resources: stackKeyOf(recipes),
});
