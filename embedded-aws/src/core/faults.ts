import type * as z from 'zod/mini';
import type { faultsSchema } from './fault-schema.ts';
import { draw } from './random.ts';

/**
 * The faults of a simulation, as data: `fault-schema.ts` describes each kind and field. The first field of a
 * fault is its kind: `call`, `reads`, `instance`, `image`, `agent`, `command`, `automation`, `lambda` or
 * `execution`. `region`, `where`, `skip` and `chance` limit where the fault strikes. `times` is how often the
 * fault strikes: a number (default 1) or `always`.
 */
export type Fault = z.output<ReturnType<typeof faultsSchema>>['faults'][number];

type FaultOf<Place extends string> = Extract<Fault, Record<Place, unknown>>;
/** An API call is refused, or takes effect and its response is lost. */
export type CallFault = FaultOf<'call'>;
/** Callers do not see the next writes to resources of a kind for a while. */
export type ReadsFault = FaultOf<'reads'>;
/** An accepted instance is terminated by AWS. */
export type InstanceFault = FaultOf<'instance'>;
/** An image that CreateImage or CopyImage started becomes `failed`, or stays `pending` forever. */
export type ImageFault = FaultOf<'image'>;
/** The SSM agent of an instance never comes online. */
export type AgentFault = FaultOf<'agent'>;
/** A step of a command on a guest fails, or never ends. */
export type CommandFault = FaultOf<'command'>;
/** A step of an automation fails in the service itself, or never ends. */
export type AutomationFault = FaultOf<'automation'>;
/** A Lambda function is killed before or after its effect, or is invoked twice in one turn of its state. */
export type LambdaFault = FaultOf<'lambda'>;
/** An execution is stopped when it enters a state, as StopExecution does. */
export type ExecutionFault = FaultOf<'execution'>;

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
