/**
 * What EC2 remembers, one interface a resource. Plain data: no functions, no classes, times in milliseconds since the epoch, so that a
 * world can be written to a file and read back.
 */
import type {
  BlockDeviceMapping,
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
  /** What an image made of this instance inherits from the image that it was launched from, which may be gone by then. */
  readonly platformDetails: string;
  readonly usageOperation: string;
  readonly bootMode?: Instance['BootMode'];
  readonly imdsSupport?: 'v2.0';
  readonly productCodes: readonly ProductCode[];
  readonly ephemeralDevices: readonly { device: string; virtualName: string }[];
  /** What a fault of the simulation will end it with. */
  readonly endsWith?: StateReason;
  /** Volumes by device, in the order in which they were attached. */
  readonly blockDevices: readonly { device: string; volumeId: string; deleteOnTermination: boolean }[];
  /** When the agent came online and since when it reports; absent: it does not report. */
  readonly agentOnlineSince?: number;
  /** When an agent that had registered fell silent (a reboot); absent: it reports, or never registered. */
  readonly agentLostAt?: number;
  readonly boots: number;
  /** Since when it has been running, this time: its status checks begin then. */
  readonly runningSince?: number;
  readonly keyName?: string;
  /** Whether it is given a public address whenever it runs. */
  readonly hasPublicAddress?: boolean;
  readonly disableApiTermination?: boolean;
  readonly disableApiStop?: boolean;
  /** Detailed monitoring. */
  readonly monitoring?: boolean;
  /** Absent: true. */
  readonly sourceDestCheck?: boolean;
  /** Absent: what its type brings along. */
  readonly cpuOptions?: { readonly coreCount: number; readonly threadsPerCore: number };
  readonly cpuCredits?: 'standard' | 'unlimited';
  readonly autoRecovery?: 'default' | 'disabled';
  /** Without enhanced networking, as the image that it was launched from or as it was changed later; absent: with it. */
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
  /** How it came by its instance profile. */
  readonly profileAssociation?: { readonly id: string; readonly since: number };
}

export interface VolumeRecord extends Tagged {
  readonly availabilityZone: string;
  readonly sizeGiB: number;
  readonly volumeType: string;
  readonly iops?: number;
  readonly throughput?: number;
  readonly encrypted: boolean;
  /** ARN of the key, of an encrypted volume. */
  readonly kmsKeyId?: string;
  readonly state: VolumeState;
  readonly snapshotId?: string;
  readonly createTime: number;
  readonly attachment?: VolumeAttachmentRecord;
  readonly modification?: VolumeModificationRecord;
  /** Whether input and output go on by themselves after the volume may have lost data. */
  readonly autoEnableIo?: boolean;
  /** What is written on it; absent: an empty disk. */
  readonly disk?: Disk;
}

