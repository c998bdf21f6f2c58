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

const LIMIT = 'States.DataLimitExceeded';

const isTooLarge = (json: string): boolean => Buffer.byteLength(json) > PAYLOAD_BYTES_MAX;

/** As recorded by localstack/localstack (test_states_errors.snapshot.json). */
const tooLarge = (what: string): string =>
  `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`;

/** Refuses what is more than a state takes in or gives out: the execution has failed, and no Catch helps. */
export function checkSize(state: string, json: string): void {
  if (isTooLarge(json)) throw new TerminalError(LIMIT, tooLarge(state));
}

/** A function as it is deployed, by its ARN. */
export interface DeployedFunction {
  readonly invoke: Invoke;
  /** How long it may take; absent: it has all the time. */
  readonly timeoutSeconds?: number;
}

export type Functions = Readonly<Record<string, DeployedFunction>>;

/** A Task state and the ARN of the function that it invokes. */
export interface Task {
  readonly state: string;
  readonly resource: string;
}

/**
 * Invokes a function as Lambda does for Step Functions: event and answer are JSON texts, and an exception comes back as its name
 * and a JSON text with its message. Faults kill the function before or after its effect, or invoke it twice at the same time.
 *
 * A function that has not answered in `timeoutSeconds` has timed out. What it is about goes on all the same, where Lambda would
 * freeze it: so nobody can rely on its having stopped, as on AWS nobody can rely on how far it came.
 */
export async function invokeLambda(
  world: World,
  functions: Functions,
  { state, resource }: Task,
  event: string,
): Promise<string> {
  const deployed = functions[resource];
  if (deployed === undefined) {
    throw new LambdaError(
      'Lambda.ResourceNotFoundException',
      `Function not found: ${resource} (Service: Lambda, Status Code: 404, Request ID: ${requestId(world)})`,
    );
  }
  const { invoke, timeoutSeconds } = deployed;
  const region = resource.split(':')[3] ?? '';
  const fault = strike(world, isLambdaFault, region, ({ lambda }) => lambda === state);
  if (fault?.happens === 'killed before') throw killed();
  try {
    const answered = invoke(JSON.parse(event));
    // Nobody hears what becomes of the other one.
    if (fault?.happens === 'invoked twice') invoke(JSON.parse(event)).catch(() => {});
    const answer = await (timeoutSeconds === undefined ? answered : inTime(world, answered, timeoutSeconds));
    if (fault?.happens === 'killed after') throw killed();
    const json = asJson(answer);
    if (isTooLarge(json)) throw new LambdaError(LIMIT, tooLarge(resource));
    return json;
  } catch (error) {
    if (error instanceof LambdaError || !(error instanceof Error)) throw error;
    const { name, message, stack = '' } = error;
    const trace = stack.split('\n');
    throw new LambdaError(name, JSON.stringify({ errorType: name, errorMessage: message, trace }));
  }
}

/** A value as it passes; nothing passes as `null`. */
export const asJson = (value: unknown): string => JSON.stringify(value ?? null);

/** What Step Functions sees of a function whose process died. */
export function killed(): LambdaError {
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
