import type { CreateKeyCommandInput, CreateKeyCommandOutput } from '@aws-sdk/client-kms';
import { AwsError, notEmulated } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { checkValue } from '../core/validation.ts';
import { defaultPolicy, keyMetadata, newKey, withTags } from './keys.ts';
import { checkLockout, checkPolicy } from './policy.ts';

/** Creates symmetric encryption keys with key material from KMS. */
export const createKey: Operation<CreateKeyCommandInput, CreateKeyCommandOutput> = {
  kind: 'write',
  accepts: [
    'BypassPolicyLockoutSafetyCheck',
    'CustomerMasterKeySpec',
    'Description',
    'KeySpec',
    'KeyUsage',
    'MultiRegion',
    'Origin',
    'Policy',
    'Tags.TagKey',
    'Tags.TagValue',
  ],
  run(input, { world, account, region, now }) {
    const { Policy, Description = '', KeyUsage = 'ENCRYPT_DECRYPT', Origin = 'AWS_KMS', Tags = [] } = input;
    if (input.KeySpec !== undefined && input.CustomerMasterKeySpec !== undefined) {
      throw new AwsError(
        'ValidationException',
        'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
      );
    }
    const spec = input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
    if (spec !== 'SYMMETRIC_DEFAULT') throw notEmulated(`kms:CreateKey with KeySpec ${spec}`);
    if (KeyUsage !== 'ENCRYPT_DECRYPT') {
      throw new AwsError(
        'ValidationException',
        `KeyUsage ${KeyUsage} is not compatible with KeySpec ${spec}`,
      );
    }
    if (Origin !== 'AWS_KMS') throw notEmulated(`kms:CreateKey with Origin ${Origin}`);
    checkValue(Description, 'description', { length: [0, 8192] });
    checkValue(Policy, 'policy', { length: [1, 131_072] });
    const tags = withTags({}, Tags);
    const policy = Policy ?? defaultPolicy(account);
    checkPolicy(policy);
    if (!input.BypassPolicyLockoutSafetyCheck) checkLockout(policy, account);
    const key = newKey(
      world,
      {
        account,
        region,
        tags,
        description: Description,
        manager: 'CUSTOMER',
        multiRegion: input.MultiRegion ?? false,
        creationTime: now,
        policy,
      },
      now,
    );
    return { KeyMetadata: keyMetadata(key) };
  },
};
