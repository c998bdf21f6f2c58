import { timerMsMax } from './long-timers.ts';
import type { Services } from './service.ts';
import { settle } from './transitions.ts';
import type { World } from './world.ts';

export interface WakeOptions {
  /** Called each time after due transitions were applied. */
  readonly onCaughtUp?: () => void;
  /**
   * Called with an error of a transition, which should never happen. The world continues without that transition. If
   * absent, the error is thrown.
   */
  readonly onSurprise?: (error: unknown) => void;
}

/**
 * Applies transitions when they are due, so that schedules fire and events arrive even if there are no calls.
 * Returns a function that stops the timer.
 */
export function keepAwake(
  world: World,
  services: Services,
  { onCaughtUp, onSurprise }: WakeOptions = {},
): () => void {
  const before = world.wake;
  let timer: NodeJS.Timeout | undefined;
  /** The time for which the timer is set. */
  let due = Number.POSITIVE_INFINITY;

  const arm = (at: number) => {
    if (at >= due) return;
    clearTimeout(timer);
    due = at;
    // The timer reaches a time beyond its limit in several steps.
    timer = setTimeout(catchUp, Math.min(Math.max(at - world.now(), 0), timerMsMax));
  };
  const armForNext = () => {
    let next = Number.POSITIVE_INFINITY;
    for (const { at } of world.transitions) next = Math.min(next, at);
    if (next < Number.POSITIVE_INFINITY) arm(next);
  };
  const catchUp = () => {
    try {
      settle(world, services);
    } catch (error) {
      if (onSurprise === undefined) throw error;
      onSurprise(error);
    }
    due = Number.POSITIVE_INFINITY;
    armForNext();
    onCaughtUp?.();
  };

  world.wake = (at) => {
    before?.(at);
    arm(at);
  };
  armForNext();
  return () => {
    clearTimeout(timer);
    due = Number.NEGATIVE_INFINITY;
    if (before === undefined) delete world.wake;
    else world.wake = before;
  };
}
