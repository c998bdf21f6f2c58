import type {
  EnableEbsEncryptionByDefaultCommandInput,
  EnableEbsEncryptionByDefaultCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { changeEbsSettings, ebsSettings } from './encryption.ts';
import { checkDryRun } from './refusals.ts';

export const enableEbsEncryptionByDefault: Operation<
  EnableEbsEncryptionByDefaultCommandInput,
  EnableEbsEncryptionByDefaultCommandOutput
> = {
  kind: 'write',
  accepts: ['DryRun'],
  run(input, call) {
    checkDryRun(input);
    changeEbsSettings(call, { ...ebsSettings(call), byDefault: true });
    return { EbsEncryptionByDefault: true };
  },
};
