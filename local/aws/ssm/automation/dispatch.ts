import { notEmulated } from '../../errors.ts';
import { carryOut, type Service } from '../../operation.ts';
import type { World } from '../../world.ts';

/**
 * The operations that documents may call. Services register here when they are put together, since SSM is itself one of them
 * and an import of all of them from here would go in a circle.
 */
const services = new Map<string, Service>();

/** Lets documents call the operations of a service (aws:executeAwsApi and its kin). */
export function registerForAutomation(service: Service): void {
  services.set(service.name, service);
}

export interface ApiCall {
  readonly service: string;
  /** In the API's own writing or boto3's: `DescribeInstances` or `describe_instances`. */
  readonly api: string;
  readonly input: Record<string, unknown>;
  readonly account: string;
  readonly region: string;
  readonly at: number;
}

/**
 * Performs an operation on behalf of an automation at the time of its step, which lies in the past of whoever lets the world
 * catch up. So nothing is let happen here.
 */
export function callApi(world: World, { service, api, input, account, region, at }: ApiCall): unknown {
  const found = services.get(service.toLowerCase());
  if (found === undefined) throw notEmulated(`the service ${service} in an Automation document`);
  return carryOut(found, operationName(api), input, { world, account, region, now: at });
}

export function operationName(api: string): string {
  if (/^[A-Z]/.test(api)) return api;
  return api.replaceAll(/(^|_)([a-z])/g, (_, _underscore: string, letter: string) => letter.toUpperCase());
}
