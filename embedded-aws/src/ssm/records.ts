/** The records of Systems Manager. */
import type { AutomationExecutionStatus, CommandInvocationStatus, CommandStatus } from '@aws-sdk/client-ssm';
import type { Resource, Tagged, Tags } from '../core/resource.ts';
import type { RoleSession } from '../core/roles.ts';

/** The content of one version of a parameter. */
export interface ParameterVersionRecord {
  readonly type: 'String' | 'StringList' | 'SecureString';
  readonly dataType: string;
  readonly value: string;
  readonly version: number;
  readonly lastModified: number;
  /** The ARN of the author. Missing if the author is unknown. */
  readonly lastModifiedBy?: string;
  /** If missing, the standard tier. */
  readonly tier?: 'Advanced';
  readonly description?: string;
  /** The key of a SecureString, as the request named it. */
  readonly keyId?: string;
  readonly allowedPattern?: string;
  readonly labels?: readonly string[];
}

/** A parameter: the newest version, and the earlier versions that are stored. */
export interface ParameterRecord extends Resource, ParameterVersionRecord {
  readonly name: string;
  /** Oldest first. */
  readonly earlier?: readonly ParameterVersionRecord[];
  readonly tags?: Tags;
}

/**
 * A parameter version whose value is being validated. Reads do not see the version. After a failed
 * validation, the version is discarded.
 */
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
  /** The accounts (or `all`) that may use the document, and the shared version. */
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
  /** The ARN of the caller that started the automation. Missing if the caller is unknown. */
  readonly executedBy?: string;
  /**
   * The role whose permissions the automation uses. If missing, the automation uses the account's
   * permissions.
   */
  readonly role?: RoleSession;
  readonly steps: readonly AutomationStepRecord[];
  /** The outputs that the document names, after the automation has ended. */
  readonly outputs: Readonly<Record<string, readonly string[]>>;
  /** The status of the first critical step that failed, if the automation continued. */
  readonly criticalFailure?: AutomationExecutionStatus;
  /**
   * Whether the automation ends after the current step (StopAutomationExecution with Type
   * Complete).
   */
  readonly completes?: true;
  /** The number of the next turn. A transition with another number is obsolete. */
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
  /** The number of attempts so far. */
  readonly attempts: number;
  /** When the current attempt times out. */
  readonly deadline?: number;
  /** The command that the current attempt waits for. */
  readonly commandId?: string;
  /** An injected fault prevents the current attempt from ending. */
  readonly hangs?: true;
}

/** A sent command. The invocations contain the results per guest. */
export interface CommandRecord extends Resource {
  readonly documentName: string;
  /** The version in the request. */
  readonly documentVersion: string;
  readonly requested: number;
  readonly expiresAfter: number;
  readonly timeoutSeconds: number;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly comment?: string;
  /** The ids of the guests, if the request named ids. */
  readonly instanceIds: readonly string[];
  readonly targets: readonly { readonly key: string; readonly values: readonly string[] }[];
  readonly invocationIds: readonly string[];
  readonly output?: CommandOutput;
  /** The summary of the invocations. */
  readonly status: CommandStatus;
  readonly statusDetails: string;
}

/** The S3 location for the whole output of a command. */
export interface CommandOutput {
  readonly bucket: string;
  readonly prefix: string;
}

/** A command on one guest. The record's id is the command's id, a slash and the guest's id. */
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
  /** The delivery deadline. */
  readonly deliverBy: number;
  readonly plugins: readonly CommandPluginRecord[];
  /**
   * The tasks on the guest, in order. The steps of an inner document replace the step that runs the
   * document.
   */
  readonly tasks: readonly CommandTaskRecord[];
  /** The index of the current task. */
  readonly task: number;
  /** The number of the next turn. A transition with another number is obsolete. */
  readonly turn: number;
  /** The number of the guest's boot in which the command runs. */
  readonly boot?: number;
  /** The current task requested a reboot and continues when the agent is back. */
  readonly resumes?: true;
  readonly taskStart?: number;
  /** The effect of a fault on the current task. */
  readonly fate?: { readonly hangs?: boolean; readonly exitCode?: number; readonly output?: string };
  /** The automation that waits for the invocation. */
  readonly automationId?: string;
}

/** One step of a document, with its parameters replaced. */
export interface CommandTaskRecord {
  /** The index of the plugin to whose output the task writes. */
  readonly plugin: number;
  readonly document: string;
  readonly step: string;
  readonly action: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /**
   * The platforms that preconditions require, as written in the documents: of this step and of the
   * steps that run its document.
   */
  readonly platforms: readonly string[];
  readonly timeoutSeconds: number;
  /** The inputs of the plugin's step, if this task is a step of an inner document. */
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
  /** The whole output. The API shows less. */
  readonly output: string;
}

/** The last report of AWS-RunPatchBaseline for a guest. The record's id is the instance's id. */
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

/** An S3 object. The record's id is `bucket/key`. */
export interface ObjectRecord extends Resource {
  readonly bucket: string;
  readonly key: string;
  readonly body: string;
  readonly lastModified: number;
}
