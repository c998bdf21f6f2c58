import * as z from 'zod/mini';
import { type FaultNames, field, occurrence } from '../core/fault-schema.ts';

const lambdaFault = ({ functions }: FaultNames) =>
  z.strictObject({
    lambda: field(
      z.enum([...functions]),
      'The Task state of the affected function, or a function that no state machine invokes.',
      {
        wrong: 'which is not one of the allowed names',
        allowed: functions.join(', '),
      },
    ),
    happens: field(
      z.enum(['killed before', 'killed after', 'invoked twice']),
      'What happens to the function: it is killed before it does anything, it is killed after its work, or it runs twice.',
    ),
    ...occurrence,
  });

/** The kinds of faults of Lambda. */
export const lambdaFaults = (names: FaultNames) => ({ lambda: lambdaFault(names) });

/** A Lambda function is killed before or after its effect, or is invoked twice in one turn of its state. */
export type LambdaFault = z.output<ReturnType<typeof lambdaFault>>;

declare module '../core/faults.ts' {
  interface FaultKinds {
    readonly lambda: LambdaFault;
  }
}

declare module '../core/fault-schema.ts' {
  interface FaultNames {
    /** The Task states, and the functions that no state machine invokes. */
    readonly functions: readonly string[];
  }
}
