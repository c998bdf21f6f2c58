import { isLambdaFault, strike } from '../aws/faults.ts';
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

/**
 * Invokes a function as Lambda does for Step Functions: payload and answer pass as JSON, and an exception comes back as its name and
 * a JSON text with its message. Faults kill the function before or after its effect, or invoke it twice.
 */
export async function invokeLambda(
  world: World,
  region: string,
  state: string,
  invoke: Invoke,
  payload: unknown,
): Promise<never> {
  const fault = strike(world, isLambdaFault, region, ({ lambda }) => lambda === state);
  if (fault?.happens === 'killed before') throw killed();
  const event = overWire(payload);
  try {
    if (fault?.happens === 'invoked twice') await invoke(structuredClone(event));
    const answer = await invoke(event);
    if (fault?.happens === 'killed after') throw killed();
    return overWire(answer ?? null) as never;
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

function overWire(value: unknown): unknown {
  const json = JSON.stringify(value);
  if (Buffer.byteLength(json) > PAYLOAD_BYTES_MAX) {
    throw new LambdaError(
      'States.DataLimitExceeded',
      `The state/task returned a result with a size exceeding the maximum number of bytes service limit.`,
    );
  }
  return JSON.parse(json);
}
