import type { AwsError } from '../core/errors.ts';
import { draw } from '../core/random.ts';
import type { World } from '../core/world.ts';

/** What EventBridge and its Scheduler have in common in delivering: retries, and that some things come twice. */
interface Tried {
  readonly id: string;
  readonly since: number;
  /** With the one that has just failed. */
  readonly attempts: number;
}

interface RetryPolicy {
  readonly MaximumRetryAttempts?: number | undefined;
  readonly MaximumEventAgeInSeconds?: number | undefined;
}

export const retryDefaults = { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 } as const;

/** With this as the longest wait, 185 retries fill the 24 hours that AWS gives them. */
const waitSecondsMax = 480;

/** When to try again (ms), with a wait that doubles and is jittered; or which limit forbids it. */
export function nextAttempt(
  world: World,
  { id, since, attempts }: Tried,
  { MaximumRetryAttempts, MaximumEventAgeInSeconds }: RetryPolicy = {},
  at: number,
): number | 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds' {
  if (attempts > (MaximumRetryAttempts ?? retryDefaults.MaximumRetryAttempts)) return 'MaximumRetryAttempts';
  const waitSeconds = Math.min(2 ** (attempts - 1), waitSecondsMax);
  const next = at + waitSeconds * (0.5 + draw(world.seed, 'retry', id, attempts)) * 1000;
  const ageMax = MaximumEventAgeInSeconds ?? retryDefaults.MaximumEventAgeInSeconds;
  return next - since > ageMax * 1000 ? 'MaximumEventAgeInSeconds' : Math.round(next);
}

/** Whether trying again may help: throttling, and what is the service's own fault. */
export const isRetryable = ({ code, httpStatus }: AwsError): boolean =>
  code !== 'NotEmulated' &&
  (httpStatus >= 500 || /Throttl|TooManyRequests|RequestLimitExceeded|LimitExceededException$/.test(code));

/** Delivery is at least once: one in so many comes again. How often AWS does it is not published. */
const twiceOneIn = 300;

export const comesTwice = (world: World, id: string): boolean =>
  draw(world.seed, 'twice', id) < 1 / twiceOneIn;
