import { AwsError } from '../errors.ts';
import { checkRange } from './errors.ts';

/** A page of a list, and the marker of the next, which is a position. */
export function page<T>(
  items: readonly T[],
  { Limit, Marker }: { Limit?: number | undefined; Marker?: string | undefined },
  { usual, max }: { usual: number; max: number },
): { items: T[]; Truncated: boolean; NextMarker?: string } {
  checkRange(Limit, 'limit', { min: 1, max });
  const from = Marker === undefined ? 0 : positionOf(Marker);
  const end = from + (Limit ?? usual);
  const isCut = end < items.length;
  return {
    items: items.slice(from, end),
    Truncated: isCut,
    ...(isCut ? { NextMarker: Buffer.from(`marker:${end}`).toString('base64') } : {}),
  };
}

function positionOf(marker: string): number {
  const [, position] = /^marker:(\d+)$/.exec(Buffer.from(marker, 'base64').toString()) ?? [];
  if (position === undefined) throw new AwsError('InvalidMarkerException', 'The marker is not valid.');
  return Number(position);
}
