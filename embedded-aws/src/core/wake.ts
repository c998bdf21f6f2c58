import { timerMsMax } from './long-timers.ts';
import type { Services } from './service.ts';
import { settle } from './transitions.ts';
import type { World } from './world.ts';

export interface Awake {
  /** Is told whenever the world has caught up. */
  readonly onCaughtUp?: () => void;
  /** Is told what a transition threw, which should never happen; the world goes on without it. Left out: it is thrown. */
  readonly onSurprise?: (error: unknown) => void;
}

/**
 * Lets the world catch up by itself whenever something is due, so that schedules fire and events arrive though nobody calls. Returns
 * what stops it.
 */
export function keepAwake(
  world: World,
  services: Services,
  { onCaughtUp, onSurprise }: Awake = {},
): () => void {
  const before = world.wake;
  let timer: NodeJS.Timeout | undefined;
  /** What the timer is set for. */
  let due = Number.POSITIVE_INFINITY;

  const arm = (at: number) => {
    if (at >= due) return;
    clearTimeout(timer);
    due = at;
    // What lies farther off is looked for in between.
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
