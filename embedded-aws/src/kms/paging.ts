import { AwsError } from '../core/errors.ts';
import { positionOf, tokenOf } from '../core/page-tokens.ts';
import { checkValue } from '../core/validation.ts';

/**
 * Returns one page of a list and the marker of the next page. A marker is a position in the list.
 */
export function page<T>(
  items: readonly T[],
  { Limit, Marker }: { Limit?: number | undefined; Marker?: string | undefined },
  { usual, max }: { usual: number; max: number },
): { items: T[]; Truncated: boolean; NextMarker?: string } {
  checkValue(Limit, 'limit', { range: [1, max] });
  const from = Marker === undefined ? 0 : startOf(Marker);
  const end = from + (Limit ?? usual);
  const isCut = end < items.length;
  return {
    items: items.slice(from, end),
    Truncated: isCut,
    ...(isCut ? { NextMarker: tokenOf(end) } : {}),
  };
}

function startOf(marker: string): number {
  const start = positionOf(marker);
  if (start === undefined) throw new AwsError('InvalidMarkerException', 'The marker is not valid.');
  return start;
}
