import type {
  GetImageBlockPublicAccessStateCommandInput,
  GetImageBlockPublicAccessStateCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { publicAccessState } from './public-access.ts';
import { checkDryRun } from './refusals.ts';

export const getImageBlockPublicAccessState: Operation<
  GetImageBlockPublicAccessStateCommandInput,
  GetImageBlockPublicAccessStateCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun'],
  run(input, call) {
    checkDryRun(input);
    return { ImageBlockPublicAccessState: publicAccessState(call), ManagedBy: 'account' };
  },
};
