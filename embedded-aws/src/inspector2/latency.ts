import { drawerOf, type Latencies } from '../core/latency.ts';

/** Durations in Inspector, in seconds. */
export const latencies = {
  'inspector.enable': { min: 5, typical: 60, p99: 600, basis: 'A' },
  'inspector.first-scan': {
    min: 30,
    typical: 240,
    p99: 1800,
    basis: 'A; M a few minutes after the launch (cscloud, zenn.dev 2026)',
  },
  'inspector.finding': {
    min: 0.5,
    typical: 8,
    p99: 60,
    basis: 'A; M findings of a complete ECR scan came for 15 to 30 (ecperth/check-aws-inspector)',
  },
} as const satisfies Latencies;

export const drawSeconds = drawerOf(latencies);
