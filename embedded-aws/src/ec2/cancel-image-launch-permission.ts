import type {
  CancelImageLaunchPermissionCommandInput,
  CancelImageLaunchPermissionCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError, missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { seenImage } from './images.ts';
import type { ImageRecord } from './records.ts';
import { checkDryRun, checkIds } from './refusals.ts';

/**
 * For an account that an image is shared with by account id. A share with the account's organization, or a
 * public image, does not count (EC2 user guide, Cancel having an AMI shared with your AWS account).
 */
export const cancelImageLaunchPermission: Operation<
  CancelImageLaunchPermissionCommandInput,
  CancelImageLaunchPermissionCommandOutput
> = {
  kind: 'write',
  accepts: ['DryRun', 'ImageId'],
  run(input, call) {
    const { world, account, now } = call;
    const { ImageId } = input;
    if (ImageId === undefined) throw missingParameter('imageId');
    checkIds('ami', [ImageId]);
    seenImage(call, ImageId);
    const image = world.images.get(ImageId) as ImageRecord;
    const launchPermissions = image.launchPermissions.filter(({ UserId }) => UserId !== account);
    if (launchPermissions.length === image.launchPermissions.length) {
      throw new AwsError(
        'OperationNotPermitted',
        `The image ${ImageId} is not explicitly shared with the account ${account}.`,
      );
    }
    checkDryRun(input);
    world.images.put({ ...image, launchPermissions }, now, lagMs(world, ImageId));
    return { Return: true };
  },
};
