import { draw } from './random.ts';

/**
 * How long things take on AWS, in seconds: the least, the usual, and what one in a hundred exceeds. `basis` says where the
 * figures come from: M measured by the named source, D documented by AWS, A assumed. `docs/latency.md` shows this table.
 */
export interface Latency {
  readonly min: number;
  readonly typical: number;
  readonly p99: number;
  readonly basis: string;
}

export const latencies = {
  'api.read': { min: 0.05, typical: 0.15, p99: 1, basis: 'A' },
  'api.write': { min: 0.2, typical: 0.4, p99: 3, basis: 'A' },
  'api.RunInstances': {
    min: 1,
    typical: 3,
    p99: 10,
    basis: 'M 1.5 (C. Percival 2021), 4.8 (brevdev/ec2-coldboot-research 2026); p99 A',
  },
  'read lag': {
    min: 0,
    typical: 0.5,
    p99: 8,
    basis: 'M about 1 in 10 reads right after a write (ansible/ansible#4368); A',
  },
  'instance.running': {
    min: 3,
    typical: 8,
    p99: 60,
    basis: 'M 4.9 (C. Percival 2021), 15 (packer PR#4704); p99 A',
  },
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
  'instance.stop': {
    min: 15,
    typical: 40,
    p99: 180,
    basis: 'M 25 (packer#2033), 57 (packer#4704), 112 (ods-core#1070)',
  },
  'instance.terminate': { min: 10, typical: 40, p99: 180, basis: 'A' },
  'instance.checks': { min: 60, typical: 150, p99: 400, basis: 'A' },
  'instance.reboot': { min: 20, typical: 45, p99: 240, basis: 'A; back Online adds agent.online' },
  'command.delivery': {
    min: 1,
    typical: 3,
    p99: 15,
    basis: 'M 5 in all for a tiny command (stratus-red-team#108)',
  },
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
  'automation.step': { min: 1, typical: 3, p99: 15, basis: 'A' },
  'automation.cancel': {
    min: 0.5,
    typical: 2,
    p99: 5,
    basis: 'A; onCancel has up to 120 (D), and is not emulated',
  },
  'parameter.validation': { min: 0.5, typical: 2, p99: 30, basis: 'A' },
  'image.create': {
    min: 40,
    typical: 90,
    p99: 600,
    basis: 'M 43 (packer#4704, small volume); D several minutes, up to 24 h',
  },
  'image.create.perGiB': { min: 3, typical: 8, p99: 60, basis: 'A gp3 baseline 125 MB/s of written data' },
  'image.register': { min: 1, typical: 3, p99: 30, basis: 'A' },
  'image.usage-report': { min: 30, typical: 300, p99: 3600, basis: 'A' },
  'image.copy': {
    min: 120,
    typical: 300,
    p99: 1800,
    basis: 'M 10-15 min polls needed (twoliter#582, ansible#37111)',
  },
  'image.copy.perGiB': { min: 4, typical: 15, p99: 60, basis: 'A about 65 MB/s' },
  'volume.create': { min: 1, typical: 3, p99: 20, basis: 'A' },
  'volume.attach': { min: 1, typical: 3, p99: 20, basis: 'A' },
  'volume.detach': { min: 1, typical: 4, p99: 30, basis: 'A' },
  'volume.modify': { min: 2, typical: 10, p99: 60, basis: 'A' },
  'volume.optimize': {
    min: 60,
    typical: 1200,
    p99: 21600,
    basis:
      'D minutes to hours, up to 24 h for a full 1 TiB (EBS user guide, Monitor volume modifications); A',
  },
  'key.refusal': { min: 5, typical: 20, p99: 120, basis: 'A' },
  'dynamodb.lag': {
    min: 0,
    typical: 0.02,
    p99: 1,
    basis: 'D usually within a second (DynamoDB developer guide, Read consistency); A',
  },
  'dynamodb.table': { min: 3, typical: 8, p99: 40, basis: 'A' },
  'dynamodb.ttl.change': {
    min: 60,
    typical: 600,
    p99: 1800,
    basis: 'D up to an hour (DynamoDB API reference, UpdateTimeToLive); A',
  },
  'dynamodb.ttl.delete': {
    min: 60,
    typical: 1800,
    p99: 86400,
    basis: 'D within 48 hours (DynamoDB developer guide, 2022), later a few days; A',
  },
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
  'function.queue': {
    min: 0.02,
    typical: 0.1,
    p99: 3,
    basis: 'A; D usually at once, no bound (Lambda developer guide, Asynchronous invocation)',
  },
  'notification.delivery': { min: 0.02, typical: 0.1, p99: 3, basis: 'A' },
  'schedule-group.delete': { min: 1, typical: 10, p99: 120, basis: 'A' },
} as const satisfies Record<string, Latency>;

export type LatencyName = keyof typeof latencies;

/**
 * Seconds, drawn from a log-normal distribution with the median `typical` and the 99th percentile `p99`, never below `min` and
 * never above twice `p99`. The keys address the draw: the same seed and keys give the same duration.
 */
export function drawSeconds(seed: number, name: LatencyName, ...keys: (string | number)[]): number {
  const { min, typical, p99 }: Latency = latencies[name];
  // Box-Muller: a standard normal from two uniforms; 2.326 is the normal's 99th percentile.
  const u = Math.max(draw(seed, name, ...keys, 'u'), Number.EPSILON);
  const v = draw(seed, name, ...keys, 'v');
  const normal = Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  const sigma = Math.log(p99 / typical) / 2.326;
  const seconds = typical * Math.exp(sigma * normal);
  return Math.round(Math.min(Math.max(seconds, min), 2 * p99) * 1000) / 1000;
}
