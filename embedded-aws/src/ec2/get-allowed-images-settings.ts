import type {
  GetAllowedImagesSettingsCommandInput,
  GetAllowedImagesSettingsCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { checkDryRun } from './refusals.ts';

/**
 * Disabled, which is the default for every account (EC2 user guide, Control the discovery and use of AMIs
 * with Allowed AMIs).
 */
export const getAllowedImagesSettings: Operation<
  GetAllowedImagesSettingsCommandInput,
  GetAllowedImagesSettingsCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun'],
  run(input) {
    checkDryRun(input);
    return { State: 'disabled', ImageCriteria: [], ManagedBy: 'account' };
  },
};
