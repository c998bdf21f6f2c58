import type { Recipe } from '../recipe/recipe.ts';
import { usesStackKeys } from '../recipe/stack-key.ts';
import { ownScalingStatement, useStatements } from './key-statements.ts';

/** The account that owns the key. In a template, both values contain intrinsic functions. */
interface Owner {
  readonly account: unknown;
  /** The ARN of an IAM resource of the account, such as `root`. */
  arn(resource: string): unknown;
}

/** The policy of the key that the stack creates: what Plan requires for the consumers of all recipes that use the key. */
export function stackKeyPolicy(recipes: readonly Recipe[], { account, arn }: Owner): object {
  const users = recipes.filter(usesStackKeys);
  const sharedWith = (list: 'accounts' | 'organizations' | 'organizationalUnits') =>
    [...new Set(users.flatMap(({ share }) => share[list]))].toSorted();
  const consumers = {
    accounts: sharedWith('accounts'),
    organizations: sharedWith('organizations'),
    organizationalUnits: sharedWith('organizationalUnits'),
  };
  return {
    Version: '2012-10-17',
    Statement: [
      // The IAM policies of the account decide, as with the default key policy of KMS.
      { Effect: 'Allow', Principal: { AWS: arn('root') }, Action: 'kms:*', Resource: '*' },
      ownScalingStatement(account, arn('role/aws-service-role/autoscaling.amazonaws.com/*')),
      ...useStatements(consumers),
    ],
  };
}
