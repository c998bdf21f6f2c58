import { AwsError } from '../core/errors.ts';
import type { Services } from '../core/service.ts';

/** A universal target: an operation of a service, named by `arn:aws:scheduler:::aws-sdk:service:operation`. */
export interface Universal {
  readonly service: string;
  /** In the form of the ARN: `startExecution`. */
  readonly api: string;
}

export function readUniversal(arn: string): Universal | undefined {
  const [, service, api] = /^arn:aws[\w-]*:scheduler:::aws-sdk:([^:]+):([^:]+)$/.exec(arn) ?? [];
  return service === undefined || api === undefined ? undefined : { service, api };
}

/**
 * Operations with these prefixes only read, and cannot be targets (EventBridge Scheduler user guide, Using universal
 * targets).
 */
const unsupported = [
  ...['get', 'describe', 'list', 'poll', 'receive', 'search', 'scan', 'query', 'select', 'read', 'lookup'],
  ...[
    'discover',
    'validate',
    'batchGet',
    'batchDescribe',
    'batchRead',
    'transactGet',
    'adminGet',
    'adminList',
  ],
  ...['testMigration', 'retrieve', 'testConnection', 'translateDocument', 'isAuthorized', 'invokeModel'],
];

export const isReadOnly = (api: string): boolean => unsupported.some((prefix) => api.startsWith(prefix));

/** The emulated operation of a universal target, and its name in the SDK. */
export function operationOf(services: Services, { service, api }: Universal) {
  const name = api.charAt(0).toUpperCase() + api.slice(1);
  const found = services[service];
  const operation = found && Object.hasOwn(found.operations, name) ? found.operations[name] : undefined;
  return found === undefined || operation === undefined ? undefined : { service: found, name, operation };
}

/**
 * The input of an operation with the SDK's member names. In a universal target all members start with a capital
 * letter, even for services whose members start with a small letter (EventBridge Scheduler user guide, the example
 * for Step Functions).
 */
export function sdkInput(value: unknown, accepts: readonly string[], prefix = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => sdkInput(item, accepts, prefix));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const isFree = accepts.some((path) => path === `${prefix}*`);
      if (!isFree && !/^[A-Z]/.test(key)) {
        throw new AwsError(
          'ValidationException',
          `The member ${key} of the input is unknown: its name begins with a capital.`,
        );
      }
      const small = key.charAt(0).toLowerCase() + key.slice(1);
      const isSmall = accepts.some(
        (path) => path === prefix + small || path.startsWith(`${prefix}${small}.`),
      );
      const name = !isFree && isSmall ? small : key;
      return [name, sdkInput(item, accepts, `${prefix}${name}.`)];
    }),
  );
}
