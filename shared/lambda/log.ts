import { versionOf } from '../build/version.ts';
import type { Log } from './deps.ts';

/** The fields that identify the log lines of one build. Unknown fields are left out. A step that is not part of a build has none. */
export interface LogKeys {
  readonly execution?: string;
  readonly recipe?: string;
  readonly version?: string;
}

/** Reads the keys from the input of a step. The input may be invalid: then the keys are needed most. */
export function logKeysOf(event: unknown): LogKeys {
  const { execution: name, startTime, document } = fields(event);
  const { plan, recipe: requested } = fields(document);
  const execution = text(name);
  // Before Plan, the document contains only the requested recipe: its name, or a complete recipe.
  const recipe = text(fields(plan).recipe) ?? text(requested) ?? text(fields(requested).name);
  const version = text(fields(plan).version) ?? versionFrom(execution, text(startTime));
  return {
    ...(execution === undefined ? {} : { execution }),
    ...(recipe === undefined ? {} : { recipe }),
    ...(version === undefined ? {} : { version }),
  };
}

/**
 * A log that adds keys to every line. Each invocation of a step has its own log, so that in a warm function no line carries the keys of
 * the previous invocation.
 */
export function logWith(log: Log, keys: LogKeys): Log {
  return {
    info: (message, details) => log.info(message, { ...keys, ...details }),
    warn: (message, details) => log.warn(message, { ...keys, ...details }),
  };
}

function versionFrom(execution: string | undefined, startTime: string | undefined): string | undefined {
  const isTime = startTime !== undefined && !Number.isNaN(Date.parse(startTime));
  return execution !== undefined && isTime ? versionOf(execution, startTime) : undefined;
}

const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
