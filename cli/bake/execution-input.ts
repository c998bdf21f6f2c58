import type { BuildRequest } from '../../shared/build/execution-document.ts';
import type { Problem } from '../../shared/recipe/problem.ts';
import { isFields } from '../../shared/recipe/schema-check.ts';
import { readSource } from '../../shared/recipe/source-file.ts';
import { checkYamlFile, type FileKind } from '../../shared/recipe/yaml-file.ts';
import type { BakeOptions } from './options.ts';

const kind: FileKind = {
  name: 'a map of overrides',
  noun: 'map of overrides',
  levels: 'ten',
  begin: 'write the fields of the recipe to override, such as regions: [us-east-1]',
  starred: '"* 3 ? * SUN *"',
};

/**
 * The input of an execution. The input names no trigger, so the execution counts as started by hand. The overrides are only read here.
 * The caller merges the overrides and checks the result.
 */
export function readExecutionInput(
  recipe: BuildRequest['recipe'],
  { overrides: path, force, ifChanged }: Pick<BakeOptions, 'overrides' | 'force' | 'ifChanged'>,
): { request: BuildRequest } | { problems: Problem[] } {
  const overrides = path === undefined ? { result: undefined } : openOverrides(path);
  if ('problems' in overrides) return overrides;
  return {
    request: {
      recipe,
      ...(overrides.result && { overrides: overrides.result }),
      ...(force && { force }),
      ...(ifChanged && { ifChanged }),
    },
  };
}

function openOverrides(path: string): { result: Record<string, unknown> } | { problems: Problem[] } {
  const source = readSource(path, 'is this a file of overrides? If it is, write a recipe instead');
  if ('problems' in source) return source;
  return checkYamlFile(source.bytes, path, kind, (value) =>
    isFields(value)
      ? { result: { ...value }, problems: [] }
      : { problems: [{ path: [], found: 'a value that is not a map', allowed: kind.name, fix: kind.begin }] },
  );
}
