import type { Account } from './creators.ts';
import type { Creator } from './stack.ts';

/** Creates the resources of KMS that the stack contains. A property that the functions do not know is an error of KMS. */
export const keyCreators = (call: Account['call']): Readonly<Record<string, Creator>> => ({
  'AWS::KMS::Key': (_, { KeyPolicy, EnableKeyRotation, ...properties }) => {
    const input = { ...properties, Policy: JSON.stringify(KeyPolicy) };
    const { KeyMetadata } = call('kms', 'CreateKey', input) as {
      KeyMetadata: { KeyId: string; Arn: string };
    };
    const { KeyId, Arn } = KeyMetadata;
    if (EnableKeyRotation) call('kms', 'EnableKeyRotation', { KeyId });
    return { ref: KeyId, attributes: { Arn, KeyId } };
  },
  'AWS::KMS::Alias': (_, properties) => {
    call('kms', 'CreateAlias', properties);
    return { ref: properties.AliasName };
  },
});
