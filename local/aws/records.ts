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
  ResponseLaunchTemplateData,
  SnapshotState,
  StateReason,
  VolumeState,
} from '@aws-sdk/client-ec2';
import type { ExecutionStatus, HistoryEvent } from '@aws-sdk/client-sfn';
import type { AutomationExecutionStatus, CommandInvocationStatus } from '@aws-sdk/client-ssm';

export type Tags = Readonly<Record<string, string>>;

export interface Resource {
  readonly id: string;
  readonly account: string;
  readonly region: string;
}

export interface Tagged extends Resource {
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
  readonly reservationId: string;
  readonly networkInterfaceId: string;
  readonly launchIndex: number;
  readonly ebsOptimized: boolean;
  /** What an image made of this instance inherits from the image that it was launched from, which may be gone by then. */
  readonly platformDetails: string;
  readonly usageOperation: string;
  readonly bootMode?: Instance['BootMode'];
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
  /** Whether everybody may make volumes and copies of it, as of the snapshots behind the public images of vendors. */
  readonly public?: boolean;
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
  /** What a fault of the simulation will let its creation or copy fail with. */
  readonly failsWith?: StateReason;
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
  readonly format: 'JSON' | 'YAML';
  /** SHA-256 of the content as it was given. */
  readonly hash: string;
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
  /** What the document's `outputs` name, once it has ended. */
  readonly outputs: Readonly<Record<string, readonly string[]>>;
  /** Whether a step that counts has failed while the automation went on. */
  readonly criticalFailure?: AutomationExecutionStatus;
  /** Number of the turn that is awaited: a transition with another number comes too late. */
  readonly turn: number;
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
  /** How often it was begun; 0: never. */
  readonly attempts: number;
  /** When the attempt under way times out. */
  readonly deadline?: number;
  /** The command that the attempt under way waits for. */
  readonly commandId?: string;
}

export interface CommandRecord extends Resource {
  readonly documentName: string;
  readonly instanceId: string;
  readonly requested: number;
  readonly status: CommandInvocationStatus;
  readonly statusDetails: string;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly comment?: string;
  /** Until when it must have reached the guest. */
  readonly deliverBy: number;
  readonly plugins: readonly CommandPluginRecord[];
  /** What is done on the guest, in order; the steps of documents that it runs are in their place. */
  readonly tasks: readonly CommandTaskRecord[];
  /** Index of the task under way. */
  readonly task: number;
  /** Number of the turn that is awaited: a transition with another number comes too late. */
  readonly turn: number;
  /** The boot of the guest in which it runs. */
  readonly boot?: number;
  /** A reboot that belongs to the task under way: it goes on when the agent is back. */
  readonly resumes?: true;
  readonly taskStart?: number;
  /** What a fault makes of the task under way. */
  readonly fate?: { readonly hangs?: boolean; readonly exitCode?: number; readonly output?: string };
  /** The automation that waits for it. */
  readonly automationId?: string;
}

/** One step of one document, its parameters filled in. */
export interface CommandTaskRecord {
  /** Index of the plugin whose output it writes. */
  readonly plugin: number;
  readonly document: string;
  readonly step: string;
  readonly action: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The platforms that preconditions want, its own and those of the steps that run its document, as they are written. */
  readonly platforms: readonly string[];
  readonly timeoutSeconds: number;
  /** The inputs of the plugin's own step, when this is a step of a document that it runs. */
  readonly outer?: Readonly<Record<string, unknown>>;
}

export interface CommandPluginRecord {
  readonly name: string;
  readonly action: string;
  readonly status: CommandInvocationStatus;
  readonly statusDetails: string;
  readonly responseCode: number;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly output: string;
}

export interface VpcRecord extends Tagged {
  readonly cidrBlock: string;
  readonly isDefault: boolean;
}

export interface KeyPairRecord extends Tagged {
  readonly name: string;
  readonly keyType: 'rsa' | 'ed25519';
  readonly fingerprint: string;
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
}

/** An object in S3; its id is `bucket/key`. */
export interface ObjectRecord extends Resource {
  readonly bucket: string;
  readonly key: string;
  readonly body: string;
  readonly lastModified: number;
}

/** A deployed state machine; its id is its ARN. */
export interface StateMachineRecord extends Tagged {
  readonly name: string;
  /** Amazon States Language, as JSON text. */
  readonly definition: string;
  readonly roleArn: string;
  readonly creationDate: number;
}

/** An execution of a state machine; its id is its ARN. */
export interface ExecutionRecord extends Resource {
  readonly name: string;
  readonly stateMachineArn: string;
  readonly status: ExecutionStatus;
  readonly startDate: number;
  readonly stopDate?: number;
  /** JSON text. */
  readonly input: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly history: readonly HistoryEvent[];
}
