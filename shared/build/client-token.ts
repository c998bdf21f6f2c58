import { createHash } from 'node:crypto';

/**
 * A client token: the same for a retry of the same attempt, which then finds what the first try made, and another for anything
 * else. 64 characters, the most that EC2 takes.
 */
export function clientToken(...parts: (string | number)[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

/** The same in the form of a UUID, which SSM Automation demands. */
export function clientTokenUuid(...parts: (string | number)[]): string {
  const h = clientToken(...parts);
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-5${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20, 32)}`;
}
