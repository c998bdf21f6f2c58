import { versionOf } from '../build/version.ts';
import type { Log } from './deps.ts';

/** By which the lines of one build are found. What is not known is left out: a step that is no part of a build has none of them. */
export interface LogKeys {
  readonly execution?: string;
  readonly recipe?: string;
  readonly version?: string;
}

/** The keys of what a step was given, which may be anything: they are wanted most where it is broken. */
export function logKeysOf(event: unknown): LogKeys {
  const { execution: name, startTime, document } = fields(event);
  const { plan, recipe: asked } = fields(document);
  const execution = text(name);
  // Before Plan there is what was asked for: the name of a recipe, or a whole one.
  const recipe = text(fields(plan).recipe) ?? text(asked) ?? text(fields(asked).name);
  const version = text(fields(plan).version) ?? versionFrom(execution, text(startTime));
  return {
    ...(execution === undefined ? {} : { execution }),
    ...(recipe === undefined ? {} : { recipe }),
    ...(version === undefined ? {} : { version }),
  };
}

/**
 * A log that puts keys on every line. Each call of a step has its own, so that there is nothing to remove afterwards: in a warm
 * function no line bears the keys of the call before.
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
