import type {
  ModifyEbsDefaultKmsKeyIdCommandInput,
  ModifyEbsDefaultKmsKeyIdCommandOutput,
} from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { changeEbsSettings, ebsSettings, keyArnOf } from './encryption.ts';
import { checkDryRun } from './refusals.ts';

/**
 * EC2 does not check the key here. Resources that are encrypted with a wrong key fail later (EC2 API
 * reference, ModifyEbsDefaultKmsKeyId).
 */
export const modifyEbsDefaultKmsKeyId: Operation<
  ModifyEbsDefaultKmsKeyIdCommandInput,
  ModifyEbsDefaultKmsKeyIdCommandOutput
> = {
  kind: 'write',
  accepts: ['DryRun', 'KmsKeyId'],
  run(input, call) {
    const { KmsKeyId } = input;
    if (KmsKeyId === undefined || KmsKeyId === '') throw missingParameter('KmsKeyId');
    checkDryRun(input);
    const kmsKeyId = keyArnOf(call, KmsKeyId);
    changeEbsSettings(call, { ...ebsSettings(call), kmsKeyId });
    return { KmsKeyId: kmsKeyId };
  },
};
