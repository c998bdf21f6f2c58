import type {
  GetEbsDefaultKmsKeyIdCommandInput,
  GetEbsDefaultKmsKeyIdCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { ebsAliasName } from '../kms/keys.ts';
import { ebsSettings } from './encryption.ts';
import { checkDryRun } from './refusals.ts';

/** The AWS managed key is named by its alias, another by its ARN (AWS CLI reference, get-ebs-default-kms-key-id). */
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
