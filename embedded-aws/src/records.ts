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
import type { ExecutionStatus, HistoryEventType } from '@aws-sdk/client-sfn';
import type { AutomationExecutionStatus, CommandInvocationStatus, CommandStatus } from '@aws-sdk/client-ssm';
import type { RoleSession } from './core/roles.ts';

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

/** What one version of a parameter holds. */
export interface ParameterVersionRecord {
  readonly type: 'String' | 'StringList' | 'SecureString';
  readonly dataType: string;
  readonly value: string;
  readonly version: number;
  readonly lastModified: number;
  /** The ARN of whoever wrote it; absent: nobody is known. */
  readonly lastModifiedBy?: string;
  /** Absent: of the standard tier. */
  readonly tier?: 'Advanced';
  readonly description?: string;
  /** As it was given, of a SecureString. */
  readonly keyId?: string;
  readonly allowedPattern?: string;
  readonly labels?: readonly string[];
}

/** A parameter: its newest version, and the earlier ones that are kept. */
export interface ParameterRecord extends Resource, ParameterVersionRecord {
  readonly name: string;
  /** Oldest first. */
  readonly earlier?: readonly ParameterVersionRecord[];
  readonly tags?: Tags;
}

/** A version of a parameter whose value is being validated; nobody sees it, and it may never become one. */
export interface ParameterDraftRecord extends Resource {
  readonly parameterId: string;
  readonly name: string;
  readonly content: ParameterVersionRecord;
  readonly tags: Tags;
}

export interface DocumentRecord extends Tagged {
  readonly name: string;
  readonly documentType: 'Automation' | 'ChangeCalendar' | 'Command';
  readonly defaultVersion: number;
  readonly latestVersion: number;
  /** Oldest first. */
  readonly versions: readonly DocumentVersionRecord[];
  /** Accounts (or `all`) that may use it, and which version. */
  readonly sharedWith: readonly { readonly account: string; readonly version: string }[];
}

export interface DocumentVersionRecord {
  readonly version: number;
  readonly versionName?: string;
  readonly displayName?: string;
  readonly targetType?: string;
  readonly content: unknown;
  /** The content as it was given. */
  readonly text: string;
  readonly format: 'JSON' | 'TEXT' | 'YAML';
  /** SHA-256 of the content as it was given. */
  readonly hash: string;
  readonly createdDate: number;
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
  /** The ARN of whoever started it; absent: nobody is known. */
  readonly executedBy?: string;
  /** In whose rights it acts; absent: the account's. */
  readonly role?: RoleSession;
  readonly steps: readonly AutomationStepRecord[];
  /** What the document's `outputs` name, once it has ended. */
  readonly outputs: Readonly<Record<string, readonly string[]>>;
  /** Whether a step that counts has failed while the automation went on. */
  readonly criticalFailure?: AutomationExecutionStatus;
  /** Whether it ends after the step under way (StopAutomationExecution with Type Complete). */
  readonly completes?: true;
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
  /** A fault of the simulation keeps the attempt under way from ending. */
  readonly hangs?: true;
}

/** A command as it was sent; what becomes of it on each guest is told by its invocations. */
export interface CommandRecord extends Resource {
  readonly documentName: string;
  /** As it was asked for. */
  readonly documentVersion: string;
  readonly requested: number;
  readonly expiresAfter: number;
  readonly timeoutSeconds: number;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly comment?: string;
  /** The guests by their ids, when they were named so. */
  readonly instanceIds: readonly string[];
  readonly targets: readonly { readonly key: string; readonly values: readonly string[] }[];
  readonly invocationIds: readonly string[];
  readonly output?: CommandOutput;
  /** What its invocations amount to. */
  readonly status: CommandStatus;
  readonly statusDetails: string;
}

/** Where in S3 the whole output of a command goes. */
export interface CommandOutput {
  readonly bucket: string;
  readonly prefix: string;
}

