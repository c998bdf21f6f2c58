/**
 * What goes wrong in a simulation, as data. Each fault names where it strikes (`call`, `instance`, `image`, `agent`, `command`,
 * `automation`), narrows it (`region`, `where`, `skip`), and says what happens, and how often (`times`, 1 unless given, or
 * `always`).
 */
export type Fault =
  | CallFault
  | InstanceFault
  | ImageFault
  | AgentFault
  | CommandFault
  | AutomationFault
  | LambdaFault;

interface Occurrence {
  /** Strikes only in this region. */
  readonly region?: string;
  /** Lets so many occasions pass before it strikes. */
  readonly skip?: number;
  /** On how many occasions it strikes; 1 unless given. */
  readonly times?: number | 'always';
}

/** An API call is refused, or its answer lost after it took effect. */
export interface CallFault extends Occurrence {
  readonly call: string;
  /** Parameters that the call must carry, by their AWS names. */
  readonly where?: Readonly<Record<string, unknown>>;
  /** AWS's error code, such as `InsufficientInstanceCapacity`. */
  readonly error: string;
  readonly message?: string;
  /** HTTP status; 400 unless given, 500 or 503 for the codes that EC2 answers so. */
  readonly status?: number;
  /** The call takes effect all the same; only its answer is the error. */
  readonly afterEffect?: boolean;
}

/** An accepted instance ends by itself, `afterSeconds` after its launch. */
export interface InstanceFault extends Occurrence {
  readonly instance: 'terminates';
  readonly where?: Readonly<Record<string, unknown>>;
  readonly afterSeconds: number;
  /** State reason code, such as `Server.InsufficientInstanceCapacity`. */
  readonly reason: string;
  readonly message?: string;
}

/** An image that was begun (by CreateImage or CopyImage) ends `failed`, or stays `pending` for good. */
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

/** A step of an automation fails in the service itself. */
export interface AutomationFault extends Occurrence {
  readonly automation: string;
  readonly message?: string;
}

/** A Lambda function is killed before or after it took effect, or is invoked twice for one turn of its state. */
export interface LambdaFault extends Occurrence {
  /** The name of the Task state. */
  readonly lambda: string;
  readonly happens: 'killed before' | 'killed after' | 'invoked twice';
}

/** Where faults strike: a world has both. */
export interface Faulty {
  readonly faults: readonly Fault[];
  /** On how many occasions each fault was met, by its index. */
  readonly faultsMet: number[];
}

/**
 * The fault that strikes on this occasion, if any. Counting is part of the world: a fault that has struck often enough is spent.
 * `matches` narrows by what only the caller knows.
 */
export function strike<K extends Fault>(
  { faults, faultsMet }: Faulty,
  isKind: (fault: Fault) => fault is K,
  region: string,
  matches: (fault: K) => boolean,
): K | undefined {
  for (const [index, fault] of faults.entries()) {
    if (!isKind(fault) || (fault.region !== undefined && fault.region !== region) || !matches(fault))
      continue;
    const met = faultsMet[index] ?? 0;
    faultsMet[index] = met + 1;
    const skip = fault.skip ?? 0;
    const times = fault.times === 'always' ? Number.POSITIVE_INFINITY : (fault.times ?? 1);
    if (met >= skip && met < skip + times) return fault;
  }
  return undefined;
}

export const isCallFault = (fault: Fault): fault is CallFault => 'call' in fault;
export const isInstanceFault = (fault: Fault): fault is InstanceFault => 'instance' in fault;
export const isImageFault = (fault: Fault): fault is ImageFault => 'image' in fault;
export const isAgentFault = (fault: Fault): fault is AgentFault => 'agent' in fault;
export const isCommandFault = (fault: Fault): fault is CommandFault => 'command' in fault;
export const isLambdaFault = (fault: Fault): fault is LambdaFault => 'lambda' in fault;
export const isAutomationFault = (fault: Fault): fault is AutomationFault => 'automation' in fault;

/** Whether `actual` holds everything that `expected` names; of a list, as many of its first elements. */
export function holds(actual: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return actual === expected;
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.entries(expected).every(([key, value]) =>
    holds((actual as Record<string, unknown>)[key], value),
  );
}
