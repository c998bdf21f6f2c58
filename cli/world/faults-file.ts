import { readdirSync } from 'node:fs';
import { basename, extname, join, relative } from 'node:path';
import { type Fault, type Services, services } from 'embedded-aws';
import { nearest } from '../../shared/recipe/nearest.ts';
import { type Problem, quote } from '../../shared/recipe/problem.ts';
import { checkSchema, type FieldProblem, isFields } from '../../shared/recipe/schema-check.ts';
import { checkYamlFile, type FileKind } from '../../shared/recipe/yaml-file.ts';
import { readOptionFile } from '../option-file.ts';
import { faultsSchema } from './faults-schema.ts';

const kind: FileKind = {
  name: 'a list of faults',
  noun: 'list of faults',
  levels: 'ten',
  begin: 'begin with faults: and a list, or copy a file in faults/',
  starred: 'message: "* and more"',
};

/**
 * Opens a file of faults to inject into the embedded AWS. If the file cannot be opened, or is not a list of faults, the function returns
 * problems. It never throws.
 */
export function openFaults(path: string): { faults: Fault[] } | { problems: Problem[] } {
  const tooLargeFix = 'is this a list of faults? If it is, remove faults that you do not need';
  const source = readOptionFile('--faults', path, tooLargeFix);
  if ('bytes' in source) return parseFaults(source.bytes, path);
  const folder = relative(process.cwd(), FAULTS);
  const files = readdirSync(FAULTS).filter((file) => file.endsWith('.yml'));
  const near = nearest(
    basename(path, extname(path)),
    files.map((file) => basename(file, '.yml')),
  );
  return {
    problems: source.problems.map((problem) => ({
      ...problem,
      allowed: `${problem.allowed}, such as one of these in ${folder}: ${files.sort().join(', ')}`,
      fix: near === undefined ? problem.fix : `did you mean ${join(folder, `${near}.yml`)}?`,
    })),
  };
}

const FAULTS = join(import.meta.dirname, '../../faults');

/** Reads faults from the content of a file. Messages name the file `file`. */
export function parseFaults(
  source: string | Uint8Array,
  file: string,
): { faults: Fault[] } | { problems: Problem[] } {
  const schema = faultsSchema();
  const checked = checkYamlFile(source, file, kind, (value, sourceTextOf) =>
    checkSchema(schema, value, sourceTextOf, rules(value)),
  );
  return 'problems' in checked ? checked : { faults: checked.result.faults };
}

/** The rules about several fields of a fault. The value may be anything: each rule checks only values of the expected type. */
function rules(value: unknown): FieldProblem[] {
  const faults = isFields(value) && Array.isArray(value.faults) ? value.faults : [];
  return faults.flatMap((fault: unknown, index) => {
    if (!isFields(fault)) return [];
    const path = ['faults', index];
    return [...whereRules(fault, path), ...hangRules(fault, path)];
  });
}

/** A fault with a parameter that no call has would never strike, without any message. */
function whereRules(
  { call, instance, where }: Readonly<Record<string, unknown>>,
  path: Path,
): FieldProblem[] {
  const operation = instance === undefined ? call : 'RunInstances';
  if (!isFields(where) || typeof operation !== 'string') return [];
  const known = parametersOf(services, operation);
  if (known === undefined) return [];
  return Object.keys(where)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const near = nearest(key, known);
      return {
        path: [...path, 'where', key],
        atKey: true,
        found: `the parameter ${quote(key)}, which ${operation} does not accept`,
        allowed: known.length === 0 ? `nothing: ${operation} has no parameters` : known.join(', '),
        fix: near === undefined ? 'remove the parameter' : `did you mean ${near}?`,
      };
    });
}

/** A fault that never ends has no result to describe. */
function hangRules(fault: Readonly<Record<string, unknown>>, path: Path): FieldProblem[] {
  const field = fault.command === undefined ? 'message' : 'exitCode';
  const hanging = fault.image === undefined ? 'hangs: true' : 'image: hangs';
  const hangs = fault.image === 'hangs' || fault.hangs === true;
  if (!hangs || fault[field] === undefined) return [];
  return [
    {
      path: [...path, field],
      atKey: true,
      found: `${field} together with ${hanging}`,
      allowed: `${field} or ${hanging}: a fault that hangs has no result`,
      fix: `remove ${field} or ${hanging}`,
    },
  ];
}

type Path = readonly (string | number)[];

/** The first-level parameters of an operation; undefined if the operation does not exist. */
function parametersOf(all: Services, name: string): string[] | undefined {
  const operation = Object.values(all)
    .flatMap(({ operations }) => Object.entries(operations))
    .find(([known]) => known === name)?.[1];
  if (operation === undefined) return undefined;
  return [...new Set(operation.accepts.map((path) => path.split('.')[0] ?? path))].toSorted();
}
