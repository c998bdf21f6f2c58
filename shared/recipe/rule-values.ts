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
