import type {
  GenerateDataKeyWithoutPlaintextCommandInput,
  GenerateDataKeyWithoutPlaintextCommandOutput,
} from '@aws-sdk/client-kms';
import { AwsError, notEmulated } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { checkValue } from '../core/validation.ts';
import { permittedKey } from './keys.ts';
import { checkDryRun, checkState } from './refusals.ts';

/**
 * Supports only `DryRun`, which reports whether the call would succeed, because the embedded KMS
 * encrypts nothing (KMS API reference, GenerateDataKeyWithoutPlaintext; KMS developer guide,
 * "Testing your permissions").
 */
export const generateDataKeyWithoutPlaintext: Operation<
  GenerateDataKeyWithoutPlaintextCommandInput,
  GenerateDataKeyWithoutPlaintextCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun', 'EncryptionContext.*', 'GrantTokens', 'KeyId', 'KeySpec', 'NumberOfBytes'],
  run(input, call) {
    const { KeyId, KeySpec, NumberOfBytes } = input;
    if ((KeySpec === undefined) === (NumberOfBytes === undefined)) {
      throw new AwsError('ValidationException', 'Please specify either number of bytes or key spec.');
    }
    checkValue(KeySpec, 'keySpec', { oneOf: ['AES_256', 'AES_128'] });
    checkValue(NumberOfBytes, 'numberOfBytes', { range: [1, 1024] });
    const key = permittedKey(call, KeyId, {
      action: 'GenerateDataKeyWithoutPlaintext',
      byAlias: true,
      otherAccounts: true,
    });
    checkState(key, 'enabled');
    checkDryRun(input);
    throw notEmulated('kms:GenerateDataKeyWithoutPlaintext without DryRun');
  },
};
