import type {
  GetEbsEncryptionByDefaultCommandInput,
  GetEbsEncryptionByDefaultCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { ebsSettings } from './encryption.ts';
import { checkDryRun } from './refusals.ts';

export const getEbsEncryptionByDefault: Operation<
  GetEbsEncryptionByDefaultCommandInput,
  GetEbsEncryptionByDefaultCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun'],
  run(input, call) {
    checkDryRun(input);
    return { EbsEncryptionByDefault: ebsSettings(call).byDefault };
  },
};
