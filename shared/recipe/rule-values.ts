import { nearest } from './nearest.ts';
import { type FieldProblem, showValue, valueAt } from './schema-check.ts';
import type { FieldMessage } from './schema-field.ts';

/** What rules for several fields use to read values of any type, and to report problems. */

export type Path = readonly (string | number)[];

export const problem = (path: Path, found: unknown, { wrong, allowed, fix }: FieldMessage): FieldProblem => {
  const reason = typeof wrong === 'function' ? wrong(found) : wrong;
  return {
    path,
    found: reason === undefined ? showValue(found) : `${showValue(found)}, ${reason}`,
    allowed,
    fix: (typeof fix === 'function' ? fix(found) : fix) ?? 'correct the value',
  };
};

export function listAt(value: unknown, path: Path): readonly unknown[] {
  const list = valueAt(value, path);
  return Array.isArray(list) ? list : [];
}

export function textAt(value: unknown, ...path: Path): string | undefined {
  const text = valueAt(value, path);
  return typeof text === 'string' ? text : undefined;
}

/** How to fix a channel that the recipe does not have. */
export function channelFix(channel: string, channels: readonly unknown[]): string {
  const near = nearest(channel, channels.map(String));
  return near === undefined
    ? `add ${channel} to publish.channels, or correct the channel`
    : `did you mean ${near}?`;
}
