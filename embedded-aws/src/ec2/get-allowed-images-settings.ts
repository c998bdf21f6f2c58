import type {
  GetAllowedImagesSettingsCommandInput,
  GetAllowedImagesSettingsCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { checkDryRun } from './refusals.ts';

/** Off, as it is for every account until it is enabled (EC2 user guide, Control the discovery and use of AMIs with Allowed AMIs). */
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
