/** The dependencies of every step. A step can name more dependencies: see `step`. */
export interface Deps {
  now(): Date;
  readonly log: Log;
  readonly settings: Settings;
}

export interface Log {
  info(message: string, details?: Record<string, unknown>): void;
  warn(message: string, details?: Record<string, unknown>): void;
}

/** The settings of the deployment: where builds run, and the names of its resources. */
export interface Settings {
  /** The region of the deployment, where builds happen. */
  readonly region: string;
  readonly instanceProfile: string;
  readonly securityGroup: string;
  readonly subnets: readonly string[];
  /** The names of the SSM Automation documents that build on Linux and Windows. */
  readonly buildDocuments: { readonly linux: string; readonly windows: string };
  /** The names of the SSM Command documents that check a fresh instance of an image. */
  readonly checkDocuments: { readonly linux: string; readonly windows: string };
  /** The name of the SSM Automation document with which people approve builds. */
  readonly approvalDocument: string;
  /** The role that Automation assumes; empty: Automation uses the caller's permissions. */
  readonly automationRole: string;
  /** The name of the DynamoDB table. */
  readonly table: string;
  /** The ARN of the state machine that bakes. */
  readonly stateMachine: string;
  /** The ARN of the state machine that moves channels. */
  readonly channelsMachine: string;
  /** The ARN of the topic for messages to people. */
  readonly topic: string;
}
