import { strike } from '../core/faults.ts';
import { requestId } from '../core/operation.ts';
import type { World } from '../core/world.ts';
import type { DeployedFunction } from './functions.ts';

/** The result of an invocation as JSON text: the response, or the runtime's description of the error. */
export interface Outcome {
  readonly failed: boolean;
  readonly payload: string;
}

interface Run {
  readonly deployed: DeployedFunction;
  readonly region: string;
  /** The name by which faults select this invocation. */
  readonly name: string;
}

/**
 * The maximum size of a response in bytes (Lambda developer guide, Quotas: 6 MB; AWS's error text names a limit that
 * is a hundred bytes higher).
 */
const answerBytesMax = 6_291_556;

/** The payload that AWS returns for a function whose process died. */
export const killedPayload =
  '{"errorMessage":"RequestId: 00000000-0000-0000-0000-000000000000 Error: Runtime exited with error: signal: killed"}';
const killed: Outcome = { failed: true, payload: killedPayload };

/**
 * Runs a function as Lambda does: event and response are JSON texts. Faults kill the function before or after its
 * effect, or run it twice at the same time.
 *
 * A function without a response after `timeoutSeconds` has timed out. Its code continues here, while Lambda would
 * freeze it. Callers cannot rely on the code having stopped. On AWS, callers cannot rely on how far the code got.
 */
export async function runFunction(world: World, run: Run, event: string): Promise<Outcome> {
  const { invoke, timeoutSeconds } = run.deployed;
  const fault = strike(world, 'lambda', run.region, ({ lambda }) => lambda === run.name);
  if (fault?.happens === 'killed before') return killed;
  try {
    const answered = invoke(JSON.parse(event)).then(answer);
    // The result of the second run is ignored.
    if (fault?.happens === 'invoked twice') invoke(JSON.parse(event)).catch(() => {});
    const outcome = await (timeoutSeconds === undefined ? answered : inTime(world, answered, timeoutSeconds));
    return fault?.happens === 'killed after' && !outcome.failed ? killed : outcome;
  } catch (error) {
    return thrown(error);
  }
}

/** A value as JSON text; `undefined` becomes `null`. */
export const asJson = (value: unknown): string => JSON.stringify(value ?? null);

function answer(value: unknown): Outcome {
  const payload = asJson(value);
  if (Buffer.byteLength(payload) <= answerBytesMax) return { failed: false, payload };
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${answerBytesMax} bytes).`;
  return failure({ errorType: 'Function.ResponseSizeTooLarge', errorMessage });
}

/** In the form of the Node.js runtime (aws/aws-lambda-nodejs-runtime-interface-client, Errors). */
function thrown(error: unknown): Outcome {
  if (!(error instanceof Error)) {
    return failure({ errorType: typeof error, errorMessage: String(error), trace: [] });
  }
  const { name, message, stack = '' } = error;
  return failure({ errorType: name, errorMessage: message, trace: stack.split('\n') });
}

const failure = (error: object): Outcome => ({ failed: true, payload: JSON.stringify(error) });

async function inTime(world: World, answered: Promise<Outcome>, seconds: number): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => {
      const errorMessage = `RequestId: ${requestId(world)} Error: Task timed out after ${seconds.toFixed(2)} seconds`;
      resolve(failure({ errorType: 'Sandbox.Timedout', errorMessage }));
    }, seconds * 1000);
  });
  try {
    return await Promise.race([answered, late]);
  } finally {
    // A remaining timer would keep the simulation running.
    clearTimeout(timer);
  }
}
