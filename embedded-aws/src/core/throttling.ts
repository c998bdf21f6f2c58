import type { AwsError } from './errors.ts';

/** A token bucket: its size, and the tokens that it gains each second. Each call takes at least one token. */
export interface Bucket {
  readonly max: number;
  readonly perSecond: number;
}

/** The tokens of a bucket at a time (ms). */
export interface Level {
  readonly tokens: number;
  readonly at: number;
}

export interface ThrottledCall {
  readonly operation: string;
  readonly kind: 'read' | 'write';
  readonly input: Readonly<Record<string, unknown>>;
  readonly account: string;
  readonly region: string;
  readonly now: number;
}

/** Tokens that a call takes from a bucket. The name is unique among all services. */
export interface Withdrawal {
  readonly name: string;
  readonly bucket: Bucket;
  readonly tokens: number;
}

/** How a service throttles calls. */
export interface Throttling {
  withdrawals(call: ThrottledCall): readonly Withdrawal[];
  refusal(): AwsError;
}

/** Takes the call's tokens from its buckets, or refuses the call if a bucket is empty. */
export function throttle(levels: Map<string, Level>, throttling: Throttling, call: ThrottledCall): void {
  for (const { name, bucket, tokens } of throttling.withdrawals(call)) {
    const key = [call.account, call.region, name].join('/');
    const left = levelNow(levels.get(key), bucket, call.now) - tokens;
    if (left < 0) throw throttling.refusal();
    levels.set(key, { tokens: left, at: call.now });
  }
}

/**
 * The level of a bucket at the time of a call. An automation can call at an earlier time than the previous
 * call; then the bucket gains no tokens.
 */
function levelNow(level: Level | undefined, { max, perSecond }: Bucket, now: number): number {
  if (level === undefined) return max;
  const seconds = Math.max(0, now - level.at) / 1000;
  return Math.min(max, level.tokens + seconds * perSecond);
}
