/**
 * The records of EC2, one interface per resource. The records are plain data without functions and classes,
 * with times in milliseconds since the epoch, so that a world can be written to a file and read back.
 */
import type {
  BlockDeviceMapping,
  ImageCriterion,
  ImageState,
  Instance,
  InstanceMetadataOptionsRequest,
  InstanceStateName,
  LaunchPermission,
  ProductCode,
  ResponseLaunchTemplateData,
  SnapshotState,
  StateReason,
  VolumeState,
} from '@aws-sdk/client-ec2';
import type { Disk } from '../catalog/disk.ts';
import type { Resource, Tagged, Tags } from '../core/resource.ts';

export interface InstanceRecord extends Tagged {
  readonly imageId: string;
  readonly instanceType: string;
  readonly architecture: string;
  readonly platform?: 'windows';
  readonly subnetId: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
  readonly securityGroupIds: readonly string[];
  readonly instanceProfileArn?: string;
  readonly metadataOptions: InstanceMetadataOptionsRequest;
  readonly shutdownBehavior: 'stop' | 'terminate';
  readonly userData?: string;
  readonly clientToken?: string;
  readonly launchTime: number;
  readonly state: InstanceStateName;
  readonly stateReason?: StateReason;
  readonly stateTransitionReason: string;
  readonly rootDeviceName: string;
  readonly privateIpAddress: string;
  readonly reservationId: string;
  readonly networkInterfaceId: string;
  readonly launchIndex: number;
  readonly ebsOptimized: boolean;
  /**
   * The image that is created from this instance inherits these properties. The instance stores these
   * properties because its original image can be deregistered first.
   */
  readonly platformDetails: string;
  readonly usageOperation: string;
  readonly bootMode?: Instance['BootMode'];
  readonly imdsSupport?: 'v2.0';
  readonly productCodes: readonly ProductCode[];
  readonly ephemeralDevices: readonly { device: string; virtualName: string }[];
  /** The reason with which a fault of the simulation will terminate the instance. */
  readonly endsWith?: StateReason;
  /** Volumes by device, in the order of attachment. */
  readonly blockDevices: readonly { device: string; volumeId: string; deleteOnTermination: boolean }[];
  /** When the agent came online and started to report. Absent: the agent does not report. */
  readonly agentOnlineSince?: number;
  /** When a registered agent stopped reporting (a reboot). Absent: the agent reports, or never registered. */
  readonly agentLostAt?: number;
  readonly boots: number;
  /** The last boot, if it never ends. Absent: the last boot succeeds. */
  readonly bootFailed?: { readonly at: number; readonly how: 'boot' | 'reboot' };
  /** When the current run began. Status checks start at this time. */
  readonly runningSince?: number;
  readonly keyName?: string;
  /** Whether the instance gets a public address each time it runs. */
  readonly hasPublicAddress?: boolean;
  readonly disableApiTermination?: boolean;
  readonly disableApiStop?: boolean;
  /** Detailed monitoring. */
  readonly monitoring?: boolean;
  /** Absent: true. */
  readonly sourceDestCheck?: boolean;
  /** Absent: the defaults of the type. */
  readonly cpuOptions?: { readonly coreCount: number; readonly threadsPerCore: number };
  readonly cpuCredits?: 'standard' | 'unlimited';
  readonly autoRecovery?: 'default' | 'disabled';
  /**
   * True if enhanced networking is off, from the image or from a later change. Absent: enhanced networking is
   * on.
   */
  readonly withoutEna?: true;
  readonly withoutSriov?: true;
  /** Absent: an On-Demand Instance. */
  readonly spotRequest?: {
    readonly id: string;
    readonly type: 'one-time' | 'persistent';
    readonly interruption: 'stop' | 'terminate';
    readonly maxPrice?: string;
    readonly validUntil?: number;
    readonly tags: Tags;
  };
  /** How the instance got its instance profile. */
  readonly profileAssociation?: { readonly id: string; readonly since: number };
}

export interface VolumeRecord extends Tagged {
  readonly availabilityZone: string;
  readonly sizeGiB: number;
  readonly volumeType: string;
  readonly iops?: number;
  readonly throughput?: number;
  readonly encrypted: boolean;
  /** ARN of the key of an encrypted volume. */
  readonly kmsKeyId?: string;
  readonly state: VolumeState;
  readonly snapshotId?: string;
  readonly createTime: number;
  readonly attachment?: VolumeAttachmentRecord;
  readonly modification?: VolumeModificationRecord;
  /** Whether I/O resumes automatically after a possible loss of data. */
  readonly autoEnableIo?: boolean;
  /** The content of the volume. Absent: an empty disk. */
  readonly disk?: Disk;
}

export interface VolumeAttachmentRecord {
  readonly instanceId: string;
  readonly device: string;
  readonly deleteOnTermination: boolean;
  /** Absent: attached. */
  readonly state?: 'attaching' | 'detaching';
  /** Absent: the creation time of the volume. */
  readonly time?: number;
}

