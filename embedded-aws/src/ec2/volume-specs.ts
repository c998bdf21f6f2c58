import type { VolumeType } from '@aws-sdk/client-ec2';
import { invalidParameter, missingParameter } from '../core/errors.ts';
import type { VolumeShape } from './records.ts';
import { parameterCombination } from './refusals.ts';

/**
 * The limits of each volume type: sizes in GiB, IOPS, throughput in MiB/s (EC2 API reference, CreateVolume).
 */
interface Spec {
  readonly sizeGiB: readonly [min: number, max: number];
  /** The values that a request can set. Absent: the request cannot set a value. */
  readonly iops?: { readonly range: readonly [min: number, max: number]; readonly perGiB: number };
}

const specs: Readonly<Record<VolumeType, Spec>> = {
  gp2: { sizeGiB: [1, 16_384] },
  gp3: { sizeGiB: [1, 65_536], iops: { range: [3000, 80_000], perGiB: 500 } },
  io1: { sizeGiB: [4, 16_384], iops: { range: [100, 64_000], perGiB: 50 } },
  io2: { sizeGiB: [4, 65_536], iops: { range: [100, 256_000], perGiB: 1000 } },
  st1: { sizeGiB: [125, 16_384] },
  sc1: { sizeGiB: [125, 16_384] },
  standard: { sizeGiB: [1, 1024] },
};

export const volumeTypes = Object.keys(specs) as VolumeType[];

const throughputMiBps = { min: 125, max: 2000, perIops: 0.25 };
const gp3Iops = 3000;

/** The volume that a request describes, with EC2's defaults. Refuses invalid combinations. */
export function volumeShapeAsked(asked: {
  readonly sizeGiB: number;
  readonly volumeType: VolumeType;
  readonly iops: number | undefined;
  readonly throughput: number | undefined;
}): VolumeShape {
  const { sizeGiB, volumeType, iops, throughput } = asked;
  const spec = specs[volumeType];
  checkSize(sizeGiB, volumeType, spec);
  if (iops !== undefined && spec.iops === undefined) {
    throw parameterCombination(`The parameter iops is not supported for ${volumeType} volumes.`);
  }
  if (throughput !== undefined && volumeType !== 'gp3') {
    throw parameterCombination(`The parameter throughput is not supported for ${volumeType} volumes.`);
  }
  if (volumeType === 'gp2')
    return { sizeGiB, volumeType, iops: Math.min(Math.max(100, 3 * sizeGiB), 16_000) };
  if (spec.iops === undefined) return { sizeGiB, volumeType };
  if (iops === undefined && volumeType !== 'gp3') throw missingParameter('iops');
  const wanted = iops ?? gp3Iops;
  checkIops(wanted, sizeGiB, spec.iops);
  if (volumeType !== 'gp3') return { sizeGiB, volumeType, iops: wanted };
  checkThroughput(throughput, wanted);
  return { sizeGiB, volumeType, iops: wanted, throughput: throughput ?? throughputMiBps.min };
}

function checkSize(sizeGiB: number, volumeType: string, { sizeGiB: [min, max] }: Spec): void {
  if (!Number.isInteger(sizeGiB)) throw invalidParameter(`Value (${sizeGiB}) for parameter size is invalid.`);
  if (sizeGiB < min) {
    throw invalidParameter(
      `Volume of ${sizeGiB}GiB is too small for volume type ${volumeType}; minimum is ${min}GiB.`,
    );
  }
  if (sizeGiB > max) {
    throw invalidParameter(
      `Volume of ${sizeGiB}GiB is too large for volume type ${volumeType}; maximum is ${max}GiB.`,
    );
  }
}

function checkIops(
  iops: number,
  sizeGiB: number,
  { range: [min, max], perGiB }: NonNullable<Spec['iops']>,
): void {
  if (iops < min) throw invalidParameter(`Volume iops of ${iops} is too low; minimum is ${min}.`);
  if (iops > max) throw invalidParameter(`Volume iops of ${iops} is too high; maximum is ${max}.`);
  const ratio = iops / sizeGiB;
  // Every gp3 volume has 3,000 IOPS, independent of its size.
  if (ratio <= perGiB || iops === gp3Iops) return;
  throw invalidParameter(
    `Iops to volume size ratio of ${ratio.toFixed(6)} is too high; maximum is ${perGiB.toFixed(6)} iops per GiB.`,
  );
}

function checkThroughput(throughput: number | undefined, iops: number): void {
  if (throughput === undefined) return;
  const { min, max, perIops } = throughputMiBps;
  if (throughput < min || throughput > max) {
    throw invalidParameter(
      `Throughput of ${throughput} MiBps is out of range; it must be between ${min} and ${max}.`,
    );
  }
  const ratio = throughput / iops;
  if (ratio <= perIops) return;
  throw invalidParameter(
    `Throughput (MiBps) to iops ratio of ${ratio.toFixed(6)} is too high; maximum is ${perIops.toFixed(6)} MiBps per iops.`,
  );
}
