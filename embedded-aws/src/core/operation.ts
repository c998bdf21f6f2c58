import { checkAccess } from './authorization.ts';
import { copyOf } from './copy.ts';
import { AwsError, notEmulated } from './errors.ts';
import { holds, strike } from './faults.ts';
import { uuid } from './random.ts';
import type { RoleSession } from './roles.ts';
import type { Answer, Call, Service, Services } from './service.ts';
import { throttle } from './throttling.ts';
import { settle } from './transitions.ts';
import { count, isEnabled, type World } from './world.ts';

/** Error codes with a 5xx status, unless a fault gives another status (EC2 API reference, Error codes). */
const serverErrors: Readonly<Record<string, number>> = {
  InsufficientInstanceCapacity: 500,
  InternalError: 500,
  InternalServerError: 500,
  ServiceUnavailable: 503,
  Unavailable: 503,
  RequestLimitExceeded: 503,
};

/** Performs one operation after all due transitions. Does not wait if the response is a promise. */
export const perform = (services: Services, world: World, request: Request): Record<string, unknown> =>
  withoutWaiting(answerTo(services, world, request));

/** Performs one operation after all due transitions. */
export function answerTo(
  services: Services,
  world: World,
  {
    service: serviceName,
    operation: operationName,
    input,
    account,
    region,
    accessKey,
    inner = false,
  }: Request,
): Answer {
  const service = services[serviceName];
  if (service === undefined) throw notEmulated(`the service ${serviceName}`);
  settle(world, services);
  if (!isEnabled(world, account, region)) {
    // AWS returns this error in a region that the account has not enabled.
    throw new AwsError('AuthFailure', 'AWS was not able to validate the provided access credentials', 401);
  }
  const signed = accessKey === undefined ? {} : { accessKey };
  return startOperation(service, operationName, input, {
    world,
    account,
    region,
    now: world.now(),
    ...signed,
    services,
    inner,
  });
}

/** Performs one operation for AWS itself, where no caller waits for the response. */
export const carryOut = (
  service: Service,
  operationName: string,
  input: Record<string, unknown>,
  call: Call,
): Record<string, unknown> => withoutWaiting(startOperation(service, operationName, input, call));

/** A caller that does not wait gets an empty response instead of a promise. */
const withoutWaiting = (answer: Answer): Record<string, unknown> => (answer instanceof Promise ? {} : answer);

/**
 * Performs one operation. Refuses what is not emulated, and applies a fault that strikes (instead of the operation,
 * or instead of its response). Returns a copy, so that callers hold no part of the world.
 */
export function startOperation(
  service: Service,
  operationName: string,
  input: Record<string, unknown>,
  call: Call,
): Answer {
  const operation = service.operations[operationName];
  if (operation === undefined) throw notEmulated(`${service.name}:${operationName}`);
  for (const path of pathsOf(input)) {
    if (!isAccepted(path, operation.accepts)) {
      throw notEmulated(`${service.name}:${operationName} with the parameter ${path}`);
    }
  }
  const { world, account, region, now } = call;
  const role = call.role ?? roleOfCaller(call);
  if (role !== undefined) {
    checkAccess(
      world.authorize,
      { role, account, region, service: service.name, operation: operationName, input },
      service.accessDenied,
    );
  }
  if (world.throttling !== undefined && service.throttling !== undefined) {
    const { kind } = operation;
    throttle(world.throttling, service.throttling, {
      operation: operationName,
      kind,
      input,
      account,
      region,
      now,
    });
  }
  const fault = strike(
    call.world,
    'call',
    call.region,
    (candidate) =>
      (candidate.call === operationName || (candidate.call === '*' && !call.inner)) &&
      (candidate.service ?? service.name) === service.name &&
      holds(input, candidate.where ?? {}),
  );
  const error =
    fault &&
    new AwsError(
      fault.error,
      fault.message ?? `${fault.error} (a fault of the simulation)`,
      fault.status ?? serverErrors[fault.error] ?? 400,
    );
  if (error && !fault.afterEffect) throw error;
  const output = operation.run(copyOf(input), call);
  if (error) throw error;
  return output instanceof Promise ? output.then(copyOf) : copyOf(output);
}

/** The role of the temporary credentials that signed the call; `undefined`: the call has no role. */
function roleOfCaller(call: Call): RoleSession | undefined {
  const { accessKey, services } = call;
  if (accessKey === undefined) return undefined;
  for (const service of Object.values(services)) {
    const role = service.roleOfAccessKey?.(call, accessKey);
    if (role !== undefined) return role;
  }
  return undefined;
}

export interface Request {
  readonly service: string;
  readonly operation: string;
  readonly input: Record<string, unknown>;
  readonly account: string;
  readonly region: string;
  /** The access key that the call was signed with. */
  readonly accessKey?: string;
  readonly inner?: boolean;
}

export function requestId(world: World): string {
  return uuid(world.seed, 'request', count(world, 'request'));
}

/** The paths of all given parameters, such as `BlockDeviceMappings.Ebs.VolumeSize`. */
function pathsOf(value: unknown, prefix = ''): string[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return [...new Set(value.flatMap((item) => pathsOf(item, prefix)))];
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || value instanceof Date) {
    return prefix === '' ? [] : [prefix];
  }
  return Object.entries(value).flatMap(([key, item]) =>
    pathsOf(item, prefix === '' ? key : `${prefix}.${key}`),
  );
}

function isAccepted(path: string, accepts: readonly string[]): boolean {
  return accepts.some((accepted) => {
    if (accepted === path) return true;
    const star = accepted.indexOf('*');
    return star !== -1 && path.startsWith(accepted.slice(0, star));
  });
}
