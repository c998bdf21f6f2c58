import { checkAccess } from '../core/authorization.ts';
import { AwsError } from '../core/errors.ts';
import { requestId } from '../core/operation.ts';
import type { RoleSession } from '../core/roles.ts';
import type { World } from '../core/world.ts';
import { lambda } from '../lambda/index.ts';
import { killedPayload, runFunction } from '../lambda/run-function.ts';

/** An error as Step Functions sees it: `ErrorEquals` matches its name, and its message becomes the `Cause`. */
export class LambdaError extends Error {
  override name: string;

  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}

/** The maximum size of a state's input and output, in bytes of UTF-8 (Step Functions, "Service quotas"). */
const PAYLOAD_BYTES_MAX = 262_144;

/** An error that ends the execution: Retry and Catch do not apply. The library reads these properties. */
export class TerminalError extends LambdaError {
  readonly isRetryable = false;
  readonly isCatchable = false;
}

const LIMIT = 'States.DataLimitExceeded';

const isTooLarge = (json: string): boolean => Buffer.byteLength(json) > PAYLOAD_BYTES_MAX;

/** Recorded by localstack/localstack (test_states_errors.snapshot.json). */
const tooLarge = (what: string): string =>
  `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`;

/** Refuses an input or output that is too large: the execution fails, and Catch does not apply. */
export function checkSize(state: string, json: string): void {
  if (isTooLarge(json)) throw new TerminalError(LIMIT, tooLarge(state));
}

/** A Task state and the ARN of the function that it invokes. */
export interface Task {
  readonly state: string;
  readonly resource: string;
  /** The role that invokes the function; absent: permissions are not checked. */
  readonly role?: RoleSession;
}

/** Invokes a function for Step Functions: event and response are JSON texts. */
export async function invokeLambda(
  world: World,
  { state, resource, role }: Task,
  event: string,
): Promise<string> {
  if (role !== undefined) checkPermission(world, resource, role);
  const deployed = world.functions.get(resource);
  if (deployed === undefined) {
    throw new LambdaError(
      'Lambda.ResourceNotFoundException',
      `Function not found: ${resource} (Service: Lambda, Status Code: 404, Request ID: ${requestId(world)})`,
    );
  }
  const region = resource.split(':')[3] ?? '';
  const { failed, payload } = await runFunction(world, { deployed, region, name: state }, event);
  if (failed) throw errorOf(payload);
  if (isTooLarge(payload)) throw new LambdaError(LIMIT, tooLarge(resource));
  return payload;
}

/** Recorded in awslabs/aws-deployment-framework#460. */
function checkPermission(world: World, resource: string, role: RoleSession): void {
  const [, , , region = '', account = ''] = resource.split(':');
  const input = { FunctionName: resource };
  try {
    const request = { role, account, region, service: 'lambda', operation: 'Invoke', input };
    checkAccess(world.authorize, request, lambda.accessDenied);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { message, code, httpStatus } = error;
    const details = `Service: AWSLambda; Status Code: ${httpStatus}; Error Code: ${code}; Request ID: ${requestId(world)}; Proxy: null`;
    throw new LambdaError('Lambda.AWSLambdaException', `${message} (${details})`);
  }
}

/** The error of a failed invocation. A runtime that died gives no error type. */
function errorOf(payload: string): LambdaError {
  const { errorType } = JSON.parse(payload);
  if (typeof errorType === 'string') return new LambdaError(errorType, payload);
  return new LambdaError(
    'Lambda.Unknown',
    `The cause could not be determined because Lambda did not return an error type. Returned payload: ${payload}`,
  );
}

/** The error of a function whose process died. */
export const killed = (): LambdaError => errorOf(killedPayload);
