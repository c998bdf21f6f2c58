import { drawerOf, type Latencies } from '../core/latency.ts';

/** Durations in a guest, in seconds. */
export const latencies = {
  'instance.boot': {
    min: 3,
    typical: 20,
    p99: 90,
    basis: 'M 3.2 (brevdev), 22.6 (C. Percival), 34 (packer PR#4704)',
  },
  'instance.boot.windows': { min: 180, typical: 300, p99: 1800, basis: 'D first boot takes up to 15 min; A' },
  'agent.online': {
    min: 5,
    typical: 30,
    p99: 300,
    basis: 'M running to Online 30 s to minutes, once 367 (stratus-red-team#108)',
  },
  'agent.install': { min: 15, typical: 40, p99: 180, basis: 'A' },
  'instance.reboot': { min: 20, typical: 45, p99: 240, basis: 'A; back Online adds agent.online' },
  'command.script': { min: 1, typical: 15, p99: 120, basis: 'A' },
  'command.package': { min: 10, typical: 30, p99: 180, basis: 'A' },
  'patch.linux': { min: 20, typical: 200, p99: 1200, basis: 'A' },
  'patch.windows': {
    min: 300,
    typical: 1500,
    p99: 7200,
    basis: 'A; whole Windows builds M about 25 min (buildkite/elastic-ci-stack PR#755)',
  },
  'patch.scan': { min: 10, typical: 30, p99: 180, basis: 'A' },
  sysprep: { min: 60, typical: 180, p99: 900, basis: 'A' },
} as const satisfies Latencies;

export const drawSeconds = drawerOf(latencies);