/** A command on one guest; its id is the command's, a slash and the guest's. */
export interface CommandInvocationRecord extends Resource {
  readonly commandId: string;
  readonly documentName: string;
  readonly documentVersion: string;
  readonly instanceId: string;
  readonly requested: number;
  readonly status: CommandInvocationStatus;
  readonly statusDetails: string;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly comment?: string;
  readonly outputTo?: CommandOutput;
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
  /** The whole of it; the API shows less. */
  readonly output: string;
}

/** What AWS-RunPatchBaseline last reported of a guest; its id is the instance's. */
export interface PatchStateRecord extends Resource {
  readonly snapshotId: string;
  readonly operation: 'Scan' | 'Install';
  readonly rebootOption: 'RebootIfNeeded' | 'NoReboot';
  readonly startTime: number;
  readonly endTime: number;
  readonly lastNoRebootInstall?: number;
  readonly patches: readonly PatchRecord[];
}

export interface PatchRecord {
  readonly name: string;
  readonly version: string;
  readonly classification: string;
  readonly state: 'INSTALLED' | 'INSTALLED_PENDING_REBOOT' | 'MISSING';
  readonly installedTime?: number;
}

export interface VpcRecord extends Tagged {
  readonly cidrBlock: string;
  readonly isDefault: boolean;
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

/** Where an account stands in AWS Organizations. */
export interface Membership {
  /** ARN of the organisation. */
  readonly organization: string;
  /** ARNs of the organisational units that it is in, from the outermost to its own. */
  readonly units: readonly string[];
}

/** An object in S3; its id is `bucket/key`. */
export interface ObjectRecord extends Resource {
  readonly bucket: string;
  readonly key: string;
  readonly body: string;
  readonly lastModified: number;
}

/** What an update changes of a state machine; an execution goes on with that which it began with. */
export interface StateMachineRevision {
  /** Amazon States Language, as JSON text. */
  readonly definition: string;
  readonly roleArn: string;
  readonly updateDate: number;
  /** Absent: the first, which has none. */
  readonly revisionId?: string;
  readonly tracing: boolean;
}

/** A deployed state machine; its id is its ARN. */
export interface StateMachineRecord extends Tagged, StateMachineRevision {
  readonly name: string;
  readonly creationDate: number;
}

/** An execution of a state machine; its id is its ARN. */
export interface ExecutionRecord extends Resource {
  readonly name: string;
  readonly stateMachineArn: string;
  readonly machine: StateMachineRevision;
  readonly status: ExecutionStatus;
  readonly startDate: number;
  readonly stopDate?: number;
  /** JSON text. */
  readonly input: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly traceHeader?: string;
  /** Oldest first; the id of an event is its place in it, from 1. */
  readonly history: Growing<HistoryRecord>;
  /** The JSON texts that events carry. */
  readonly payloads: Growing<PayloadRecord>;
  /** The state that it is in, of those at the top level, and since when; absent: it has entered none yet. */
  readonly current?: { readonly state: string; readonly input: number; readonly since: number };
}

/** A list in pages, so that one more item costs no copy of all. */
export type Growing<T> = readonly (readonly T[])[];

export interface HistoryRecord {
  readonly type: HistoryEventType;
  readonly at: number;
  /** Id of the event that led to it; 0: none. */
  readonly previous: number;
  /** The state. */
  readonly name?: string;
  /** What it takes in or gives out: an index of the execution's payloads. */
  readonly payload?: number;
  readonly resource?: string;
  readonly timeoutSeconds?: number;
  /** Of an iteration of a Map state. */
  readonly index?: number;
  /** How many items a Map state has. */
  readonly length?: number;
  readonly error?: string;
  readonly cause?: string;
}

/** A text by what differs from another: the first `head` characters of payload `base`, `text`, and its last `tail` characters. */
export interface PayloadRecord {
  readonly text: string;
  /** Absent: `text` is all of it. */
  readonly base?: number;
  readonly head?: number;
  readonly tail?: number;
}
