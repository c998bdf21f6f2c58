import { INTERRUPTED } from './report.ts';

/** The first Ctrl-C (or a polite kill) is handled, the second ends the process at once. Returns how to undo it. */
export function onInterrupt(handle: () => void): () => void {
  let first = true;
  const listener = () => {
    if (!first) process.exit(INTERRUPTED);
    first = false;
    handle();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}
