import type { AwsError } from './errors.ts';
import { draw } from './random.ts';
import type { World } from './world.ts';

/** Delivery rules that EventBridge, Scheduler, SNS and Lambda share: retries and duplicated deliveries. */
interface FailedDelivery {
  readonly id: string;
  readonly since: number;
  /** The number of attempts, including the failed one. */
  readonly attempts: number;
}

interface RetryPolicy {
  readonly MaximumRetryAttempts?: number | undefined;
  readonly MaximumEventAgeInSeconds?: number | undefined;
}

export const retryDefaults = { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 } as const;

/** With this maximum wait, 185 retries take the 24 hours that AWS gives them. */
const waitSecondsMax = 480;

/** The time of the next attempt (ms), after an exponential wait with jitter, or the limit that is reached. */
export function nextAttempt(
  world: World,
  { id, since, attempts }: FailedDelivery,
  { MaximumRetryAttempts, MaximumEventAgeInSeconds }: RetryPolicy = {},
  at: number,
): number | 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds' {
  if (attempts > (MaximumRetryAttempts ?? retryDefaults.MaximumRetryAttempts)) return 'MaximumRetryAttempts';
  const waitSeconds = Math.min(2 ** (attempts - 1), waitSecondsMax);
  const next = at + waitSeconds * (0.5 + draw(world.seed, 'retry', id, attempts)) * 1000;
  const ageMax = MaximumEventAgeInSeconds ?? retryDefaults.MaximumEventAgeInSeconds;
  return next - since > ageMax * 1000 ? 'MaximumEventAgeInSeconds' : Math.round(next);
}

/** Whether a retry may help: the call was throttled, or the service itself failed. */
export const isRetryable = ({ code, httpStatus }: AwsError): boolean =>
  code !== 'NotEmulated' &&
  (httpStatus >= 500 || /Throttl|TooManyRequests|RequestLimitExceeded|LimitExceededException$/.test(code));

/** Delivery is at least once. One delivery in this number is made twice. AWS does not publish the number. */
const duplicateOneIn = 300;

export const isDuplicated = (world: World, id: string): boolean =>
  draw(world.seed, 'twice', id) < 1 / duplicateOneIn;
