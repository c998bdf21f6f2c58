import type {
  DescribeImageAttributeCommandInput,
  DescribeImageAttributeCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError, missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { protectionText } from './deregistration-protection.ts';
import { lastLaunchedText } from './image-shape.ts';
import { ownImage } from './images.ts';
import type { ImageRecord } from './records.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';

/** For the owner only. Reads are eventually consistent, as in all Describe calls. */
export const describeImageAttribute: Operation<
  DescribeImageAttributeCommandInput,
  DescribeImageAttributeCommandOutput
> = {
  kind: 'read',
  accepts: ['Attribute', 'DryRun', 'ImageId'],
  run(input, call) {
    const { ImageId } = input;
    if (ImageId === undefined) throw missingParameter('imageId');
    if (input.Attribute === undefined) throw missingParameter('attribute');
    const attribute = checkOneOf('attribute', input.Attribute, [
      'blockDeviceMapping',
      ...(Object.keys(attributes) as (keyof typeof attributes)[]),
    ]);
    const truth = ownImage(call, ImageId);
    if (attribute === undefined || attribute === 'blockDeviceMapping') {
      // The attribute is deprecated, and EC2 refuses every caller (EC2 API reference,
      // DescribeImageAttribute).
      throw new AwsError('AuthFailure', 'Unauthorized attempt to access restricted resource', 403);
    }
    checkDryRun(input);
    const image = call.world.images.seen(ImageId, call.now) ?? truth;
    return { ImageId, ...attributes[attribute](image, call.now) };
  },
};

type Answer = Omit<DescribeImageAttributeCommandOutput, '$metadata' | 'ImageId'>;

const attributes = {
  bootMode: ({ bootMode }) => ({ BootMode: { Value: bootMode } }),
  deregistrationProtection: (image, now) => ({
    DeregistrationProtection: { Value: protectionText(image, now) },
  }),
  description: ({ description }) => ({ Description: { Value: description } }),
  imdsSupport: ({ imdsSupport }) => ({ ImdsSupport: { Value: imdsSupport } }),
  // Images with the virtualization type hvm have no kernel and no RAM disk.
  kernel: () => ({ KernelId: {} }),
  ramdisk: () => ({ RamdiskId: {} }),
  lastLaunchedTime: (image) => ({ LastLaunchedTime: { Value: lastLaunchedText(image) } }),
  launchPermission: ({ launchPermissions }) => ({ LaunchPermissions: [...launchPermissions] }),
  productCodes: ({ productCodes }) => ({ ProductCodes: [...productCodes] }),
  sriovNetSupport: ({ withoutSriov }) => ({ SriovNetSupport: withoutSriov ? {} : { Value: 'simple' } }),
  tpmSupport: ({ tpmSupport }) => ({ TpmSupport: { Value: tpmSupport } }),
  uefiData: ({ uefiData }) => ({ UefiData: { Value: uefiData } }),
} as const satisfies Record<string, (image: ImageRecord, now: number) => Answer>;
