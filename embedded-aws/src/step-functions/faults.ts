import * as z from 'zod/mini';
import { type FaultNames, field, occurrence } from '../core/fault-schema.ts';

const executionFault = ({ states }: FaultNames) =>
  z.strictObject({
    execution: field(z.enum(['aborted']), 'What happens to the execution: it is stopped.', {
      allowed: 'aborted',
      fix: 'write execution: aborted',
    }),
    state: field(z.enum([...states]), 'The state. The execution is stopped when it enters this state.', {
      wrong: 'which is not a state of a state machine',
      allowed: states.join(', '),
    }),
    ...occurrence,
  });

/** The kinds of faults of Step Functions. */
export const stepFunctionsFaults = (names: FaultNames) => ({ execution: executionFault(names) });

/** An execution is stopped when it enters a state, as StopExecution does. */
export type ExecutionFault = z.output<ReturnType<typeof executionFault>>;

declare module '../core/faults.ts' {
  interface FaultKinds {
    readonly execution: ExecutionFault;
  }
}

declare module '../core/fault-schema.ts' {
  interface FaultNames {
    /** The states of the state machines. */
    readonly states: readonly string[];
  }
}
