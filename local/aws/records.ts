/**
 * What the embedded AWS remembers, one interface a resource. Plain data: no functions, no classes, times in milliseconds since
 * the epoch, so that a world can be written to a file and read back.
 */
import type {
  BlockDeviceMapping,
  ImageState,
  Instance,
  InstanceMetadataOptionsRequest,
  InstanceStateName,
  LaunchPermission,
  ProductCode,
  SnapshotState,
  StateReason,
  VolumeState,
} from '@aws-sdk/client-ec2';
import type { AutomationExecutionStatus, CommandInvocationStatus } from '@aws-sdk/client-ssm';

export type Tags = Readonly<Record<string, string>>;

interface Resource {
  readonly id: string;
  readonly account: string;
  readonly region: string;
}

interface Tagged extends Resource {
  readonly tags: Tags;
}

/** What is written on a root disk: the part of a machine that an image keeps. */
export interface Disk {
  /** A key of the package catalogue, such as `amazon-linux-2023`. */
  readonly os: string;
  readonly platform: 'linux' | 'windows';
  /** Installed packages (on Windows also updates, by KB number) and their versions. */
  readonly packages: Readonly<Record<string, string>>;
  /** Paths that matter to somebody: host keys, machine-id, logs, histories. */
  readonly files: readonly string[];
  /** Services that start with the system. */
  readonly services: readonly string[];
  /** Whether a reboot is due since packages were installed. */
  readonly rebootPending: boolean;
  /** Whether sysprep generalised it (Windows). */
  readonly generalised: boolean;
  /** Scripts that were handed to the guest: recorded, not run. Oldest first. */
  readonly journal: readonly JournalEntry[];
}

export interface JournalEntry {
  readonly at: number;
  /** The document that carried the script, or `user-data`. */
  readonly document: string;
  /** The name of the document's step. */
  readonly step: string;
  readonly script: string;
}

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
  /** Volumes by device, in the order in which they were attached. */
  readonly blockDevices: readonly { device: string; volumeId: string; deleteOnTermination: boolean }[];
  /** When the agent last reported and will go on reporting; absent: it never registered. */
  readonly agentOnlineSince?: number;
  readonly boots: number;
}

export interface VolumeRecord extends Tagged {
  readonly availabilityZone: string;
  readonly sizeGiB: number;
  readonly volumeType: string;
  readonly iops?: number;
  readonly throughput?: number;
  readonly encrypted: boolean;
  readonly state: VolumeState;
  readonly snapshotId?: string;
  readonly createTime: number;
  readonly attachment?: { instanceId: string; device: string; deleteOnTermination: boolean };
  /** What is written on it; absent: an empty disk. */
  readonly disk?: Disk;
}

export interface SnapshotRecord extends Tagged {
  readonly volumeId: string;
  readonly volumeSizeGiB: number;
  readonly description: string;
  readonly encrypted: boolean;
  readonly state: SnapshotState;
  readonly startTime: number;
  readonly completionTime?: number;
  readonly disk?: Disk;
}

export interface ImageRecord extends Tagged {
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
  /** When its creation or copy ends; absent once it has. */
  readonly readyAt?: number;
}

export interface SubnetRecord extends Tagged {
  readonly vpcId: string;
  readonly availabilityZone: string;
  readonly cidrBlock: string;
  readonly availableIpAddressCount: number;
  readonly defaultForAz: boolean;
}

export interface SecurityGroupRecord extends Tagged {
  readonly vpcId: string;
  readonly name: string;
  readonly description: string;
  /** Inbound permissions; empty: no port is open. */
  readonly ingress: readonly { protocol: string; fromPort: number; toPort: number; cidr: string }[];
}

/** Instance profiles are global to an account; `region` is empty. */
export interface InstanceProfileRecord extends Resource {
  readonly name: string;
  readonly arn: string;
}

export interface ParameterRecord extends Resource {
  readonly name: string;
  readonly type: 'String' | 'StringList' | 'SecureString';
  readonly dataType: string;
  readonly value: string;
  readonly version: number;
  readonly lastModified: number;
}

export interface DocumentRecord extends Resource {
  readonly name: string;
  readonly documentType: 'Automation' | 'Command';
  readonly version: number;
  readonly content: unknown;
  readonly createdDate: number;
  readonly tags: Tags;
}

export interface AutomationRecord extends Tagged {
  readonly documentName: string;
  readonly documentVersion: number;
  readonly document: unknown;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly status: AutomationExecutionStatus;
  readonly startTime: number;
  readonly endTime?: number;
  readonly failureMessage?: string;
  readonly currentStep?: string;
  readonly clientToken?: string;
  readonly steps: readonly AutomationStepRecord[];
}

export interface AutomationStepRecord {
  readonly id: string;
  readonly name: string;
  readonly action: string;
  readonly status: AutomationExecutionStatus;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, readonly string[]>>;
  readonly response?: string;
  readonly responseCode?: string;
  readonly failureMessage?: string;
}

export interface CommandRecord extends Resource {
  readonly documentName: string;
  readonly instanceId: string;
  readonly requested: number;
  readonly status: CommandInvocationStatus;
  readonly statusDetails: string;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly plugins: readonly CommandPluginRecord[];
}

export interface CommandPluginRecord {
  readonly name: string;
  readonly action: string;
  readonly status: CommandInvocationStatus;
  readonly responseCode: number;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly output: string;
}