/** The last change of a volume's size, type or speed. */
export interface VolumeModificationRecord {
  readonly state: 'modifying' | 'optimizing' | 'completed';
  readonly startTime: number;
  readonly optimizingTime: number;
  readonly endTime: number;
  readonly original: VolumeShape;
  readonly target: VolumeShape;
}

export interface VolumeShape {
  readonly sizeGiB: number;
  readonly volumeType: string;
  readonly iops?: number;
  readonly throughput?: number;
}

/** A resource that can be shared. Each account that can see the resource has its own tags on it. */
export interface SharedTagged extends Tagged {
  /** The tags of accounts other than the owner, by account. */
  readonly tagsOfOthers?: Readonly<Record<string, Tags>>;
}

export interface SnapshotRecord extends SharedTagged {
  readonly volumeId: string;
  readonly volumeSizeGiB: number;
  readonly description: string;
  readonly encrypted: boolean;
  /** ARN of the key of an encrypted snapshot. */
  readonly kmsKeyId?: string;
  readonly state: SnapshotState;
  readonly stateMessage?: string;
  readonly startTime: number;
  /** When a pending snapshot completes or fails. */
  readonly readyAt?: number;
  /** The message with which the snapshot will fail. */
  readonly failsWith?: string;
  readonly completionTime?: number;
  /** For a copy: the operation, and the requested completion time in minutes. */
  readonly copy?: { readonly by: 'CopyImage' | 'CopySnapshot'; readonly completionMinutes?: number };
  /** For a copy: the source snapshot. */
  readonly copiedFrom?: { readonly snapshotId: string; readonly region: string };
  /** Accounts that can create volumes and copies from the snapshot. */
  readonly sharedWith?: readonly string[];
  /**
   * Whether all accounts can create volumes and copies from the snapshot. True for the snapshots of vendors'
   * public images.
   */
  readonly public?: boolean;
  readonly disk?: Disk;
}

/** A watermark, and the image to which it was first attached. */
export interface WatermarkRecord {
  /** `account:name` */
  readonly key: string;
  readonly sourceImageId: string;
  readonly sourceImageRegion: string;
  readonly sourceImageCreationDate: number;
  readonly creationDate: number;
}

/** The settings of Allowed AMIs. */
export interface AllowedImages {
  readonly state: 'enabled' | 'audit-mode' | 'disabled';
  readonly criteria: readonly ImageCriterion[];
  /** True: a declarative policy of the organization manages the settings. */
  readonly byPolicy?: true;
}

/** Fast snapshot restore of a snapshot in a zone, which an account has enabled at some time. */
export interface FastSnapshotRestoreRecord extends Resource {
  readonly snapshotId: string;
  readonly availabilityZone: string;
  readonly state: 'enabling' | 'optimizing' | 'enabled' | 'disabling' | 'disabled';
  readonly reason: string;
  readonly enablingTime: number;
  readonly optimizingTime?: number;
  readonly enabledTime?: number;
  readonly disablingTime?: number;
  readonly disabledTime?: number;
  /** When the next state is due. Absent: the state lasts. */
  readonly nextAt?: number;
}

/** EC2 Fast Launch of a Windows image, which an account has enabled. */
export interface FastLaunchRecord extends Resource {
  readonly imageId: string;
  readonly state: 'enabling' | 'enabled' | 'disabling';
  /** The number of pre-provisioned snapshots to keep. The snapshots themselves do not exist here. */
  readonly targetCount: number;
  readonly maxParallelLaunches: number;
  readonly changedAt: number;
  /** When the next state is due. Absent: the state lasts. */
  readonly nextAt?: number;
}

export interface ImageRecord extends SharedTagged {
  readonly name: string;
  readonly description?: string;
  readonly ownerAlias?: string;
  readonly state: ImageState;
  readonly stateReason?: StateReason;
  readonly architecture: string;
  readonly creationDate: number;
  readonly platform?: 'windows';
  readonly platformDetails: string;
  readonly usageOperation: string;
  readonly rootDeviceName: string;
  readonly rootDeviceType: 'ebs' | 'instance-store';
  readonly blockDeviceMappings: readonly BlockDeviceMapping[];
  readonly bootMode?: Instance['BootMode'];
  readonly imdsSupport?: 'v2.0';
  readonly productCodes: readonly ProductCode[];
  readonly launchPermissions: readonly LaunchPermission[];
  readonly sourceInstanceId?: string;
  readonly sourceImageId?: string;
  readonly sourceImageRegion?: string;
  readonly deprecationTime?: number;
  /** Absent: disabled. `endsAt`: the protection was disabled and lasts until then. */
  readonly deregistrationProtection?: { readonly withCooldown: boolean; readonly endsAt?: number };
  /** When the image was last launched, as far as EC2 has reported it. */
  readonly lastLaunchedTime?: number;
  /** True if the image was registered without enhanced networking. Absent: enhanced networking is on. */
  readonly withoutEna?: true;
  readonly withoutSriov?: true;
  readonly tpmSupport?: 'v2.0';
  /** The UEFI variable store, in base64. */
  readonly uefiData?: string;
  /** Absent: none. */
  readonly watermarks?: readonly WatermarkRecord[];
  /** When the creation or copy ends. Absent: it has ended. */
  readonly readyAt?: number;
  /** The reason with which a fault of the simulation will fail the creation or copy. */
  readonly failsWith?: StateReason;
}

