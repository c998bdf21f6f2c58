import type {
  DisableImageBlockPublicAccessCommandInput,
  DisableImageBlockPublicAccessCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { setPublicAccessState } from './public-access.ts';
import { checkDryRun } from './refusals.ts';

export const disableImageBlockPublicAccess: Operation<
  DisableImageBlockPublicAccessCommandInput,
  DisableImageBlockPublicAccessCommandOutput
> = {
  kind: 'write',
  accepts: ['DryRun'],
  run(input, call) {
    checkDryRun(input);
    setPublicAccessState(call, 'unblocked');
    return { ImageBlockPublicAccessState: 'unblocked' };
  },
};
