import type { Resource } from '../core/resource.ts';

/** An event in the queue of Lambda, until its function has taken it or it is given up. Account and region are the function's. */
export interface FunctionEventRecord extends Resource {
  readonly functionArn: string;
  /** Of the function, when it was called. */
  readonly role?: string;
  /** The same for one that comes twice. */
  readonly requestId: string;
  /** JSON text. */
  readonly payload: string;
  /** When it was put into the queue. */
  readonly since: number;
  /** How often the function was invoked with it. */
  readonly attempts: number;
  /** How often Lambda itself could not invoke the function. */
  readonly setbacks: number;
  /** When it is due next; while the function is under way, when that counts as lost. */
  readonly nextAt: number;
}

/** The policy of a function; its id is the function's ARN. */
export interface FunctionPolicyRecord extends Resource {
  readonly statements: readonly FunctionPermission[];
  readonly revisionId: string;
}

/** A statement as AddPermission makes it. */
export interface FunctionPermission {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal: '*' | { readonly Service: string } | { readonly AWS: string };
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** How a function is invoked asynchronously; its id is the function's ARN. */
export interface FunctionEventConfigRecord extends Resource {
  readonly maximumRetryAttempts?: number;
  readonly maximumEventAgeSeconds?: number;
  /** The ARN of a queue. */
  readonly onFailure?: string;
  readonly lastModified: number;
}
