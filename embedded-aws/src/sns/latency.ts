import { drawerOf, type Latencies } from '../core/latency.ts';

/** Durations in SNS, in seconds. */
export const latencies = {
  'notification.delivery': { min: 0.02, typical: 0.1, p99: 3, basis: 'A' },
} as const satisfies Latencies;

export const drawSeconds = drawerOf(latencies);