export interface SubnetRecord extends Tagged {
  readonly vpcId: string;
  readonly availabilityZone: string;
  readonly cidrBlock: string;
  readonly availableIpAddressCount: number;
  readonly defaultForAz: boolean;
  /** Absent: true for default subnets, false for other subnets. */
  readonly mapPublicIpOnLaunch?: boolean;
}

export interface SecurityGroupRecord extends Tagged {
  readonly vpcId: string;
  readonly name: string;
  readonly description: string;
  /** Inbound permissions. Empty: no port is open. */
  readonly ingress: readonly SecurityGroupRule[];
  readonly egress: readonly SecurityGroupRule[];
}

/** Each rule names one peer: an address range, a prefix list, or another group. */
export interface SecurityGroupRule {
  readonly id: string;
  /** `tcp`, `udp`, `icmp`, `icmpv6`, a protocol number, or `-1` for all protocols. */
  readonly protocol: string;
  /** Absent: all ports, or all protocols. For ICMP: the type. */
  readonly fromPort?: number;
  readonly toPort?: number;
  readonly cidr?: string;
  readonly cidrIpv6?: string;
  readonly prefixListId?: string;
  readonly groupId?: string;
  readonly description?: string;
  readonly tags?: Tags;
}

/** The network interface of an instance, or an interface that outlived its instance. */
export interface NetworkInterfaceRecord extends Tagged {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
  readonly privateIpAddress: string;
  readonly macAddress: string;
  readonly description: string;
  readonly securityGroupIds: readonly string[];
  readonly sourceDestCheck: boolean;
  readonly attachment?: {
    readonly id: string;
    readonly instanceId: string;
    readonly time: number;
    readonly deleteOnTermination: boolean;
  };
}

/** The account's default metadata options for launches. Absent: no preference. */
export interface MetadataDefaults {
  readonly httpTokens?: 'optional' | 'required';
  readonly httpPutResponseHopLimit?: number;
  readonly httpEndpoint?: 'enabled' | 'disabled';
  readonly instanceMetadataTags?: 'enabled' | 'disabled';
  readonly httpTokensEnforced?: 'enabled' | 'disabled';
}

/** Instance profiles are global in an account. `region` is empty. */
export interface InstanceProfileRecord extends Resource {
  readonly name: string;
  readonly arn: string;
}

export interface VpcRecord extends Tagged {
  readonly cidrBlock: string;
  readonly isDefault: boolean;
  /** Absent: true. */
  readonly dnsSupport?: boolean;
  /** Absent: true in a default VPC, false in other VPCs. */
  readonly dnsHostnames?: boolean;
  readonly addressUsageMetrics?: boolean;
}

export interface KeyPairRecord extends Tagged {
  readonly name: string;
  readonly keyType: 'rsa' | 'ed25519';
  readonly fingerprint: string;
  /** In OpenSSH format, without a comment. */
  readonly publicKey: string;
  readonly createTime: number;
}

export interface LaunchTemplateRecord extends Tagged {
  readonly name: string;
  readonly createTime: number;
  readonly createdBy: string;
  readonly defaultVersion: number;
  readonly latestVersion: number;
  readonly versions: readonly LaunchTemplateVersionRecord[];
}

export interface LaunchTemplateVersionRecord {
  readonly version: number;
  readonly description?: string;
  readonly createTime: number;
  readonly createdBy: string;
  readonly data: ResponseLaunchTemplateData;
}

export interface ImageUsageReportRecord extends Tagged {
  readonly imageId: string;
  readonly state: 'pending' | 'available' | 'error';
  readonly creationTime: number;
  readonly expirationTime: number;
  readonly resourceTypes: readonly {
    readonly type: 'ec2:Instance' | 'ec2:LaunchTemplate';
    /** The number of newest launch template versions to search, if the request gave a number. */
    readonly versionDepth?: number;
  }[];
  /** The accounts in the report. Absent: all accounts. */
  readonly accountIds?: readonly string[];
  readonly entries: readonly {
    readonly account: string;
    readonly type: 'ec2:Instance' | 'ec2:LaunchTemplate';
    readonly count: number;
  }[];
}

/** The data that remain of an image that is gone, for the ancestry of its descendants. */
export interface FormerImage {
  readonly creationDate: number;
  readonly ownerAlias?: string;
  readonly sourceImageId?: string;
  readonly sourceImageRegion?: string;
}
