import type {
  GetEbsDefaultKmsKeyIdCommandInput,
  GetEbsDefaultKmsKeyIdCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { ebsAliasName } from '../kms/keys.ts';
import { ebsSettings } from './encryption.ts';
import { checkDryRun } from './refusals.ts';

/**
 * EC2 returns the AWS managed key as its alias, and other keys as their ARN (AWS CLI reference,
 * get-ebs-default-kms-key-id).
 */
export const getEbsDefaultKmsKeyId: Operation<
  GetEbsDefaultKmsKeyIdCommandInput,
  GetEbsDefaultKmsKeyIdCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun'],
  run(input, call) {
    checkDryRun(input);
    return { KmsKeyId: ebsSettings(call).kmsKeyId ?? ebsAliasName };
  },
};
