import { DescribeKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { readKey } from '../../shared/aws/encryption-keys.ts';
import { Denied } from '../../shared/errors.ts';

const account = '999988887777';
const arnOf = (owner: string) => `arn:aws:kms:us-east-1:${owner}:key/0f3a8e1c-0000-4000-8000-000000000001`;

/** Reads a key from a KMS that answers with this metadata, and that refuses all other calls. */
function read(metadata: object, given = 'alias/golden-images') {
  const send = async (command: object) => {
    if (command instanceof DescribeKeyCommand) return { KeyMetadata: metadata };
    throw new Denied('KMS said no');
  };
  const place = { kms: () => ({ send }) as unknown as KMSClient, ec2: () => never(), account };
  return readKey(given, 'us-east-1', place);
}
const never = () => {
  throw new Error('EC2 is not called');
};

const symmetric = {
  KeyManager: 'CUSTOMER',
  KeyState: 'Enabled',
  KeySpec: 'SYMMETRIC_DEFAULT',
  KeyUsage: 'ENCRYPT_DECRYPT',
};

// The embedded KMS has no asymmetric keys.
describe('a key that EBS can encrypt with', () => {
  test.each([
    [{}, true],
    [{ KeySpec: 'RSA_2048' }, false],
    [{ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }, false],
  ])('is symmetric: %j', async (more, isSymmetric) => {
    const Arn = arnOf(account);
    expect(await read({ ...symmetric, Arn, ...more })).toMatchObject({
      id: Arn,
      manager: 'customer',
      isSymmetric,
    });
  });

  test('that belongs to another account needs the policy of that account', async () => {
    const Arn = arnOf('210987654321');
    const key = await read({ ...symmetric, Arn }, Arn);
    expect(key).toMatchObject({
      id: Arn,
      use: { is: 'denied by the key', why: 'it is a key of another account (KMS said no)' },
    });
    expect(key).not.toHaveProperty('policy');
  });

  test('is not asked for if it is the AWS managed key', async () => {
    expect(await read({}, 'alias/aws/ebs')).toMatchObject({ id: 'alias/aws/ebs', manager: 'AWS' });
  });
});
