import { createHash } from 'node:crypto';

/**
 * A client token: a retry of the same attempt has the same token, and so finds the resource of the first call. Every other call has a
 * different token. The token has 64 characters, the maximum of EC2.
 */
export function clientToken(...parts: (string | number)[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

/** A client token in the form of a UUID, which SSM Automation requires. */
export function clientTokenUuid(...parts: (string | number)[]): string {
  const h = clientToken(...parts);
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-5${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20, 32)}`;
}
