import { isObject } from './pattern-error.ts';

/**
 * JSON paths of EventBridge: `$`, followed by names after dots, and by indices or `*` in brackets (EventBridge user
 * guide, Input transformation). Names in brackets are refused.
 */
export const isJsonPath = (path: string): boolean => /^\$(\.[^.[\]'"]+|\[(\d+|\*)\])*$/.test(path);

/** The value at a path; `undefined` if there is none. */
export function valueAt(value: unknown, path: string): unknown {
  let found: unknown[] = [value];
  let isMany = false;
  for (const [step] of path.matchAll(/\.[^.[\]]+|\[(\d+|\*)\]/g)) {
    if (step === '[*]' || step === '.*') isMany = true;
    found = found.flatMap((item) => below(item, step));
  }
  return isMany ? found : found[0];
}

function below(value: unknown, step: string): unknown[] {
  if (step === '[*]' || step === '.*') {
    if (Array.isArray(value)) return value;
    return isObject(value) ? Object.values(value) : [];
  }
  const name = step.startsWith('[') ? step.slice(1, -1) : step.slice(1);
  if (Array.isArray(value)) return step.startsWith('[') && Number(name) in value ? [value[Number(name)]] : [];
  return isObject(value) && Object.hasOwn(value, name) ? [value[name]] : [];
}
