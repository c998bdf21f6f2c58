import { AwsError } from '../core/errors.ts';
import type { Service } from '../core/service.ts';
import { associateIamInstanceProfile } from './associate-iam-instance-profile.ts';
import { attachImageWatermark } from './attach-image-watermark.ts';
import { attachVolume } from './attach-volume.ts';
import { authorizeSecurityGroupEgress, authorizeSecurityGroupIngress } from './authorize-security-group.ts';
import { cancelImageLaunchPermission } from './cancel-image-launch-permission.ts';
import { disableFastLaunch, enableFastLaunch } from './change-fast-launch.ts';
import { disableFastSnapshotRestores, enableFastSnapshotRestores } from './change-fast-snapshot-restores.ts';
import { copyImage } from './copy-image.ts';
import { copySnapshot } from './copy-snapshot.ts';
import { createImage } from './create-image.ts';
import { createImageUsageReport } from './create-image-usage-report.ts';
import { createKeyPair } from './create-key-pair.ts';
import { createLaunchTemplate } from './create-launch-template.ts';
import { createLaunchTemplateVersion } from './create-launch-template-version.ts';
import { createSecurityGroup } from './create-security-group.ts';
import { createSnapshot } from './create-snapshot.ts';
import { createSnapshots } from './create-snapshots.ts';
import { createSubnet } from './create-subnet.ts';
import { createTags } from './create-tags.ts';
import { createVolume } from './create-volume.ts';
import { createVpc } from './create-vpc.ts';
import { deleteImageUsageReport } from './delete-image-usage-report.ts';
import { deleteKeyPair } from './delete-key-pair.ts';
import { deleteLaunchTemplate } from './delete-launch-template.ts';
import { deleteLaunchTemplateVersions } from './delete-launch-template-versions.ts';
import { deleteNetworkInterface } from './delete-network-interface.ts';
import { deleteSecurityGroup } from './delete-security-group.ts';
import { deleteSnapshot } from './delete-snapshot.ts';
import { deleteSubnet } from './delete-subnet.ts';
import { deleteTags } from './delete-tags.ts';
import { deleteVolume } from './delete-volume.ts';
import { deleteVpc } from './delete-vpc.ts';
import { deregisterImage } from './deregister-image.ts';
import { describeAccountAttributes } from './describe-account-attributes.ts';
import { describeAddresses } from './describe-addresses.ts';
import { describeAvailabilityZones } from './describe-availability-zones.ts';
import { describeFastLaunchImages } from './describe-fast-launch-images.ts';
import { describeFastSnapshotRestores } from './describe-fast-snapshot-restores.ts';
import { describeIamInstanceProfileAssociations } from './describe-iam-instance-profile-associations.ts';
import { describeImageAttribute } from './describe-image-attribute.ts';
import { describeImageReferences } from './describe-image-references.ts';
import { describeImageUsageReportEntries } from './describe-image-usage-report-entries.ts';
import { describeImageUsageReports } from './describe-image-usage-reports.ts';
import { describeImages } from './describe-images.ts';
import { describeInstanceAttribute } from './describe-instance-attribute.ts';
import { describeInstanceCreditSpecifications } from './describe-instance-credit-specifications.ts';
import { describeInstanceStatus } from './describe-instance-status.ts';
import { describeInstanceTypeOfferings } from './describe-instance-type-offerings.ts';
import { describeInstanceTypes } from './describe-instance-types.ts';
import { describeInstances } from './describe-instances.ts';
import { describeInternetGateways } from './describe-internet-gateways.ts';
import { describeKeyPairs } from './describe-key-pairs.ts';
import { describeLaunchTemplateVersions } from './describe-launch-template-versions.ts';
import { describeLaunchTemplates } from './describe-launch-templates.ts';
import { describeNetworkInterfaces } from './describe-network-interfaces.ts';
import { describeRegions } from './describe-regions.ts';
import { describeRouteTables } from './describe-route-tables.ts';
import { describeSecurityGroupRules } from './describe-security-group-rules.ts';
import { describeSecurityGroups } from './describe-security-groups.ts';
import { describeSnapshotAttribute } from './describe-snapshot-attribute.ts';
import { describeSnapshots } from './describe-snapshots.ts';
import { describeSubnets } from './describe-subnets.ts';
import { describeTags } from './describe-tags.ts';
import { describeVolumeAttribute } from './describe-volume-attribute.ts';
import { describeVolumeStatus } from './describe-volume-status.ts';
import { describeVolumes } from './describe-volumes.ts';
import { describeVolumesModifications } from './describe-volumes-modifications.ts';
import { describeVpcAttribute } from './describe-vpc-attribute.ts';
import { describeVpcs } from './describe-vpcs.ts';
import { detachImageWatermark } from './detach-image-watermark.ts';
import { detachVolume } from './detach-volume.ts';
import { disableAllowedImagesSettings } from './disable-allowed-images-settings.ts';
import { disableEbsEncryptionByDefault } from './disable-ebs-encryption-by-default.ts';
import { disableImage } from './disable-image.ts';
import { disableImageBlockPublicAccess } from './disable-image-block-public-access.ts';
import { disableImageDeprecation } from './disable-image-deprecation.ts';
import { disableImageDeregistrationProtection } from './disable-image-deregistration-protection.ts';
import { disableSnapshotBlockPublicAccess } from './disable-snapshot-block-public-access.ts';
import { disassociateIamInstanceProfile } from './disassociate-iam-instance-profile.ts';
import { enableAllowedImagesSettings } from './enable-allowed-images-settings.ts';
import { enableEbsEncryptionByDefault } from './enable-ebs-encryption-by-default.ts';
import { enableImage } from './enable-image.ts';
import { enableImageBlockPublicAccess } from './enable-image-block-public-access.ts';
import { enableImageDeprecation } from './enable-image-deprecation.ts';
import { enableImageDeregistrationProtection } from './enable-image-deregistration-protection.ts';
import { enableSnapshotBlockPublicAccess } from './enable-snapshot-block-public-access.ts';
import { fastLaunchTransitions } from './fast-launch.ts';
import { fastRestoreTransitions } from './fast-snapshot-restores.ts';
import { getAllowedImagesSettings } from './get-allowed-images-settings.ts';
import { getConsoleOutput } from './get-console-output.ts';
import { getEbsDefaultKmsKeyId } from './get-ebs-default-kms-key-id.ts';
import { getEbsEncryptionByDefault } from './get-ebs-encryption-by-default.ts';
import { getImageAncestry } from './get-image-ancestry.ts';
import { getImageBlockPublicAccessState } from './get-image-block-public-access-state.ts';
import { getInstanceMetadataDefaults } from './get-instance-metadata-defaults.ts';
import { getSnapshotBlockPublicAccessState } from './get-snapshot-block-public-access-state.ts';
import { launchTransitions } from './image-launches.ts';
import { usageTransitions } from './image-usage.ts';
import { importKeyPair } from './import-key-pair.ts';
import { latencies } from './latency.ts';
import { transitions } from './lifecycle.ts';
import { modifyEbsDefaultKmsKeyId } from './modify-ebs-default-kms-key-id.ts';
import { modifyImageAttribute } from './modify-image-attribute.ts';
import { modifyInstanceAttribute } from './modify-instance-attribute.ts';
import { modifyInstanceMetadataDefaults } from './modify-instance-metadata-defaults.ts';
import { modifyInstanceMetadataOptions } from './modify-instance-metadata-options.ts';
import { modifyLaunchTemplate } from './modify-launch-template.ts';
import { modifySnapshotAttribute } from './modify-snapshot-attribute.ts';
import { modifySubnetAttribute } from './modify-subnet-attribute.ts';
import { modifyVolume } from './modify-volume.ts';
import { modifyVolumeAttribute } from './modify-volume-attribute.ts';
import { modifyVpcAttribute } from './modify-vpc-attribute.ts';
import { rebootInstances } from './reboot-instances.ts';
import { registerImage } from './register-image.ts';
import { replaceIamInstanceProfileAssociation } from './replace-iam-instance-profile-association.ts';
import { replaceImageCriteriaInAllowedImagesSettings } from './replace-image-criteria-in-allowed-images-settings.ts';
import { resetEbsDefaultKmsKeyId } from './reset-ebs-default-kms-key-id.ts';
import { resetImageAttribute } from './reset-image-attribute.ts';
import { resetSnapshotAttribute } from './reset-snapshot-attribute.ts';
import { revokeSecurityGroupEgress, revokeSecurityGroupIngress } from './revoke-security-group.ts';
import { runInstances } from './run-instances.ts';
import { snapshotTransitions } from './snapshot-lifecycle.ts';
import { startInstances } from './start-instances.ts';
import { kept } from './state.ts';
import { stopInstances } from './stop-instances.ts';
import { terminateInstances } from './terminate-instances.ts';
import { throttling } from './throttling.ts';
import { volumeTransitions } from './volume-lifecycle.ts';

