import type { AccessDenied } from './authorization.ts';
import type { Latencies } from './latency.ts';
import type { RoleSession } from './roles.ts';
import type { Throttling } from './throttling.ts';
import type { Stateful, World } from './world.ts';

/** The caller of an operation, the place and the time. */
export interface Call {
  readonly world: World;
  readonly account: string;
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The access key that signed the call; absent for calls in process. */
  readonly accessKey?: string;
  /** The role that AWS uses when it calls on behalf of an automation, a schedule or a rule. */
  readonly role?: RoleSession;
  /** All emulated services, for operations that call other operations. */
  readonly services: Services;
  /** Whether AWS itself makes the call on behalf of a caller. Faults with `call: '*'` do not strike such calls. */
  readonly inner?: boolean;
  /**
   * The AWS service that calls without a role, and the resource that it calls for. Resource policies must allow it.
   */
  readonly sender?: { readonly service: string; readonly sourceArn: string; readonly account: string };
}

/**
 * One operation of one service. `accepts` lists the paths of the emulated parameters (without list indices; `*`
 * stands for the keys of a map). Any other parameter is refused by name, never ignored.
 */
export interface Operation<Input, Output> {
  readonly kind: 'read' | 'write';
  readonly accepts: readonly string[];
  run(input: Input, call: Call): Omit<Output, '$metadata'>;
}

/** An operation whose response can be a promise: Lambda's Invoke waits for the code of a function. */
export interface AwaitedOperation<Input, Output> extends Omit<Operation<Input, Output>, 'run'> {
  run(input: Input, call: Call): Omit<Output, '$metadata'> | Promise<Omit<Output, '$metadata'>>;
}

export type Answer = Record<string, unknown> | Promise<Record<string, unknown>>;

/** Transition handlers, by kind. `at` is the time at which the transition was due. */
export type TransitionHandlers = Readonly<
  Record<string, (world: World, id: string, at: number, services: Services) => void>
>;

/** An AWS service: operations, state, durations and limits. */
export interface Service extends Stateful {
  /** The SDK's service id in lower case. */
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: operations differ in their input, and the table holds them all.
  readonly operations: Readonly<Record<string, Operation<any, any> | AwaitedOperation<any, any>>>;
  readonly transitions: TransitionHandlers;
  /** Durations in this service, by name; `api.<operation>` is the duration of a call. */
  readonly latencies?: Latencies;
  /** Absent: AWS publishes no quota, and calls are not throttled. */
  readonly throttling?: Throttling;
  /** The error for a role that has no permission; absent: AccessDeniedException with HTTP status 400. */
  readonly accessDenied?: AccessDenied;
  /**
   * The role that an access key has, from a service that issues temporary credentials; `undefined`: none. Refuses
   * expired credentials.
   */
  readonly roleOfAccessKey?: (call: Call, accessKey: string) => RoleSession | undefined;
  /**
   * Converts an operation's input from JSON by the API's schemas: times become dates, and values of the wrong type
   * are refused. Absent if all inputs are already typed.
   */
  readonly read?: (operation: string, input: unknown) => Record<string, unknown>;
}

export type Services = Readonly<Record<string, Service>>;
