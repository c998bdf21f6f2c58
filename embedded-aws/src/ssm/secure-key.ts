import { AwsError } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import { isPermitted } from '../kms/access.ts';
import { keyNamed } from '../kms/ebs.ts';

/** The AWS managed key, which is the default for SecureStrings. The key always exists. */
export const managedKey = 'alias/aws/ssm';

/**
 * Refuses a SecureString key that does not exist, is not enabled, or does not permit the action for
 * the account.
 */
export function checkSecureKey(call: Call, given: string, action: 'Encrypt' | 'Decrypt'): void {
  const { world, account, region } = call;
  if (given === managedKey || given === `arn:aws:kms:${region}:${account}:${managedKey}`) return;
  const key = keyNamed(world, call, given);
  if (key === undefined) {
    throw invalidKey(
      /(^|:)alias\//.test(given)
        ? `Alias ${given.startsWith('arn:') ? given : `arn:aws:kms:${region}:${account}:${given}`} is not found.`
        : `Invalid keyId ${given}`,
      'NotFoundException',
    );
  }
  if (key.state === 'PendingDeletion')
    throw invalidKey(`${key.arn} is pending deletion.`, 'KMSInvalidStateException');
  if (key.state === 'Disabled') throw invalidKey(`${key.arn} is disabled.`, 'DisabledException');
  const viaService = `ssm.${region}.amazonaws.com`;
  if (isPermitted(world, key, { action: `kms:${action}`, account, viaService })) return;
  throw new AwsError(
    'AccessDeniedException',
    `The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access. ${fromKms('AccessDeniedException')}`,
  );
}

const invalidKey = (message: string, code: string) =>
  new AwsError('InvalidKeyId', `${message} ${fromKms(code)}`);

/** Parameter Store passes on KMS's error. */
const fromKms = (code: string) => `(Service: AWSKMS; Status Code: 400; Error Code: ${code})`;
