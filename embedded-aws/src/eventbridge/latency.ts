import { drawerOf, type Latencies } from '../core/latency.ts';

/** Durations in EventBridge, in seconds. */
export const latencies = {
  'event.emission': {
    min: 0.2,
    typical: 1.5,
    p99: 28,
    basis: 'A; D best effort, no bound (EventBridge user guide, Events from AWS services)',
  },
  'event.delivery': {
    min: 0.05,
    typical: 0.3,
    p99: 2,
    basis: 'M p90 about 0.08 for a hop between buses (Amazon Key); A',
  },
} as const satisfies Latencies;

export const drawSeconds = drawerOf(latencies);
