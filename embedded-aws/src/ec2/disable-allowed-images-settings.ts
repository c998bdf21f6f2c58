import type {
  DisableAllowedImagesSettingsCommandInput,
  DisableAllowedImagesSettingsCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { setAllowedImages } from './allowed-images.ts';
import { checkDryRun } from './refusals.ts';

/** The criteria stay, but have no effect (EC2 user guide, Allowed AMIs operations). */
export const disableAllowedImagesSettings: Operation<
  DisableAllowedImagesSettingsCommandInput,
  DisableAllowedImagesSettingsCommandOutput
> = {
  kind: 'write',
  accepts: ['DryRun'],
  run(input, call) {
    checkDryRun(input);
    setAllowedImages(call, { state: 'disabled' });
    return { AllowedImagesSettingsState: 'disabled' };
  },
};
