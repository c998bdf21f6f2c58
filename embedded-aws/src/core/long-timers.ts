/** No timer waits longer than this, about 24.8 days: one that is asked to fires at once (Node.js, Timers). */
export const timerMsMax = 2 ** 31 - 1;

/**
 * Puts timers that wait as long as they are asked to in place of the present ones: a longer wait is made of several. Whoever replaced the
 * timers before undoes it with them.
 */
export function lengthenTimers(): void {
  const short = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
  /** What a long timer waits on now, by what its caller holds. */
  const pieces = new WeakMap<object, NodeJS.Timeout>();

  const long = (callback: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): NodeJS.Timeout => {
    if (!(ms > timerMsMax)) return short.setTimeout(callback, ms, ...args);
    let left = ms;
    const wait = (): NodeJS.Timeout => {
      const piece = Math.min(left, timerMsMax);
      left -= piece;
      if (left === 0) return short.setTimeout(callback, piece, ...args);
      return short.setTimeout(() => pieces.set(timer, wait()), piece);
    };
    const timer = wait();
    return timer;
  };
  globalThis.setTimeout = Object.assign(long, short.setTimeout) as typeof setTimeout;
  globalThis.clearTimeout = (timer) => {
    const piece = typeof timer === 'object' ? pieces.get(timer) : undefined;
    short.clearTimeout(piece ?? timer);
  };
}
