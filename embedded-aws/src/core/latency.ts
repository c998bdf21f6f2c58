import { draw } from './random.ts';

/**
 * How long operations take on AWS, in seconds: minimum, typical value, and 99th percentile. `basis` names the source
 * of the figures: M measured by the named source, D documented by AWS, A assumed. `docs/latency.md` shows the tables
 * of all services.
 */
export interface Latency {
  readonly min: number;
  readonly typical: number;
  readonly p99: number;
  readonly basis: string;
}

export type Latencies = Readonly<Record<string, Latency>>;

/**
 * Returns a function that draws durations from a table, in seconds. The distribution is log-normal, with the median
 * `typical` and the 99th percentile `p99`. A duration is at least `min` and at most twice `p99`. The same seed, name
 * and keys give the same duration.
 */
export const drawerOf =
  <Name extends string>(latencies: Readonly<Record<Name, Latency>>) =>
  (seed: number, name: Name, ...keys: (string | number)[]): number => {
    const { min, typical, p99 } = latencies[name];
    // Box-Muller: a standard normal from two uniforms; 2.326 is the normal's 99th percentile.
    const u = Math.max(draw(seed, name, ...keys, 'u'), Number.EPSILON);
    const v = draw(seed, name, ...keys, 'v');
    const normal = Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
    const sigma = Math.log(p99 / typical) / 2.326;
    const seconds = typical * Math.exp(sigma * normal);
    return Math.round(Math.min(Math.max(seconds, min), 2 * p99) * 1000) / 1000;
  };

/** Durations that all services share. */
export const latencies = {
  'api.read': { min: 0.05, typical: 0.15, p99: 1, basis: 'A' },
  'api.write': { min: 0.2, typical: 0.4, p99: 3, basis: 'A' },
  'read lag': { min: 0.2, typical: 2, p99: 8, basis: 'A; of 1 write in 10' },
} as const satisfies Latencies;

/** The share of writes that lag at all: about 1 in 10 reads right after a write does not see it (ansible/ansible#4368). */
export const readLagShare = 0.1;

export const drawSeconds = drawerOf(latencies);
