/**
 * Repeatable random numbers. A number depends on its keys and not on the order of draws, so an additional call
 * somewhere does not change the results of all others.
 */

/** A number in [0, 1) that depends only on the seed and the keys. */
export function draw(seed: number, ...keys: (string | number)[]): number {
  return spread(hashOf(keys.join('\u0000'), beginning(seed)));
}

const beginning = (seed: number): number => (0x811c9dc5 ^ seed) >>> 0;

/** The FNV-1a hash of a text, continued from the hash of the text before it. */
function hashOf(text: string, before: number): number {
  let hash = before;
  for (const character of text) {
    hash ^= character.codePointAt(0) ?? 0;
    hash = Math.imul(hash, 0x01000193) >>> 0;
  }
  return hash;
}

/** FNV-1a mixes only its low bits; this finaliser (from murmur3) spreads them over the word. */
function spread(mixed: number): number {
  let hash = mixed ^ (mixed >>> 16);
  hash = Math.imul(hash, 0x85ebca6b) >>> 0;
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35) >>> 0;
  hash ^= hash >>> 16;
  return (hash >>> 0) / 0x1_0000_0000;
}

/** `length` hexadecimal digits that depend only on the seed and the keys. */
export function hex(seed: number, length: number, ...keys: (string | number)[]): string {
  // The parts draw with the same keys and their number, so they share the hash of the keys.
  const shared = hashOf([...keys, ''].join('\u0000'), beginning(seed));
  let digits = '';
  for (let part = 0; digits.length < length; part++) {
    digits += Math.floor(spread(hashOf(String(part), shared)) * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  }
  return digits.slice(0, length);
}

/** A UUID (in the form of version 4) that depends only on the seed and the keys. */
export function uuid(seed: number, ...keys: (string | number)[]): string {
  const h = hex(seed, 32, 'uuid', ...keys);
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20, 32)}`;
}

/** A replacement for `Math.random`, which the SDK uses for its retry backoff and Step Functions for its jitter. */
export function sequence(seed: number): () => number {
  let turn = 0;
  return () => draw(seed, 'sequence', turn++);
}