/**
 * EC2: the operations that create, copy, share and remove images, and the operations around them.
 * `embedded-aws/docs/ec2.md` lists what is emulated.
 */
export const ec2: Service = {
  name: 'ec2',
  kept,
  latencies,
  throttling,
  // On AWS the message continues with an encoded part that only EC2 can decode
  // (aws/karpenter-provider-aws#7370).
  accessDenied: (reason) =>
    new AwsError(
      'UnauthorizedOperation',
      `You are not authorized to perform this operation. ${reason}.`,
      403,
    ),
  operations: {
    AssociateIamInstanceProfile: associateIamInstanceProfile,
    AttachImageWatermark: attachImageWatermark,
    AttachVolume: attachVolume,
    AuthorizeSecurityGroupEgress: authorizeSecurityGroupEgress,
    AuthorizeSecurityGroupIngress: authorizeSecurityGroupIngress,
    CancelImageLaunchPermission: cancelImageLaunchPermission,
    CopyImage: copyImage,
    CopySnapshot: copySnapshot,
    CreateImage: createImage,
    CreateImageUsageReport: createImageUsageReport,
    CreateKeyPair: createKeyPair,
    CreateLaunchTemplate: createLaunchTemplate,
    CreateLaunchTemplateVersion: createLaunchTemplateVersion,
    CreateSecurityGroup: createSecurityGroup,
    CreateSnapshot: createSnapshot,
    CreateSnapshots: createSnapshots,
    CreateTags: createTags,
    CreateSubnet: createSubnet,
    CreateVolume: createVolume,
    CreateVpc: createVpc,
    DeleteImageUsageReport: deleteImageUsageReport,
    DeleteKeyPair: deleteKeyPair,
    DeleteLaunchTemplate: deleteLaunchTemplate,
    DeleteLaunchTemplateVersions: deleteLaunchTemplateVersions,
    DeleteNetworkInterface: deleteNetworkInterface,
    DeleteSecurityGroup: deleteSecurityGroup,
    DeleteSnapshot: deleteSnapshot,
    DeleteTags: deleteTags,
    DeleteSubnet: deleteSubnet,
    DeleteVolume: deleteVolume,
    DeleteVpc: deleteVpc,
    DeregisterImage: deregisterImage,
    DescribeAccountAttributes: describeAccountAttributes,
    DescribeAddresses: describeAddresses,
    DescribeAvailabilityZones: describeAvailabilityZones,
    DescribeFastLaunchImages: describeFastLaunchImages,
    DescribeFastSnapshotRestores: describeFastSnapshotRestores,
    DescribeIamInstanceProfileAssociations: describeIamInstanceProfileAssociations,
    DescribeImageAttribute: describeImageAttribute,
    DescribeImageReferences: describeImageReferences,
    DescribeImageUsageReportEntries: describeImageUsageReportEntries,
    DescribeImageUsageReports: describeImageUsageReports,
    DescribeImages: describeImages,
    DescribeInstanceAttribute: describeInstanceAttribute,
    DescribeInstanceCreditSpecifications: describeInstanceCreditSpecifications,
    DescribeInstanceStatus: describeInstanceStatus,
    DescribeInstanceTypeOfferings: describeInstanceTypeOfferings,
    DescribeInstanceTypes: describeInstanceTypes,
    DescribeInstances: describeInstances,
    DescribeInternetGateways: describeInternetGateways,
    DescribeKeyPairs: describeKeyPairs,
    DescribeLaunchTemplateVersions: describeLaunchTemplateVersions,
    DescribeLaunchTemplates: describeLaunchTemplates,
    DescribeNetworkInterfaces: describeNetworkInterfaces,
    DescribeRegions: describeRegions,
    DescribeRouteTables: describeRouteTables,
    DescribeSecurityGroupRules: describeSecurityGroupRules,
    DescribeSecurityGroups: describeSecurityGroups,
    DescribeSnapshotAttribute: describeSnapshotAttribute,
    DescribeSnapshots: describeSnapshots,
    DescribeSubnets: describeSubnets,
    DescribeTags: describeTags,
    DescribeVolumeAttribute: describeVolumeAttribute,
    DescribeVolumeStatus: describeVolumeStatus,
    DescribeVolumes: describeVolumes,
    DescribeVolumesModifications: describeVolumesModifications,
    DescribeVpcAttribute: describeVpcAttribute,
    DescribeVpcs: describeVpcs,
    DetachImageWatermark: detachImageWatermark,
    DetachVolume: detachVolume,
    DisableEbsEncryptionByDefault: disableEbsEncryptionByDefault,
    DisableAllowedImagesSettings: disableAllowedImagesSettings,
    DisableFastLaunch: disableFastLaunch,
    DisableFastSnapshotRestores: disableFastSnapshotRestores,
    DisableImage: disableImage,
    DisableImageBlockPublicAccess: disableImageBlockPublicAccess,
    DisableImageDeprecation: disableImageDeprecation,
    DisableImageDeregistrationProtection: disableImageDeregistrationProtection,
    DisableSnapshotBlockPublicAccess: disableSnapshotBlockPublicAccess,
    DisassociateIamInstanceProfile: disassociateIamInstanceProfile,
    EnableEbsEncryptionByDefault: enableEbsEncryptionByDefault,
    EnableAllowedImagesSettings: enableAllowedImagesSettings,
    EnableFastLaunch: enableFastLaunch,
    EnableFastSnapshotRestores: enableFastSnapshotRestores,
    EnableImage: enableImage,
    EnableImageBlockPublicAccess: enableImageBlockPublicAccess,
    EnableImageDeprecation: enableImageDeprecation,
    EnableImageDeregistrationProtection: enableImageDeregistrationProtection,
    EnableSnapshotBlockPublicAccess: enableSnapshotBlockPublicAccess,
    GetConsoleOutput: getConsoleOutput,
    GetAllowedImagesSettings: getAllowedImagesSettings,
    GetEbsDefaultKmsKeyId: getEbsDefaultKmsKeyId,
    GetEbsEncryptionByDefault: getEbsEncryptionByDefault,
    GetImageAncestry: getImageAncestry,
    GetImageBlockPublicAccessState: getImageBlockPublicAccessState,
    GetInstanceMetadataDefaults: getInstanceMetadataDefaults,
    GetSnapshotBlockPublicAccessState: getSnapshotBlockPublicAccessState,
    ImportKeyPair: importKeyPair,
    ModifyEbsDefaultKmsKeyId: modifyEbsDefaultKmsKeyId,
    ModifyImageAttribute: modifyImageAttribute,
    ModifyInstanceAttribute: modifyInstanceAttribute,
    ModifyInstanceMetadataDefaults: modifyInstanceMetadataDefaults,
    ModifyInstanceMetadataOptions: modifyInstanceMetadataOptions,
    ModifyLaunchTemplate: modifyLaunchTemplate,
    ModifySnapshotAttribute: modifySnapshotAttribute,
    ModifyVolume: modifyVolume,
    ModifySubnetAttribute: modifySubnetAttribute,
    ModifyVolumeAttribute: modifyVolumeAttribute,
    ModifyVpcAttribute: modifyVpcAttribute,
    RebootInstances: rebootInstances,
    RegisterImage: registerImage,
    ReplaceImageCriteriaInAllowedImagesSettings: replaceImageCriteriaInAllowedImagesSettings,
    ReplaceIamInstanceProfileAssociation: replaceIamInstanceProfileAssociation,
    ResetEbsDefaultKmsKeyId: resetEbsDefaultKmsKeyId,
    ResetImageAttribute: resetImageAttribute,
    ResetSnapshotAttribute: resetSnapshotAttribute,
    RevokeSecurityGroupEgress: revokeSecurityGroupEgress,
    RevokeSecurityGroupIngress: revokeSecurityGroupIngress,
    RunInstances: runInstances,
    StartInstances: startInstances,
    StopInstances: stopInstances,
    TerminateInstances: terminateInstances,
  },
  transitions: {
    ...transitions,
    ...launchTransitions,
    ...usageTransitions,
    ...snapshotTransitions,
    ...fastRestoreTransitions,
    ...fastLaunchTransitions,
    ...volumeTransitions,
  },
};
