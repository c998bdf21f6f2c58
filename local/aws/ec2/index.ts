import type { Service } from '../operation.ts';
import { copyImage } from './copy-image.ts';
import { createImage } from './create-image.ts';
import { createTags } from './create-tags.ts';
import { deleteSnapshot } from './delete-snapshot.ts';
import { deleteTags } from './delete-tags.ts';
import { deleteVolume } from './delete-volume.ts';
import { deregisterImage } from './deregister-image.ts';
import { describeImageAttribute } from './describe-image-attribute.ts';
import { describeImages } from './describe-images.ts';
import { describeInstanceTypeOfferings } from './describe-instance-type-offerings.ts';
import { describeInstanceTypes } from './describe-instance-types.ts';
import { describeInstances } from './describe-instances.ts';
import { describeRegions } from './describe-regions.ts';
import { describeSecurityGroups } from './describe-security-groups.ts';
import { describeSnapshots } from './describe-snapshots.ts';
import { describeSubnets } from './describe-subnets.ts';
import { describeVolumes } from './describe-volumes.ts';
import { disableImageBlockPublicAccess } from './disable-image-block-public-access.ts';
import { enableImageBlockPublicAccess } from './enable-image-block-public-access.ts';
import { getImageBlockPublicAccessState } from './get-image-block-public-access-state.ts';
import { transitions } from './lifecycle.ts';
import { modifyImageAttribute } from './modify-image-attribute.ts';
import { resetImageAttribute } from './reset-image-attribute.ts';
import { runInstances } from './run-instances.ts';
import { startInstances } from './start-instances.ts';
import { stopInstances } from './stop-instances.ts';
import { terminateInstances } from './terminate-instances.ts';

/** EC2, as much of it as makes, copies, shares and removes images. `docs/embedded-aws.md` says what is and is not emulated. */
export const ec2: Service = {
  name: 'ec2',
  operations: {
    CopyImage: copyImage,
    CreateImage: createImage,
    CreateTags: createTags,
    DeleteSnapshot: deleteSnapshot,
    DeleteTags: deleteTags,
    DeleteVolume: deleteVolume,
    DeregisterImage: deregisterImage,
    DescribeImageAttribute: describeImageAttribute,
    DescribeImages: describeImages,
    DescribeInstanceTypeOfferings: describeInstanceTypeOfferings,
    DescribeInstanceTypes: describeInstanceTypes,
    DescribeInstances: describeInstances,
    DescribeRegions: describeRegions,
    DescribeSecurityGroups: describeSecurityGroups,
    DescribeSnapshots: describeSnapshots,
    DescribeSubnets: describeSubnets,
    DescribeVolumes: describeVolumes,
    DisableImageBlockPublicAccess: disableImageBlockPublicAccess,
    EnableImageBlockPublicAccess: enableImageBlockPublicAccess,
    GetImageBlockPublicAccessState: getImageBlockPublicAccessState,
    ModifyImageAttribute: modifyImageAttribute,
    ResetImageAttribute: resetImageAttribute,
    RunInstances: runInstances,
    StartInstances: startInstances,
    StopInstances: stopInstances,
    TerminateInstances: terminateInstances,
  },
  transitions,
};
