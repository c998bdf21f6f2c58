import { invalidParameter } from '../core/errors.ts';
import type { World } from '../core/world.ts';
import { writtenGiB } from './lifecycle.ts';
import type { SnapshotRecord } from './records.ts';

const stepMinutes = 15;
const minutesMax = 48 * 60;
const throughputMiBpsMax = 500;

/**
 * Refuses an invalid completion time. Valid times are 15 minutes to 48 hours in steps of 15 minutes, with at
 * most 500 MiB/s for one snapshot (EBS user guide, Time-based copies).
 */
export function checkCompletionMinutes(
  world: World,
  name: string,
  minutes: number | undefined,
  sources: readonly SnapshotRecord[],
): void {
  if (minutes === undefined) return;
  if (!Number.isInteger(minutes / stepMinutes) || minutes < stepMinutes || minutes > minutesMax) {
    throw invalidParameter(
      `Value (${minutes}) for parameter ${name} is invalid. It must be a multiple of ${stepMinutes} between ${stepMinutes} and ${minutesMax}.`,
    );
  }
  const isTooFast = (source: SnapshotRecord) =>
    (writtenGiB(world, source) * 1024) / (minutes * 60) > throughputMiBpsMax;
  if (sources.some(isTooFast)) {
    throw invalidParameter(
      `Value (${minutes}) for parameter ${name} is invalid. The copy would need more than ${throughputMiBpsMax} MiB/s.`,
    );
  }
}

/** A copy ends within the requested minutes, or earlier if it needs less time. */
export function withinMinutes(seconds: number, minutes: number | undefined): number {
  return minutes === undefined ? seconds : Math.min(seconds, minutes * 60);
}
