import type {
  ResetEbsDefaultKmsKeyIdCommandInput,
  ResetEbsDefaultKmsKeyIdCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { ebsAliasName } from '../kms/keys.ts';
import { changeEbsSettings, ebsSettings } from './encryption.ts';
import { checkDryRun } from './refusals.ts';

export const resetEbsDefaultKmsKeyId: Operation<
  ResetEbsDefaultKmsKeyIdCommandInput,
  ResetEbsDefaultKmsKeyIdCommandOutput
> = {
  kind: 'write',
  accepts: ['DryRun'],
  run(input, call) {
    checkDryRun(input);
    changeEbsSettings(call, { byDefault: ebsSettings(call).byDefault });
    return { KmsKeyId: ebsAliasName };
  },
};