export interface VolumeAttachmentRecord {
  readonly instanceId: string;
  readonly device: string;
  readonly deleteOnTermination: boolean;
  /** Absent: attached. */
  readonly state?: 'attaching' | 'detaching';
  /** Absent: since the volume was created. */
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

/** What can be shared: each account that sees it has its own tags on it. */
export interface SharedTagged extends Tagged {
  /** The tags of accounts that are not its owner, by account. */
  readonly tagsOfOthers?: Readonly<Record<string, Tags>>;
}

export interface SnapshotRecord extends SharedTagged {
  readonly volumeId: string;
  readonly volumeSizeGiB: number;
  readonly description: string;
  readonly encrypted: boolean;
  /** ARN of the key, of an encrypted snapshot. */
  readonly kmsKeyId?: string;
  readonly state: SnapshotState;
  readonly stateMessage?: string;
  readonly startTime: number;
  /** When it completes or fails, while it is pending. */
  readonly readyAt?: number;
  /** What it will fail with. */
  readonly failsWith?: string;
  readonly completionTime?: number;
  /** Of a copy: by which operation, and within how many minutes it was to be done. */
  readonly copy?: { readonly by: 'CopyImage' | 'CopySnapshot'; readonly completionMinutes?: number };
  /** Of a copy: the snapshot that it was made of. */
  readonly copiedFrom?: { readonly snapshotId: string; readonly region: string };
  /** Accounts that may make volumes and copies of it. */
  readonly sharedWith?: readonly string[];
  /** Whether everybody may make volumes and copies of it, as of the snapshots behind the public images of vendors. */
  readonly public?: boolean;
  readonly disk?: Disk;
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
  /** Absent: off. `endsAt`: it was switched off and protects until then. */
  readonly deregistrationProtection?: { readonly withCooldown: boolean; readonly endsAt?: number };
  /** When it was last launched, as far as EC2 has reported it. */
  readonly lastLaunchedTime?: number;
  /** Registered without enhanced networking; absent: with it. */
  readonly withoutEna?: true;
  readonly withoutSriov?: true;
  readonly tpmSupport?: 'v2.0';
  /** The UEFI variable store, in base64. */
  readonly uefiData?: string;
  /** When its creation or copy ends; absent once it has. */
  readonly readyAt?: number;
  /** What a fault of the simulation will let its creation or copy fail with. */
  readonly failsWith?: StateReason;
}

export interface SubnetRecord extends Tagged {
  readonly vpcId: string;
  readonly availabilityZone: string;
  readonly cidrBlock: string;
  readonly availableIpAddressCount: number;
  readonly defaultForAz: boolean;
  /** Absent: as default subnets do and others do not. */
  readonly mapPublicIpOnLaunch?: boolean;
}

export interface SecurityGroupRecord extends Tagged {
  readonly vpcId: string;
  readonly name: string;
  readonly description: string;
  /** Inbound permissions; empty: no port is open. */
  readonly ingress: readonly SecurityGroupRule[];
  readonly egress: readonly SecurityGroupRule[];
}

/** One rule names one peer: a range of addresses, a prefix list, or another group. */
export interface SecurityGroupRule {
  readonly id: string;
  /** `tcp`, `udp`, `icmp`, `icmpv6`, a protocol's number, or `-1` for all. */
  readonly protocol: string;
  /** Absent when all ports (of all protocols) are meant; for ICMP, the type. */
  readonly fromPort?: number;
  readonly toPort?: number;
  readonly cidr?: string;
  readonly cidrIpv6?: string;
  readonly prefixListId?: string;
  readonly groupId?: string;
  readonly description?: string;
  readonly tags?: Tags;
}

/** The network interface of an instance, or one that outlived it. */
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

/** What an account says of the metadata options of its launches; absent: no preference. */
export interface MetadataDefaults {
  readonly httpTokens?: 'optional' | 'required';
  readonly httpPutResponseHopLimit?: number;
  readonly httpEndpoint?: 'enabled' | 'disabled';
  readonly instanceMetadataTags?: 'enabled' | 'disabled';
  readonly httpTokensEnforced?: 'enabled' | 'disabled';
}

/** Instance profiles are global to an account; `region` is empty. */
export interface InstanceProfileRecord extends Resource {
  readonly name: string;
  readonly arn: string;
}

export interface VpcRecord extends Tagged {
  readonly cidrBlock: string;
  readonly isDefault: boolean;
  /** Absent: true. */
  readonly dnsSupport?: boolean;
  /** Absent: as in a default VPC, or not. */
  readonly dnsHostnames?: boolean;
  readonly addressUsageMetrics?: boolean;
}

export interface KeyPairRecord extends Tagged {
  readonly name: string;
  readonly keyType: 'rsa' | 'ed25519';
  readonly fingerprint: string;
  /** In OpenSSH's form, without a comment. */
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
    /** Newest versions of a launch template that are looked at, if it was asked for. */
    readonly versionDepth?: number;
  }[];
  /** Whose use is reported; absent: everybody's. */
  readonly accountIds?: readonly string[];
  readonly entries: readonly {
    readonly account: string;
    readonly type: 'ec2:Instance' | 'ec2:LaunchTemplate';
    readonly count: number;
  }[];
}

/** What stays known of an image that is gone, for the ancestry of those that were made of it. */
export interface FormerImage {
  readonly creationDate: number;
  readonly ownerAlias?: string;
  readonly sourceImageId?: string;
  readonly sourceImageRegion?: string;
}
