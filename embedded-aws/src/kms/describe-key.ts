import type { DescribeKeyCommandInput, DescribeKeyCommandOutput } from '@aws-sdk/client-kms';
import type { Operation } from '../core/service.ts';
import {
  arnOf,
  ebsAliasName,
  keyMetadata,
  managedEbsKey,
  permittedKey,
  refuseOtherManagedKeys,
} from './keys.ts';

/**
 * The first DescribeKey call for a predefined AWS alias creates the key of that alias (KMS API
 * reference, DescribeKey).
 */
export const describeKey: Operation<DescribeKeyCommandInput, DescribeKeyCommandOutput> = {
  kind: 'read',
  accepts: ['GrantTokens', 'KeyId'],
  run(input, call) {
    const { world, account, region, now } = call;
    const { KeyId = '' } = input;
    refuseOtherManagedKeys(KeyId);
    if (KeyId === ebsAliasName || KeyId === arnOf(account, region, ebsAliasName)) {
      managedEbsKey(world, account, region, now);
    }
    const key = permittedKey(call, input.KeyId, {
      action: 'DescribeKey',
      byAlias: true,
      otherAccounts: true,
    });
    return { KeyMetadata: keyMetadata(key) };
  },
};
