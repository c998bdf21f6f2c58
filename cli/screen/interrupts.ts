import { INTERRUPTED } from './report.ts';

/**
 * Calls `handle` at the first Ctrl-C or SIGTERM. The second one calls `quit` and ends the process immediately. Returns a function that
 * removes the listeners.
 */
export function onInterrupt(handle: () => void, quit: () => void = () => {}): () => void {
  let first = true;
  const listener = () => {
    if (first) {
      first = false;
      handle();
      return;
    }
    quit();
    process.exit(INTERRUPTED);
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}
