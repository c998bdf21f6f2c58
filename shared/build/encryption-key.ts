import { deployKey } from '../recipe/stack-key.ts';
import { EBS_ACTIONS } from './key-policy.ts';

/** A key that EBS encrypts with. */
export interface EncryptionKey {
  /** Its ARN; if the key could not be read, what EC2 or the recipe calls it. */
  readonly id: string;
  /** `AWS`: an AWS managed key, which no other account can use (KMS developer guide, "AWS managed keys"). */
  readonly manager: 'AWS' | 'customer';
  /** The state in KMS (KMS developer guide, "Key states"); `undefined`: the key does not exist. */
  readonly state: string | undefined;
  /** Whether it is a symmetric encryption key. EBS supports no other keys (EBS user guide, "Amazon EBS encryption"). */
  readonly isSymmetric: boolean;
  readonly use: KeyUse;
  /** The key policy; absent: the pipeline could not read it, or the key is an AWS managed key. */
  readonly policy?: string;
}

/**
 * Whether the pipeline may use a key. `why`: the reason in words, if the answer is not `allowed`. `denied`: by the key policy, or by another
 * policy although the key policy leaves the decision to IAM.
 */
export type KeyUse =
  | { readonly is: 'allowed' }
  | { readonly is: 'denied by the key' | 'denied by IAM' | 'unknown'; readonly why: string };

/** The AWS managed key for EBS, under its name in EC2. This key is always enabled, and the account may use it through EC2. */
export const AWS_MANAGED_KEY: EncryptionKey = {
  id: 'alias/aws/ebs',
  manager: 'AWS',
  state: 'Enabled',
  isSymmetric: true,
  use: { is: 'allowed' },
};

/** A key that a build uses in a region. */
export interface KeyInUse {
  readonly region: string;
  /** Whether the region is the region of the deployment. */
  readonly isHome: boolean;
  readonly key: EncryptionKey;
  /** Who chose the key: the recipe, the stack for the recipe, or the account as its default key. */
  readonly by: 'recipe' | 'stack' | 'account';
}

/** The key, for messages. */
export const describeKey = ({ region, key: { id }, by }: KeyInUse): string =>
  ({
    recipe: `encryption.keys names ${id} in ${region}`,
    stack: `encryption.keys is stack, which is ${id} in ${region}`,
    account: `EBS encrypts with the key ${id} in ${region}`,
  })[by];

const chooseOther = ({ region, by }: KeyInUse): string =>
  ({
    recipe: `name another key for ${region} in encryption.keys`,
    stack: 'name your own keys in encryption.keys',
    account: `choose another default key in ${region} (aws ec2 modify-ebs-default-kms-key-id --region ${region})`,
  })[by];

/** Whether a key in this state encrypts (KMS developer guide, "Key state table"). */
export const isUsable = (state: string | undefined): boolean => state === 'Enabled' || state === 'Updating';

/** How to make a key usable, by its state. */
const remedies: Readonly<Record<string, string>> = {
  Disabled: 'enable it (aws kms enable-key)',
  PendingDeletion: 'cancel its deletion (aws kms cancel-key-deletion) and enable it (aws kms enable-key)',
  PendingReplicaDeletion:
    'cancel its deletion (aws kms cancel-key-deletion) and enable it (aws kms enable-key)',
  PendingImport: 'import its key material (aws kms import-key-material)',
  Unavailable: 'connect its key store (aws kms connect-custom-key-store)',
  Creating: 'wait until it is Enabled',
};

/** Why the pipeline cannot encrypt with a key. `account`: the pipeline's. */
export function keyRefusals(used: KeyInUse, account: string): string[] {
  const { state, use, isSymmetric } = used.key;
  const named = `${describeKey(used)}, but`;
  const other = chooseOther(used);
  if (state === undefined) {
    const create = used.by === 'stack' ? `create it (${deployKey(used.region, used)}), or ` : '';
    return [`${named} this key does not exist: ${create}${other}`];
  }
  if (!isSymmetric) {
    return [`${named} this key is not a symmetric encryption key, and EBS supports no other keys: ${other}`];
  }
  if (!isUsable(state)) {
    const remedy = remedies[state];
    return [`${named} this key is ${state}: ${remedy === undefined ? '' : `${remedy}, or `}${other}`];
  }
  if (use.is !== 'denied by the key' && use.is !== 'denied by IAM') return [];
  const fix =
    use.is === 'denied by the key'
      ? addToPolicy([pipelineStatement(account)])
      : 'allow the use in the policies of the organization and in the permissions boundary of the roles';
  return [`${named} the pipeline may not use this key, because ${use.why}: ${fix}, or ${other}`];
}

/** A warning about a key that Plan could not check. */
export function keyWarnings(used: KeyInUse): string[] {
  const { use } = used.key;
  if (use.is !== 'unknown') return [];
  return [
    `${describeKey(used)}, but Plan could not check whether the pipeline may use this key: ${use.why}. ` +
      'If the pipeline may not use the key, the launch or the copy fails',
  ];
}

/** The account's IAM policies decide which of its roles may use the key. The roles of the pipeline may do so through EC2. */
const pipelineStatement = (account: string): object => ({
  Effect: 'Allow',
  Principal: { AWS: account },
  Action: EBS_ACTIONS,
  Resource: '*',
});

/** The fix for a key policy: the very statements that are missing. */
export const addToPolicy = (statements: readonly object[], policy = 'its policy'): string =>
  `add ${statements.length === 1 ? 'this statement' : 'these statements'} to ${policy} (aws kms put-key-policy): ` +
  statements.map((one) => JSON.stringify(one)).join(', ');
