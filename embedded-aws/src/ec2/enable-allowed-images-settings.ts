import type {
  EnableAllowedImagesSettingsCommandInput,
  EnableAllowedImagesSettingsCommandOutput,
} from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { setAllowedImages } from './allowed-images.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';

export const enableAllowedImagesSettings: Operation<
  EnableAllowedImagesSettingsCommandInput,
  EnableAllowedImagesSettingsCommandOutput
> = {
  kind: 'write',
  accepts: ['AllowedImagesSettingsState', 'DryRun'],
  run(input, call) {
    const name = 'allowedImagesSettingsState';
    const state = checkOneOf(name, input.AllowedImagesSettingsState, ['enabled', 'audit-mode']);
    if (state === undefined) throw missingParameter(name);
    checkDryRun(input);
    setAllowedImages(call, { state });
    return { AllowedImagesSettingsState: state };
  },
};
