/** What every step is given besides its input; `step` tells how one is given more. */
export interface Deps {
  now(): Date;
  readonly log: Log;
  readonly settings: Settings;
}

export interface Log {
  info(message: string, details?: Record<string, unknown>): void;
  warn(message: string, details?: Record<string, unknown>): void;
}

/** What the deployment lays down: where builds run and under which names its parts are known. */
export interface Settings {
  /** The region of the deployment, where builds happen. */
  readonly region: string;
  readonly instanceProfile: string;
  readonly securityGroup: string;
  readonly subnets: readonly string[];
  /** SSM Automation documents that build on Linux and Windows. */
  readonly buildDocuments: { readonly linux: string; readonly windows: string };
  /** The role that Automation assumes; empty: the caller's own rights. */
  readonly automationRole: string;
  /** The name of the table that holds what must be decided atomically. */
  readonly table: string;
  /** The ARN of the state machine that bakes. */
  readonly stateMachine: string;
  /** The ARN of the topic that people are told by. */
  readonly topic: string;
}
