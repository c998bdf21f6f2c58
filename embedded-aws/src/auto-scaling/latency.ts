import { drawerOf, type Latencies } from '../core/latency.ts';

/** How long changes take in Auto Scaling, in seconds. */
export const latencies = {
  'group.launch': { min: 1, typical: 5, p99: 60, basis: 'A' },
  'refresh.begin': { min: 1, typical: 10, p99: 120, basis: 'A' },
  'refresh.batch': { min: 30, typical: 120, p99: 600, basis: 'A; a warm-up is added' },
} as const satisfies Latencies;

export const drawSeconds = drawerOf(latencies);
