import { isFields } from './as-deployed.ts';

/** The number of characters of a value that a message repeats. */
const INLINE_MAX = 80;

/** Text that YAML reads as the same string without quotes. */
const PLAIN = /^[A-Za-z/][\w./:-]*( [\w./-]+)*$/;
const NOT_A_STRING = /^(true|false|null|.*:)$/i;

/** A value as YAML on one line. A value that is too long is left out. */
export function inline(value: unknown): string {
  const text = flow(value);
  return text.length > INLINE_MAX ? '…' : text;
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (isFields(value)) {
    const entries = Object.entries(value).map(([key, one]) => `${flow(key)}: ${flow(one)}`);
    return `{ ${entries.join(', ')} }`;
  }
  if (typeof value !== 'string') return String(value);
  return PLAIN.test(value) && !NOT_A_STRING.test(value) ? value : JSON.stringify(value);
}
