import type { PendingPublication } from './execution-document.ts';
import type { MadePut } from './publication.ts';
import { pending, waitTimes } from './waiting.ts';

/**
 * Returns the function that reports what a publication waits for. `before`: what the previous invocation reported. Each phase is a wait of
 * its own. `awaiting`: the end of the sentence "Waiting for …". `puts`: the writes so far.
 */
export const publicationWait =
  (before: PendingPublication | undefined, now: Date) =>
  (phase: PendingPublication['phase'], awaiting: string, puts: MadePut[] = []): PendingPublication => {
    const times = phase === 'turn' ? waitTimes.publishTurn : waitTimes.publish;
    const since = before?.phase === phase ? before.since : undefined;
    return { ...pending(times, { since, now, awaiting }), phase, puts };
  };
