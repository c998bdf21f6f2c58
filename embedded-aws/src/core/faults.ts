import type * as z from 'zod/mini';
import type { callFault, readsFault } from './fault-schema.ts';
import { draw } from './random.ts';

/** An API call is refused, or takes effect and its response is lost. */
export type CallFault = z.output<ReturnType<typeof callFault>>;
/** Callers do not see the next writes to resources of a kind for a while. */
export type ReadsFault = z.output<ReturnType<typeof readsFault>>;

/**
 * The kinds of faults, by the first field of a fault. Each service adds its kinds to this interface in its
 * `faults.ts`; the core knows no service.
 */
export interface FaultKinds {
  readonly call: CallFault;
  readonly reads: ReadsFault;
}

/**
 * A fault of a simulation, as data: the schemas of the kinds describe each field. `region`, `where`, `skip` and
 * `chance` limit where the fault strikes. `times` is how often the fault strikes: a number (default 1) or `always`.
 */
export type Fault = FaultKinds[keyof FaultKinds];

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
export function strike<Kind extends keyof FaultKinds>(
  { seed, faults, faultsMet }: Faulty,
  kind: Kind,
  region: string | undefined,
  matches: (fault: FaultKinds[Kind]) => boolean,
): FaultKinds[Kind] | undefined {
  const isOfKind = (fault: Fault): fault is FaultKinds[Kind] => kind in fault;
  for (const [index, fault] of faults.entries()) {
    if (!isOfKind(fault) || !matches(fault)) continue;
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

/** Whether `actual` contains everything that `expected` names. A list must match in its first elements. */
export function holds(actual: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return actual === expected;
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.entries(expected).every(([key, value]) =>
    holds((actual as Record<string, unknown>)[key], value),
  );
}
