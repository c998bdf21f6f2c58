import type { GrantListEntry } from '@aws-sdk/client-kms';
import { AwsError } from '../core/errors.ts';
import { checkValue } from '../core/validation.ts';
import { accountOf } from './policy.ts';
import type { KeyGrantRecord, KeyRecord } from './records.ts';

/**
 * The operations that a grant on a symmetric encryption key can allow (KMS developer guide, Grant
 * operations).
 */
const operations = [
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
  'CreateGrant',
  'RetireGrant',
  'DescribeKey',
];

const otherOperations = [
  'Sign',
  'Verify',
  'GetPublicKey',
  'GenerateMac',
  'VerifyMac',
  'DeriveSharedSecret',
  'Encapsulate',
  'Decapsulate',
];

export function checkGrantOperations(given: readonly string[]): void {
  checkValue(given, 'operations', { length: [1, 50] });
  for (const operation of given) {
    checkValue(operation, 'operations', { oneOf: [...operations, ...otherOperations] });
    if (otherOperations.includes(operation)) {
      throw new AwsError(
        'ValidationException',
        `The operation ${operation} is not supported by the key spec SYMMETRIC_DEFAULT`,
      );
    }
  }
}

/**
 * Refuses any value that is not the ARN of an account, a user, a role or an assumed-role session.
 */
export function checkGrantPrincipal(arn: string | undefined): void {
  if (arn === undefined || accountOf(arn) !== undefined) return;
  throw new AwsError('InvalidArnException', 'ARN does not refer to a valid principal');
}

/**
 * On AWS, the token makes a new grant usable immediately. Here, every grant is usable immediately,
 * and the token only identifies the grant.
 */
export function grantToken(grantId: string, number: number): string {
  return Buffer.from(`grant:${grantId}:${number}`).toString('base64');
}

export function grantIdOf(token: string): string {
  const [, id] = /^grant:([0-9a-f]{64}):\d+$/.exec(Buffer.from(token, 'base64').toString()) ?? [];
  if (id === undefined) throw new AwsError('InvalidGrantTokenException', 'The grant token is not valid.');
  return id;
}

export function grantShape(grant: KeyGrantRecord, key: KeyRecord): GrantListEntry {
  return {
    KeyId: key.arn,
    GrantId: grant.id,
    Name: grant.name ?? '',
    CreationDate: new Date(grant.creationTime),
    GranteePrincipal: grant.granteePrincipal,
    ...(grant.retiringPrincipal === undefined ? {} : { RetiringPrincipal: grant.retiringPrincipal }),
    IssuingAccount: `arn:aws:iam::${grant.issuingAccount}:root`,
    Operations: [...grant.operations] as NonNullable<GrantListEntry['Operations']>,
  };
}

export function checkGrantId(id: string): void {
  checkValue(id, 'grantId', { length: [1, 128] });
  if (!/^[0-9a-f]{64}$/.test(id)) throw new AwsError('InvalidGrantIdException', `Invalid grant ID: ${id}`);
}
