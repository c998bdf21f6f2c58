import { AwsError } from './errors.ts';

/**
 * The checks that AWS's service framework makes of a request by its model, before the service sees it, in its words. Each answers what is
 * wrong, or nothing; `check` gathers up to ten of them in one message.
 */
type Violation = string | undefined;

export function present(at: string, value: unknown): Violation {
  return value === undefined || value === null ? violation(at, value, 'Member must not be null') : undefined;
}

export function oneOf(at: string, value: string | undefined, allowed: readonly string[]): Violation {
  if (value === undefined || allowed.includes(value)) return undefined;
  return violation(at, value, `Member must satisfy enum value set: [${allowed.join(', ')}]`);
}

/** The length of a text or list, or the number of keys of a map. */
export function sized(
  at: string,
  value: unknown,
  { min = 0, max }: { min?: number; max?: number },
): Violation {
  if (value === undefined || value === null) return undefined;
  const length = typeof value === 'string' || Array.isArray(value) ? value.length : Object.keys(value).length;
  if (length < min) return violation(at, value, `Member must have length greater than or equal to ${min}`);
  if (max !== undefined && length > max) {
    return violation(at, value, `Member must have length less than or equal to ${max}`);
  }
  return undefined;
}

export function within(
  at: string,
  value: number | undefined,
  { min, max }: { min?: number; max?: number },
): Violation {
  if (value === undefined) return undefined;
  if (min !== undefined && value < min) {
    return violation(at, value, `Member must have value greater than or equal to ${min}`);
  }
  if (max !== undefined && value > max) {
    return violation(at, value, `Member must have value less than or equal to ${max}`);
  }
  return undefined;
}

export function shaped(at: string, value: string | undefined, pattern: string): Violation {
  if (value === undefined || new RegExp(`^(?:${pattern})$`, 'u').test(value)) return undefined;
  return violation(at, value, `Member must satisfy regular expression pattern: ${pattern}`);
}

/** `code` is what the service calls such an error: `ValidationException`, or `ValidationError` where it speaks AWS query. */
export function check(code: string, violations: readonly Violation[]): void {
  const found = violations.filter((text) => text !== undefined).slice(0, 10);
  if (found.length === 0) return;
  const errors = found.length === 1 ? 'error' : 'errors';
  throw new AwsError(code, `${found.length} validation ${errors} detected: ${found.join('; ')}`);
}

function violation(at: string, value: unknown, constraint: string): string {
  const shown = value === undefined || value === null ? 'null' : `'${written(value)}'`;
  return `Value ${shown} at '${at}' failed to satisfy constraint: ${constraint}`;
}

/** A value as the framework, which is Java, writes it. */
function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return String(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}=${written(item)}`)
    .join(', ')}}`;
}
