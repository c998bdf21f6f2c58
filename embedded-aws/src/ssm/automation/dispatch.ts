import { notEmulated } from '../../core/errors.ts';
import { carryOut } from '../../core/operation.ts';
import type { RoleSession } from '../../core/roles.ts';
import type { Call, Services } from '../../core/service.ts';
import type { World } from '../../core/world.ts';

export interface ApiCall {
  readonly service: string;
  /** The API's name in AWS's or boto3's spelling: `DescribeInstances` or `describe_instances`. */
  readonly api: string;
  readonly input: Record<string, unknown>;
  readonly account: string;
  readonly region: string;
  readonly role?: RoleSession;
  readonly at: number;
}

/**
 * Performs an operation on behalf of an automation at the time of its step. When the world catches
 * up, that time is in the past. Therefore this function must not process due transitions.
 */
export function callApi(
  world: World,
  services: Services,
  { service, api, input, account, region, role, at }: ApiCall,
): unknown {
  const found = services[service.toLowerCase()];
  if (found === undefined) throw notEmulated(`the service ${service} in an Automation document`);
  const call: Call = { world, account, region, now: at, ...(role && { role }), services, inner: true };
  const operation = operationName(api);
  return carryOut(found, operation, found.read?.(operation, input) ?? input, call);
}

export function operationName(api: string): string {
  if (/^[A-Z]/.test(api)) return api;
  return api.replaceAll(/(^|_)([a-z])/g, (_, _underscore: string, letter: string) => letter.toUpperCase());
}
