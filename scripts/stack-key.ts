import { ownScalingStatement, useStatements } from '../shared/build/key-statements.ts';
import type { Recipe } from '../shared/recipe/recipe.ts';
import { STACK_ALIAS, usesStackKeys } from '../shared/recipe/stack-key.ts';

/**
 * The key of recipes with `encryption: { keys: stack }` as CloudFormation resources, by logical id. The key has the policy that Plan requires
 * for the consumers of all these recipes.
 */
export function stackKeyOf(recipes: readonly Recipe[]): Record<string, object> {
  const users = recipes.filter(usesStackKeys);
  if (users.length === 0) return {};
  const sharedWith = (list: 'accounts' | 'organizations' | 'organizationalUnits') =>
    [...new Set(users.flatMap(({ share }) => share[list]))].toSorted();
  const consumers = {
    accounts: sharedWith('accounts'),
    organizations: sharedWith('organizations'),
    organizationalUnits: sharedWith('organizationalUnits'),
  };
  return {
    ImageKey: {
      Type: 'AWS::KMS::Key',
      // Images stay encrypted with the key after the stack is removed. A rollback deletes a key that the same deployment created.
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        Description: 'Encrypts golden images',
        EnableKeyRotation: true,
        KeyPolicy: {
          Version: '2012-10-17',
          Statement: [
            // The IAM policies of the account decide, as with the default key policy of KMS.
            { Effect: 'Allow', Principal: { AWS: OWN_ACCOUNT }, Action: 'kms:*', Resource: '*' },
            ownScalingStatement({ Ref: 'AWS::AccountId' }, OWN_SCALING_ROLES),
            ...useStatements(consumers),
          ],
        },
      },
    },
    ImageKeyAlias: {
      Type: 'AWS::KMS::Alias',
      Properties: { AliasName: STACK_ALIAS, TargetKeyId: { 'Fn::GetAtt': ['ImageKey', 'Arn'] } },
    },
  };
}

/** CloudFormation replaces this variable. */
const inOwnAccount = (resource: string) => ({ 'Fn::Sub': `arn:aws:iam::\${AWS::AccountId}:${resource}` });
const OWN_ACCOUNT = inOwnAccount('root');
const OWN_SCALING_ROLES = inOwnAccount('role/aws-service-role/autoscaling.amazonaws.com/*');

/** The regions besides the deployment's in which recipes need the key. */
export const otherKeyRegions = (recipes: readonly Recipe[], home: string): string[] =>
  [
    ...new Set<string>(
      recipes
        .filter(usesStackKeys)
        .flatMap(({ regions, optionalRegions }) => [...regions, ...optionalRegions]),
    ),
  ]
    .filter((region) => region !== home)
    .toSorted();

/** A template with the key for another region: a stack contains only the key of its own region. */
export const keyTemplateOf = (recipes: readonly Recipe[]): object => ({
  AWSTemplateFormatVersion: '2010-09-09',
  Description: 'The key of golden images in this region',
  Resources: stackKeyOf(recipes),
});
