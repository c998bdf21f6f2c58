import type { AccessDenied } from './authorization.ts';
import type { Latencies } from './latency.ts';
import type { RoleSession } from './roles.ts';
import type { Throttling } from './throttling.ts';
import type { Stateful, World } from './world.ts';

/** Who calls, where and when. */
export interface Call {
  readonly world: World;
  readonly account: string;
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The access key that the call was signed with; absent in process. */
  readonly accessKey?: string;
  /** In whose rights AWS itself calls on somebody's behalf: of an automation, a schedule, a rule. */
  readonly role?: RoleSession;
  /** All that is emulated, for operations that have others carried out. */
  readonly services: Services;
  /** Whether AWS itself calls, on somebody's behalf: a fault of any call (`*`) does not mean these. */
  readonly inner?: boolean;
  /** The service of AWS that calls with no role, and the resource that it calls for: policies of resources have to let it. */
  readonly sender?: { readonly service: string; readonly sourceArn: string; readonly account: string };
}

/**
 * One operation of one service. `accepts` lists, by their paths, the parameters that are emulated (list indices left out, `*`
 * for the keys of a map); any other that is given is refused by name, never ignored.
 */
export interface Operation<Input, Output> {
  readonly kind: 'read' | 'write';
  readonly accepts: readonly string[];
  run(input: Input, call: Call): Omit<Output, '$metadata'>;
}

/** An operation whose answer may have to be awaited, since a user's own code makes it: that of a function that is invoked. */
export interface AwaitedOperation<Input, Output> extends Omit<Operation<Input, Output>, 'run'> {
  run(input: Input, call: Call): Omit<Output, '$metadata'> | Promise<Omit<Output, '$metadata'>>;
}

export type Answer = Record<string, unknown> | Promise<Record<string, unknown>>;

/** What a transition does, by its kind; `at` is the time at which it was due. */
export type TransitionHandlers = Readonly<
  Record<string, (world: World, id: string, at: number, services: Services) => void>
>;

/** One service of AWS: its operations, its part of the world, its durations and its limits. */
export interface Service extends Stateful {
  /** The SDK's service id in lower case. */
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: operations differ in their input, and the table holds them all.
  readonly operations: Readonly<Record<string, Operation<any, any> | AwaitedOperation<any, any>>>;
  readonly transitions: TransitionHandlers;
  /** How long things take in this service, by name; `api.<operation>` for the duration of a call. */
  readonly latencies?: Latencies;
  /** Absent: no quota is published, and nothing is throttled. */
  readonly throttling?: Throttling;
  /** The error for a role that has no permission; absent: AccessDeniedException with HTTP status 400. */
  readonly accessDenied?: AccessDenied;
  /**
   * Reads an operation's input as somebody wrote it in JSON, by the API's own schemas: times become dates, and what is of the wrong
   * type is refused. Absent where nothing comes in but what is typed already.
   */
  readonly read?: (operation: string, input: unknown) => Record<string, unknown>;
}

export type Services = Readonly<Record<string, Service>>;
