import { draw } from './random.ts';

/**
 * The faults of a simulation, as data. Each fault names where it strikes (`call`, `reads`, `instance`, `image`,
 * `agent`, `command`, `automation`, `lambda`, `execution`), narrows it (`region`, `where`, `skip`, `chance`), and
 * says what happens and how often (`times`; the default is 1; or `always`).
 */
export type Fault =
  | CallFault
  | ReadsFault
  | InstanceFault
  | ImageFault
  | AgentFault
  | CommandFault
  | AutomationFault
  | LambdaFault
  | ExecutionFault;

interface Occurrence {
  /** Strikes only in this region. */
  readonly region?: string;
  /** The number of occasions that pass before the fault strikes. */
  readonly skip?: number;
  /** The number of occasions on which the fault strikes. Default: 1. */
  readonly times?: number | 'always';
  /** The probability that the fault strikes on an occasion, drawn from the seed. Default: 1. */
  readonly chance?: number;
}

/** An API call is refused, or takes effect and its answer is lost. */
export interface CallFault extends Occurrence {
  /** The name of an operation, or `*` for any. */
  readonly call: string;
  /** The service's name, such as `kms`, for an operation that several services have. */
  readonly service?: string;
  /** Parameters that the call must contain, by their AWS names. */
  readonly where?: Readonly<Record<string, unknown>>;
  /** AWS's error code, such as `InsufficientInstanceCapacity`. */
  readonly error: string;
  readonly message?: string;
  /** HTTP status. Default: 500 or 503 for the codes that EC2 returns with these statuses, otherwise 400. */
  readonly status?: number;
  /** The call takes effect; only its answer is the error. */
  readonly afterEffect?: boolean;
}

/**
 * Reads are late: callers do not see the next writes to resources of a kind for a while. The fault strikes in all
 * regions.
 */
export interface ReadsFault extends Omit<Occurrence, 'region'> {
  readonly reads: 'lag';
  /** The prefix of the affected ids, such as `ami`. Default: all resources. */
  readonly of?: string;
  /** For how long callers do not see the write. */
  readonly seconds: number;
}

/** An accepted instance is terminated by AWS, `afterSeconds` after its launch. */
export interface InstanceFault extends Occurrence {
  readonly instance: 'terminates';
  readonly where?: Readonly<Record<string, unknown>>;
  readonly afterSeconds: number;
  /** State reason code, such as `Server.InsufficientInstanceCapacity`. */
  readonly reason: string;
  readonly message?: string;
}

/** An image that CreateImage or CopyImage started becomes `failed`, or stays `pending` forever. */
export interface ImageFault extends Occurrence {
  readonly image: 'fails' | 'hangs';
  readonly by?: 'CreateImage' | 'CopyImage';
  readonly message?: string;
}

/** The SSM agent of an instance never comes online. */
export interface AgentFault extends Occurrence {
  readonly agent: 'silent';
}

/** A step of a command on a guest fails, or never ends. */
export interface CommandFault extends Occurrence {
  /** The name of the document, or of one of its steps. */
  readonly command: string;
  readonly exitCode?: number;
  readonly output?: string;
  readonly hangs?: boolean;
}

/** A step of an automation fails in the service itself, or never ends. */
export interface AutomationFault extends Occurrence {
  readonly automation: string;
  readonly message?: string;
  readonly hangs?: boolean;
}

/** A Lambda function is killed before or after its effect, or is invoked twice in one turn of its state. */
export interface LambdaFault extends Occurrence {
  /** The name of the Task state. */
  readonly lambda: string;
  readonly happens: 'killed before' | 'killed after' | 'invoked twice';
}

/** An execution is stopped when it enters a state, as StopExecution does. */
export interface ExecutionFault extends Occurrence {
  readonly execution: 'aborted';
  /** The name of the state. */
  readonly state: string;
}

/** The state of the faults of a world. */
export interface Faulty {
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** The number of matching occasions so far, by the fault's index. */
  readonly faultsMet: number[];
}

/**
 * The fault that strikes on this occasion, if any. The world counts occasions: a fault that has struck `times` times
 * is used up. `matches` narrows by facts that only the caller knows.
 */
export function strike<K extends Fault>(
  { seed, faults, faultsMet }: Faulty,
  isKind: (fault: Fault) => fault is K,
  region: string | undefined,
  matches: (fault: K) => boolean,
): K | undefined {
  for (const [index, fault] of faults.entries()) {
    if (!isKind(fault) || !matches(fault)) continue;
    if ('region' in fault && fault.region !== undefined && fault.region !== region) continue;
    const met = faultsMet[index] ?? 0;
    faultsMet[index] = met + 1;
    const skip = fault.skip ?? 0;
    const times = fault.times === 'always' ? Number.POSITIVE_INFINITY : (fault.times ?? 1);
    if (met < skip || met >= skip + times) continue;
    if (fault.chance === undefined || draw(seed, 'fault', index, met) < fault.chance) return fault;
  }
  return undefined;
}

export const isCallFault = (fault: Fault): fault is CallFault => 'call' in fault;
export const isReadsFault = (fault: Fault): fault is ReadsFault => 'reads' in fault;
export const isInstanceFault = (fault: Fault): fault is InstanceFault => 'instance' in fault;
export const isImageFault = (fault: Fault): fault is ImageFault => 'image' in fault;
export const isAgentFault = (fault: Fault): fault is AgentFault => 'agent' in fault;
export const isCommandFault = (fault: Fault): fault is CommandFault => 'command' in fault;
export const isLambdaFault = (fault: Fault): fault is LambdaFault => 'lambda' in fault;
export const isExecutionFault = (fault: Fault): fault is ExecutionFault => 'execution' in fault;
export const isAutomationFault = (fault: Fault): fault is AutomationFault => 'automation' in fault;

/** Whether `actual` contains everything that `expected` names. A list must match in its first elements. */
export function holds(actual: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return actual === expected;
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.entries(expected).every(([key, value]) =>
    holds((actual as Record<string, unknown>)[key], value),
  );
}
