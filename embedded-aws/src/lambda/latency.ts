import { drawerOf, type Latencies } from '../core/latency.ts';

/** Durations in Lambda, in seconds. */
export const latencies = {
  'function.queue': {
    min: 0.02,
    typical: 0.1,
    p99: 3,
    basis: 'A; D usually immediately, no bound (Lambda developer guide, Asynchronous invocation)',
  },
} as const satisfies Latencies;

export const drawSeconds = drawerOf(latencies);
