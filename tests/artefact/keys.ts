import type { Account } from './creators.ts';
import { PLACE } from './deployed.ts';

/** A key policy that allows the account everything. IAM decides which roles of the account may use the key. */
export const leftToIam = {
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${PLACE.account}:root` },
  Action: 'kms:*',
  Resource: '*',
};

/** A key policy that allows every role of the account to use the key through EC2 (as the policy of the AWS managed key does). */
export const throughEc2 = {
  Effect: 'Allow',
  Principal: { AWS: '*' },
  Action: [
    'kms:CreateGrant',
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:GenerateDataKeyWithoutPlaintext',
    'kms:ReEncrypt*',
  ],
  Resource: '*',
  Condition: {
    StringEquals: {
      'kms:CallerAccount': PLACE.account,
      'kms:ViaService': `ec2.${PLACE.region}.amazonaws.com`,
    },
  },
};

/** Allows the accounts of the recipes to launch their images, and to create grants for Auto Scaling. */
export const forConsumers = {
  Effect: 'Allow',
  Principal: { AWS: ['111122223333', '210987654321'] },
  Action: ['kms:CreateGrant', 'kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
  Resource: '*',
};

/** Creates a key whose policy leaves the use to IAM, besides these statements. Returns its ARN. */
export function createKey(call: Account['call'], region: string, ...statements: readonly object[]): string {
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [leftToIam, ...statements] });
  const { KeyMetadata } = call('kms', 'CreateKey', { Policy }, region) as { KeyMetadata: { Arn: string } };
  return KeyMetadata.Arn;
}

/** Creates a key, and makes it the default key of EBS encryption. */
export function encryptByDefault(call: Account['call'], ...statements: readonly object[]): string {
  const KmsKeyId = createKey(call, PLACE.region, ...statements);
  call('ec2', 'ModifyEbsDefaultKmsKeyId', { KmsKeyId });
  call('ec2', 'EnableEbsEncryptionByDefault', {});
  return KmsKeyId;
}
