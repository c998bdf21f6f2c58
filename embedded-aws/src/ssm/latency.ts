import { drawerOf, type Latencies } from '../core/latency.ts';
import { latencies as guest } from '../guest/latency.ts';

/** Latencies of Systems Manager and of its managed guests, in seconds. */
export const latencies = {
  ...guest,
  'command.delivery': {
    min: 1,
    typical: 3,
    p99: 15,
    basis: 'M 5 in all for a tiny command (stratus-red-team#108)',
  },
  'automation.step': { min: 1, typical: 3, p99: 15, basis: 'A' },
  'automation.cancel': {
    min: 0.5,
    typical: 2,
    p99: 5,
    basis: 'A; onCancel has up to 120 (D), and is not emulated',
  },
  'parameter.validation': { min: 0.5, typical: 2, p99: 30, basis: 'A' },
} as const satisfies Latencies;

export type LatencyName = keyof typeof latencies;

export const drawSeconds = drawerOf(latencies);
