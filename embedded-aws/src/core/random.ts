/**
 * Chance that can be replayed. A draw is addressed by its keys, not by its turn, so that one more call somewhere does not
 * change the outcome of all the others.
 */

/** A number in [0, 1) that depends on the seed and the keys alone. */
export function draw(seed: number, ...keys: (string | number)[]): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const character of keys.join('\u0000')) {
    hash ^= character.codePointAt(0) ?? 0;
    hash = Math.imul(hash, 0x01000193) >>> 0;
  }
  // FNV-1a mixes its low bits only; this finaliser (murmur3's) spreads them over the word.
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b) >>> 0;
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35) >>> 0;
  hash ^= hash >>> 16;
  return (hash >>> 0) / 0x1_0000_0000;
}

/** `length` hexadecimal digits that depend on the seed and the keys alone. */
export function hex(seed: number, length: number, ...keys: (string | number)[]): string {
  let digits = '';
  for (let part = 0; digits.length < length; part++) {
    digits += Math.floor(draw(seed, ...keys, part) * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  }
  return digits.slice(0, length);
}

/** A UUID (version 4 in form) that depends on the seed and the keys alone. */
export function uuid(seed: number, ...keys: (string | number)[]): string {
  const h = hex(seed, 32, 'uuid', ...keys);
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20, 32)}`;
}

/** A generator for code that insists on `Math.random` (the retry backoff of the SDK, the jitter of Step Functions). */
export function sequence(seed: number): () => number {
  let turn = 0;
  return () => draw(seed, 'sequence', turn++);
}
