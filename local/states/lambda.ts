import { isLambdaFault, strike } from '../aws/faults.ts';
import { requestId } from '../aws/operation.ts';
import type { World } from '../aws/world.ts';

export type Invoke = (payload: unknown) => Promise<unknown>;

/** An error as Step Functions sees it: its name is matched by `ErrorEquals`, its message becomes the `Cause`. */
export class LambdaError extends Error {
  override name: string;

  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}

/** The most that a state takes in or gives out, in bytes of UTF-8 (Step Functions, "Service quotas"). */
const PAYLOAD_BYTES_MAX = 262_144;

/** An error that ends the execution: neither Retry nor Catch helps. The library asks the error itself. */
export class TerminalError extends LambdaError {
  readonly isRetryable = false;
  readonly isCatchable = false;
}

/**
 * Refuses what is more than a state takes in or gives out. States.ALL does not match this error on AWS; here no Catch does, not
 * even one that names it.
 */
export function checkSize(state: string, json: string): void {
  if (Buffer.byteLength(json) <= PAYLOAD_BYTES_MAX) return;
  throw new TerminalError(
    'States.DataLimitExceeded',
    `The state/task '${state}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
}

/**
 * Invokes a function as Lambda does for Step Functions: payload and answer pass as JSON, and an exception comes back as its name and
 * a JSON text with its message. Faults kill the function before or after its effect, or invoke it twice at the same time.
 *
 * A function that has not answered in `timeoutSeconds` has timed out. What it is about goes on all the same, where Lambda would
 * freeze it: so nobody can rely on its having stopped, as on AWS nobody can rely on how far it came.
 */
export async function invokeLambda(
  world: World,
  region: string,
  state: string,
  invoke: Invoke,
  payload: unknown,
  timeoutSeconds?: number,
): Promise<never> {
  const fault = strike(world, isLambdaFault, region, ({ lambda }) => lambda === state);
  if (fault?.happens === 'killed before') throw killed();
  const event = overWire(state, payload);
  try {
    const answered = invoke(structuredClone(event));
    // Nobody hears what becomes of the other one.
    if (fault?.happens === 'invoked twice') invoke(structuredClone(event)).catch(() => {});
    const answer = await (timeoutSeconds === undefined ? answered : inTime(world, answered, timeoutSeconds));
    if (fault?.happens === 'killed after') throw killed();
    return overWire(state, answer) as never;
  } catch (error) {
    if (error instanceof LambdaError || !(error instanceof Error)) throw error;
    const { name, message, stack = '' } = error;
    const trace = stack.split('\n');
    throw new LambdaError(name, JSON.stringify({ errorType: name, errorMessage: message, trace }));
  }
}

/** What Step Functions sees of a function whose process died. */
function killed(): LambdaError {
  return new LambdaError(
    'Lambda.Unknown',
    'The cause could not be determined because Lambda did not return an error type. Returned payload: ' +
      '{"errorMessage":"RequestId: 00000000-0000-0000-0000-000000000000 Error: Runtime exited with error: signal: killed"}',
  );
}

/** Lambda's own words for a time-out, by which Step Functions knows it. */
async function inTime(world: World, answered: Promise<unknown>, seconds: number): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const errorType = 'Sandbox.Timedout';
      const errorMessage = `RequestId: ${requestId(world)} Error: Task timed out after ${seconds.toFixed(2)} seconds`;
      reject(new LambdaError(errorType, JSON.stringify({ errorType, errorMessage })));
    }, seconds * 1000);
  });
  try {
    return await Promise.race([answered, late]);
  } finally {
    // A timer that is left would keep the simulation going.
    clearTimeout(timer);
  }
}

/** As JSON, in which nothing is `null`. */
function overWire(state: string, value: unknown): unknown {
  const json = JSON.stringify(value ?? null);
  checkSize(state, json);
  return JSON.parse(json);
}
