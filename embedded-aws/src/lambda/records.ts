import type { Resource } from '../core/resource.ts';

/**
 * An event in Lambda's queue. The event exists until its function succeeds or the event is dropped. `account`
 * and `region` are the function's.
 */
export interface FunctionEventRecord extends Resource {
  readonly functionArn: string;
  /** The function's role at the time of the invocation. */
  readonly role?: string;
  /** A duplicated event has the same id. */
  readonly requestId: string;
  /** JSON text. */
  readonly payload: string;
  /** The time at which the event was queued. */
  readonly since: number;
  /** The number of invocations so far. */
  readonly attempts: number;
  /** The number of times that Lambda itself could not invoke the function. */
  readonly setbacks: number;
  /** The time of the next attempt; during an invocation, the time at which the invocation counts as lost. */
  readonly nextAt: number;
}

/** The policy of a function; its id is the function's ARN. */
export interface FunctionPolicyRecord extends Resource {
  readonly statements: readonly FunctionPermission[];
  readonly revisionId: string;
}

/** A statement in the form of AddPermission. */
export interface FunctionPermission {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal: '*' | { readonly Service: string } | { readonly AWS: string };
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The configuration of asynchronous invocations; its id is the function's ARN. */
export interface FunctionEventConfigRecord extends Resource {
  readonly maximumRetryAttempts?: number;
  readonly maximumEventAgeSeconds?: number;
  /** The ARN of a queue. */
  readonly onFailure?: string;
  readonly lastModified: number;
}
