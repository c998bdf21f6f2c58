import type {
  DisableEbsEncryptionByDefaultCommandInput,
  DisableEbsEncryptionByDefaultCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { changeEbsSettings, ebsSettings } from './encryption.ts';
import { checkDryRun } from './refusals.ts';

/** The default key does not change. */
export const disableEbsEncryptionByDefault: Operation<
  DisableEbsEncryptionByDefaultCommandInput,
  DisableEbsEncryptionByDefaultCommandOutput
> = {
  kind: 'write',
  accepts: ['DryRun'],
  run(input, call) {
    checkDryRun(input);
    changeEbsSettings(call, { ...ebsSettings(call), byDefault: false });
    return { EbsEncryptionByDefault: false };
  },
};
