import type {
  EnableImageBlockPublicAccessCommandInput,
  EnableImageBlockPublicAccessCommandOutput,
} from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { setPublicAccessState } from './public-access.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';

export const enableImageBlockPublicAccess: Operation<
  EnableImageBlockPublicAccessCommandInput,
  EnableImageBlockPublicAccessCommandOutput
> = {
  kind: 'write',
  accepts: ['DryRun', 'ImageBlockPublicAccessState'],
  run(input, call) {
    const state = checkOneOf('imageBlockPublicAccessState', input.ImageBlockPublicAccessState, [
      'block-new-sharing',
    ]);
    if (state === undefined) throw missingParameter('imageBlockPublicAccessState');
    checkDryRun(input);
    setPublicAccessState(call, state);
    return { ImageBlockPublicAccessState: state };
  },
};
