import type {
  DescribeImageAttributeCommandInput,
  DescribeImageAttributeCommandOutput,
} from '@aws-sdk/client-ec2';
import { missingParameter, notEmulated } from '../errors.ts';
import type { Operation } from '../operation.ts';
import { ownImage } from './images.ts';
import { checkDryRun } from './refusals.ts';

/** For the owner alone. Read from the same lagging view as all descriptions. */
export const describeImageAttribute: Operation<
  DescribeImageAttributeCommandInput,
  DescribeImageAttributeCommandOutput
> = {
  kind: 'read',
  accepts: ['Attribute', 'DryRun', 'ImageId'],
  run(input, call) {
    const { Attribute, ImageId } = input;
    if (ImageId === undefined) throw missingParameter('imageId');
    if (Attribute === undefined) throw missingParameter('attribute');
    const truth = ownImage(call, ImageId);
    checkDryRun(input);
    const image = call.world.images.seen(ImageId, call.now) ?? truth;
    switch (Attribute) {
      case 'launchPermission':
        return { ImageId, LaunchPermissions: [...image.launchPermissions] };
      case 'description':
        return { ImageId, Description: { Value: image.description } };
      case 'imdsSupport':
        return { ImageId, ImdsSupport: { Value: image.imdsSupport } };
      case 'bootMode':
        return { ImageId, BootMode: { Value: image.bootMode } };
      case 'productCodes':
        return { ImageId, ProductCodes: [...image.productCodes] };
      default:
        throw notEmulated(`ec2:DescribeImageAttribute of ${Attribute}`);
    }
  },
};
