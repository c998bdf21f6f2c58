/**
 * The longest delay of a timer, about 24.8 days. A timer with a longer delay fires immediately (Node.js, Timers).
 */
export const timerMsMax = 2 ** 31 - 1;

/**
 * Replaces the present timers with timers that support any delay: a long delay is split into several. To undo it,
 * restore the timers that you replaced before.
 */
export function lengthenTimers(): void {
  const short = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
  /** The current part of each long timer, by the object that its caller holds. */
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
