import { drawerOf, type Latencies } from '../core/latency.ts';

/** How long changes take in EC2, in seconds. */
export const latencies = {
  'api.RunInstances': {
    min: 1,
    typical: 3,
    p99: 10,
    basis: 'M 1.5 (C. Percival 2021), 4.8 (brevdev/ec2-coldboot-research 2026); p99 A',
  },
  'instance.running': {
    min: 3,
    typical: 8,
    p99: 60,
    basis: 'M 4.9 (C. Percival 2021), 15 (packer PR#4704); p99 A',
  },
  'instance.stop': {
    min: 15,
    typical: 40,
    p99: 180,
    basis: 'M 25 (packer#2033), 57 (packer#4704), 112 (ods-core#1070)',
  },
  'instance.terminate': { min: 10, typical: 40, p99: 180, basis: 'A' },
  'instance.checks': { min: 60, typical: 150, p99: 400, basis: 'A' },
  'image.create': {
    min: 40,
    typical: 90,
    p99: 600,
    basis: 'M 43 (packer#4704, small volume); D several minutes, up to 24 h',
  },
  'image.create.perGiB': { min: 3, typical: 8, p99: 60, basis: 'A gp3 baseline 125 MB/s of written data' },
  'image.register': { min: 1, typical: 3, p99: 30, basis: 'A' },
  'image.forgotten': { min: 0.2, typical: 0.5, p99: 8, basis: 'A' },
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
  'fast-restore.enabling': { min: 5, typical: 30, p99: 300, basis: 'A' },
  'fast-restore.optimizing.perTiB': {
    min: 3600,
    typical: 3600,
    p99: 3601,
    basis: 'D 60 minutes per TiB (EBS user guide, Check the fast snapshot restore state)',
  },
  'fast-restore.disabling': { min: 5, typical: 30, p99: 300, basis: 'A' },
  'fast-launch.enabling': {
    min: 600,
    typical: 1800,
    p99: 7200,
    basis: 'A; instances go through the Windows launch steps first, D often 15 minutes or longer',
  },
  'fast-launch.disabling': { min: 10, typical: 60, p99: 600, basis: 'A' },
  'key.refusal': { min: 5, typical: 20, p99: 120, basis: 'A' },
} as const satisfies Latencies;

export const drawSeconds = drawerOf(latencies);
