import type {
  GetAllowedImagesSettingsCommandInput,
  GetAllowedImagesSettingsCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { allowedImages } from './allowed-images.ts';
import { checkDryRun } from './refusals.ts';

export const getAllowedImagesSettings: Operation<
  GetAllowedImagesSettingsCommandInput,
  GetAllowedImagesSettingsCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun'],
  run(input, call) {
    checkDryRun(input);
    const { state, criteria, byPolicy } = allowedImages(call.world, call);
    return {
      State: state,
      ImageCriteria: [...criteria],
      ManagedBy: byPolicy ? 'declarative-policy' : 'account',
    };
  },
};
