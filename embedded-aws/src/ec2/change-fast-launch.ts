import type {
  DisableFastLaunchCommandInput,
  DisableFastLaunchCommandOutput,
  EnableFastLaunchCommandInput,
  EnableFastLaunchCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { acceptedSettings, disable, enable, fastLaunchId, fastLaunchShape } from './fast-launch.ts';
import { ownImage } from './images.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';

export const enableFastLaunch: Operation<EnableFastLaunchCommandInput, EnableFastLaunchCommandOutput> = {
  kind: 'write',
  accepts: [
    'DryRun',
    'ImageId',
    'MaxParallelLaunches',
    'ResourceType',
    'SnapshotConfiguration.TargetResourceCount',
  ],
  run(input, call) {
    checkOneOf('ResourceType', input.ResourceType, ['snapshot']);
    const settings = acceptedSettings(call, {
      imageId: input.ImageId,
      targetCount: input.SnapshotConfiguration?.TargetResourceCount,
      maxParallelLaunches: input.MaxParallelLaunches,
    });
    checkDryRun(input);
    return fastLaunchShape(enable(call, settings));
  },
};

export const disableFastLaunch: Operation<DisableFastLaunchCommandInput, DisableFastLaunchCommandOutput> = {
  kind: 'write',
  accepts: ['DryRun', 'ImageId'],
  run(input, call) {
    const { world, account, now } = call;
    const image = ownImage(call, input.ImageId);
    const known = world.fastLaunches.get(fastLaunchId(account, image.id));
    // Assumed.
    if (known === undefined) {
      throw new AwsError('InvalidParameter', `Fast launch of the image '${image.id}' is not enabled.`);
    }
    checkDryRun(input);
    return fastLaunchShape(disable(world, known, now));
  },
};
