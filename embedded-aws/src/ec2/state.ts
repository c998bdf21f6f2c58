import { Table } from '../core/table.ts';
import type { Parts, PartsOf } from '../core/world.ts';
import type {
  AllowedImages,
  FastLaunchRecord,
  FastSnapshotRestoreRecord,
  FormerImage,
  ImageRecord,
  ImageUsageReportRecord,
  InstanceProfileRecord,
  InstanceRecord,
  KeyPairRecord,
  LaunchTemplateRecord,
  MetadataDefaults,
  NetworkInterfaceRecord,
  SecurityGroupRecord,
  SnapshotRecord,
  SubnetRecord,
  VolumeRecord,
  VpcRecord,
} from './records.ts';

/** The EC2 part of a world. */
export const kept = {
  instances: () => new Table<InstanceRecord>(),
  volumes: () => new Table<VolumeRecord>(),
  snapshots: () => new Table<SnapshotRecord>(),
  images: () => new Table<ImageRecord>(),
  subnets: () => new Table<SubnetRecord>(),
  securityGroups: () => new Table<SecurityGroupRecord>(),
  networkInterfaces: () => new Table<NetworkInterfaceRecord>(),
  instanceProfiles: () => new Table<InstanceProfileRecord>(),
  vpcs: () => new Table<VpcRecord>(),
  keyPairs: () => new Table<KeyPairRecord>(),
  launchTemplates: () => new Table<LaunchTemplateRecord>(),
  fastSnapshotRestores: () => new Table<FastSnapshotRestoreRecord>(),
  fastLaunches: () => new Table<FastLaunchRecord>(),
  imageUsageReports: () => new Table<ImageUsageReportRecord>(),
  /** Images that are gone, by id. */
  formerImages: () => new Map<string, FormerImage>(),
  /** Subscriptions to products of AWS Marketplace: the start time, by `account/product code`. */
  marketplaceSubscriptions: () => new Map<string, number>(),
  /**
   * Block public access for AMIs, by `account/region`. Absent: `block-new-sharing`, the default of new
   * accounts.
   */
  publicImages: () => new Map<string, 'unblocked' | 'block-new-sharing'>(),
  /** Allowed AMIs, by `account/region`. Absent: disabled. */
  allowedImages: () => new Map<string, AllowedImages>(),
  /** Block public access for EBS snapshots, by `account/region`. Absent: `unblocked`. */
  publicSnapshots: () => new Map<string, 'block-all-sharing' | 'block-new-sharing'>(),
  /** EBS encryption by default, by `account/region`. Absent: disabled, with the AWS managed key. */
  ebsEncryption: () => new Map<string, { readonly byDefault: boolean; readonly kmsKeyId?: string }>(),
  /** The default instance metadata options, by `account/region`. */
  metadataDefaults: () => new Map<string, MetadataDefaults>(),
} satisfies Parts;

declare module '../core/world.ts' {
  interface World extends PartsOf<typeof kept> {}
}
