import { BuildFailed } from '../errors.ts';
import type { AnyPlan, PendingCandidate } from './execution-document.ts';
import { ATTEMPTS_MAX, describeFailures, type ImageAttempt } from './image-attempt.ts';
import { imageName } from './version.ts';
import { type Awaited, pending, waitTimes } from './waiting.ts';

/** What the candidate is made from: an instance, or the base image that it is a copy of. */
export type CandidateSource = { readonly instanceId: string } | { readonly imageId: string };

/** An attempt to create the candidate. */
export interface CandidateAttempt extends ImageAttempt {
  readonly source: CandidateSource;
  /** The name of the image. */
  readonly name: string;
  /** When CreateImage began to wait (ISO 8601); absent: this is its first invocation. */
  readonly since?: string | undefined;
  /** Since when EC2 has said that the name is taken, without an image of this name being visible (ISO 8601). */
  readonly takenSince?: string | undefined;
  /** How long earlier images of the recipe took. */
  readonly earlierSeconds?: readonly number[] | undefined;
}

/** The current attempt. `before`: what the previous invocation reported; `undefined`: there was none, so this is the first attempt. */
export function currentAttempt(
  { recipe, version }: AnyPlan,
  source: CandidateSource,
  before: PendingCandidate | undefined,
  earlierSeconds?: readonly number[],
): CandidateAttempt {
  const { attempt, imageId, seenAt, takenSince, failures, since } = before ?? { attempt: 1, failures: [] };
  const name = imageName(recipe, version, attempt);
  return { source, name, attempt, imageId, seenAt, takenSince, failures, since, earlierSeconds };
}

/** Reports that the stage waits for the image, with what is known about the image. */
export function awaitImage(
  { source, name, since, attempt, failures, earlierSeconds }: CandidateAttempt,
  { said, now, ...facts }: Pick<Awaited, 'now' | 'progressPercent' | 'intervalSeconds'> & { said: string },
  known: Pick<PendingCandidate, 'imageId' | 'seenAt' | 'takenSince'> = {},
): PendingCandidate {
  const awaiting =
    'instanceId' in source
      ? `the image ${name} of ${source.instanceId}`
      : `the image ${name}, a copy of ${source.imageId}`;
  const wait = pending(waitTimes.createImage, { since, now, awaiting, said, earlierSeconds, ...facts });
  return { ...wait, attempt, failures: [...failures], ...known };
}

/** A failed attempt is followed by the next one soon, however long it took. */
const RESTART_SECONDS = 5;

/** Reports that another attempt follows. Throws after the last attempt. */
export function nextAttempt(current: CandidateAttempt, why: string, now: Date): PendingCandidate {
  const { source, attempt } = current;
  const failures = [...current.failures, why];
  if (attempt < ATTEMPTS_MAX)
    return awaitImage(
      { ...current, attempt: attempt + 1, failures },
      { said: why, now, intervalSeconds: RESTART_SECONDS },
    );
  const work = 'instanceId' in source ? `create an image of ${source.instanceId}` : `copy ${source.imageId}`;
  throw new BuildFailed(`EC2 failed to ${work} ${attempt} times: ${describeFailures(failures)}`);
}
