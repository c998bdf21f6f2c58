import { accountOf } from '../arns.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { deployKey } from '../recipe/stack-key.ts';
import { type ConsumerAnswer, readConsumers } from './consumer-keys.ts';
import { addToPolicy, describeKey, isUsable, type KeyInUse } from './encryption-key.ts';
import {
  type Consumers,
  grantStatements,
  SCALING_OPERATIONS,
  scalingRole,
  useStatements,
} from './key-statements.ts';
import { isShared } from './sharing.ts';

/** Why other accounts could not use the keys that a recipe names. */
export function managedKeyRefusals({ share, regions }: Recipe, keys: readonly KeyInUse[]): string[] {
  if (!isShared(share)) return [];
  return keys
    .filter(({ region, key }) => key.manager === 'AWS' && regions.some((one) => one === region))
    .map(
      (used) =>
        `${describeKey(used)}, but no other account can use an AWS managed key: ` +
        `name a customer managed key for ${used.region} in encryption.keys, or leave out share`,
    );
}

/** The keys that consumers need: the customer managed keys of the images in the target regions. */
const keysOfConsumers = ({ share, regions }: Recipe, keys: readonly KeyInUse[]): KeyInUse[] =>
  isShared(share) && !share.public
    ? keys.filter(
        ({ region, key: { manager, state } }) =>
          manager === 'customer' && isUsable(state) && regions.some((one) => one === region),
      )
    : [];

/** What the policies of the keys say about the consumers, in groups of keys with the same answer. */
function answersAbout(
  recipe: Recipe,
  keys: readonly KeyInUse[],
  which: keyof ConsumerAnswer,
): { keys: KeyInUse[]; consumers: Consumers }[] {
  const groups = new Map<string, { keys: KeyInUse[]; consumers: Consumers }>();
  for (const used of keysOfConsumers(recipe, keys)) {
    const { id, policy } = used.key;
    if (policy === undefined) continue;
    const place = { region: used.region, owner: accountOf(id) };
    const consumers = readConsumers(policy, recipe.share, place)[which];
    if (namesOf(consumers).length === 0) continue;
    const group = JSON.stringify(consumers);
    groups.set(group, { keys: [...(groups.get(group)?.keys ?? []), used], consumers });
  }
  return [...groups.values()];
}

const namesOf = ({ accounts, organizations, organizationalUnits }: Consumers): string[] => [
  ...accounts,
  ...organizations,
  ...organizationalUnits,
];

/** The maximum number of consumers in a message. The statement has all of them. */
const SHOWN_MAX = 10;

function showNames(consumers: Consumers): string {
  const names = namesOf(consumers);
  const more = names.length > SHOWN_MAX ? ` and ${names.length - SHOWN_MAX} more` : '';
  return `${names.slice(0, SHOWN_MAX).join(', ')}${more}`;
}

/** The keys, and how to speak of their policies. */
function describeKeys(keys: readonly KeyInUse[]) {
  const named = keys.map(({ region, key: { id } }) => `${id} in ${region}`).join(' and ');
  return keys.length === 1
    ? {
        named,
        lets: (not: boolean) => `the policy of this key ${not ? 'does not let' : 'lets'}`,
        policy: 'its policy',
      }
    : {
        named,
        lets: (not: boolean) => `the policies of these keys ${not ? 'do not let' : 'let'}`,
        policy: 'each policy',
      };
}

const launchIt = 'launch the image and create the grant for Auto Scaling';

/** Why the accounts that a recipe lists could not launch the image, by hand or with Auto Scaling: the policies of its keys. */
export function keyConsumerRefusals(recipe: Recipe, keys: readonly KeyInUse[]): string[] {
  const refuse =
    (cannot: string, statements: (consumers: Consumers) => object[]) =>
    ({ keys: found, consumers }: { keys: KeyInUse[]; consumers: Consumers }) => {
      const { named, lets, policy } = describeKeys(found);
      return (
        `the image is encrypted with ${named}, but ${lets(true)} ${showNames(consumers)} (share) ${cannot}: ` +
        `${deployAgain(found)}${addToPolicy(statements(consumers), policy)}, or leave them out of share. ` +
        `Then, for Auto Scaling, create the grant in each account: ${grantCommands(found, consumers)}`
      );
    };
  return [
    ...answersAbout(recipe, keys, 'no').map(refuse(launchIt, useStatements)),
    ...answersAbout(recipe, keys, 'byHand').map(
      refuse(
        'create the grant for Auto Scaling, without which they can launch the image only by hand',
        grantStatements,
      ),
    ),
  ];
}

/** The policy of the stack's key comes from the recipes, so a deployment adds what is missing, if a recipe lists it. */
function deployAgain(keys: readonly KeyInUse[]): string {
  const commands = keys.flatMap((used) => (used.by === 'stack' ? [deployKey(used.region, used)] : []));
  return commands.length === 0 ? '' : `deploy the recipe with them in share (${commands.join('; ')}), or `;
}

/** What each account must run. AWS requires that the account of the Auto Scaling group creates the grant (docs/encryption.md). */
function grantCommands(keys: readonly KeyInUse[], { accounts, ...members }: Consumers): string {
  const isMore = members.organizations.length + members.organizationalUnits.length > 0;
  const commands = [...accounts, ...(isMore ? ['<account>'] : [])].flatMap((account) =>
    keys.map(
      ({ region, key: { id } }) =>
        `aws kms create-grant --region ${region} --key-id ${id} --grantee-principal ${scalingRole(account)} ` +
        `--operations ${SCALING_OPERATIONS.join(' ')}`,
    ),
  );
  const more =
    commands.length > SHOWN_MAX ? `; and ${commands.length - SHOWN_MAX} more for other accounts` : '';
  return `${commands.slice(0, SHOWN_MAX).join('; ')}${more}`;
}

/** Warnings about accounts for which Plan could not check the policies of the keys. */
export function consumerWarnings(recipe: Recipe, keys: readonly KeyInUse[]): string[] {
  const unread = keysOfConsumers(recipe, keys).filter(({ key }) => key.policy === undefined);
  const unsure = [
    ...answersAbout(recipe, keys, 'perhaps'),
    ...(unread.length === 0 ? [] : [{ keys: unread, consumers: recipe.share }]),
  ];
  return unsure.map(({ keys: found, consumers }) => {
    const { named, lets, policy } = describeKeys(found);
    return (
      `The image is encrypted with ${named}, but Plan could not check whether ${lets(false)} ${showNames(consumers)} (share) ${launchIt}. ` +
      `If not, ${addToPolicy(useStatements(consumers), policy)}`
    );
  });
}
