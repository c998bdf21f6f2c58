import { perform, type Services, type World } from 'embedded-aws';
import { stackKeyPolicy } from '../shared/build/stack-key-policy.ts';
import type { Recipe } from '../shared/recipe/recipe.ts';
import { STACK_ALIAS, stackKeyRegions, usesStackKeys } from '../shared/recipe/stack-key.ts';
import { HOME } from './home.ts';

/**
 * Creates the key of the recipes that use the keys of the stack, in every region of these recipes, as the deployment and the template for the
 * other regions do. If the key exists, only its policy is brought up to date.
 */
export function deployStackKeys(world: World, services: Services, recipes: readonly Recipe[]): void {
  if (!recipes.some(usesStackKeys)) return;
  const { account } = HOME;
  const owner = { account, arn: (resource: string) => `arn:aws:iam::${account}:${resource}` };
  const Policy = JSON.stringify(stackKeyPolicy(recipes, owner));
  for (const region of new Set([HOME.region, ...stackKeyRegions(recipes)])) {
    const call = (operation: string, input: Record<string, unknown>) =>
      perform(services, world, { service: 'kms', operation, input, account, region, inner: true });
    const alias = world.keyAliases
      .all()
      .find((one) => one.name === STACK_ALIAS && one.account === account && one.region === region);
    if (alias !== undefined) {
      call('PutKeyPolicy', { KeyId: alias.keyId, Policy });
      continue;
    }
    const { KeyMetadata } = call('CreateKey', { Description: 'Encrypts golden images', Policy });
    const { KeyId } = KeyMetadata as { KeyId: string };
    call('EnableKeyRotation', { KeyId });
    call('CreateAlias', { AliasName: STACK_ALIAS, TargetKeyId: KeyId });
  }
}
