/** What Systems Manager remembers. */
import type { AutomationExecutionStatus, CommandInvocationStatus, CommandStatus } from '@aws-sdk/client-ssm';
import type { Resource, Tagged, Tags } from '../core/resource.ts';
import type { RoleSession } from '../core/roles.ts';

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

/** An object in S3; its id is `bucket/key`. */
export interface ObjectRecord extends Resource {
  readonly bucket: string;
  readonly key: string;
  readonly body: string;
  readonly lastModified: number;
}
