import { drawerOf, type Latencies } from '../core/latency.ts';

/** Durations in EventBridge Scheduler, in seconds. */
export const latencies = {
  'schedule-group.delete': { min: 1, typical: 10, p99: 120, basis: 'A' },
} as const satisfies Latencies;

export const drawSeconds = drawerOf(latencies);
