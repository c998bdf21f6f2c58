import { type Fault, type Services, services } from 'embedded-aws';
import { nearest } from '../../shared/recipe/nearest.ts';
import { type Problem, quote } from '../../shared/recipe/problem.ts';
import { checkSchema, type FieldProblem, isFields } from '../../shared/recipe/schema-check.ts';
import { readSource } from '../../shared/recipe/source-file.ts';
import { checkYamlFile, type FileKind } from '../../shared/recipe/yaml-file.ts';
import { faultsSchema } from './faults-schema.ts';

const kind: FileKind = {
  name: 'a list of faults',
  noun: 'list of faults',
  levels: 'ten',
  begin: 'begin with faults: and a list, or copy a file in faults/',
  starred: 'message: "* and more"',
};

/**
 * Opens a file that says what goes wrong in the embedded AWS. What cannot be opened or is no list of faults comes back as problems,
 * never as an exception.
 */
export function openFaults(path: string): { faults: Fault[] } | { problems: Problem[] } {
  const source = readSource(path, 'is this a list of faults? If it is, remove those you do not need');
  return 'problems' in source ? source : parseFaults(source.bytes, path);
}

/** Reads faults from the content of a file; `file` is what messages call it. */
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

/** What concerns several fields of a fault. The value may be anything: each rule looks only at what has the type it expects. */
function rules(value: unknown): FieldProblem[] {
  const faults = isFields(value) && Array.isArray(value.faults) ? value.faults : [];
  return faults.flatMap((fault: unknown, index) => {
    if (!isFields(fault)) return [];
    const path = ['faults', index];
    return [...whereRules(fault, path), ...hangRules(fault, path)];
  });
}

/** A fault that waits for a parameter which no call carries would never strike, and nobody would know why. */
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
        found: `the parameter ${quote(key)}, which ${operation} does not take`,
        allowed: known.length === 0 ? `nothing: ${operation} takes no parameters` : known.join(', '),
        fix: near === undefined ? 'remove it' : `did you mean ${near}?`,
      };
    });
}

/** What never ends has no end to describe. */
function hangRules(fault: Readonly<Record<string, unknown>>, path: Path): FieldProblem[] {
  const field = fault.command === undefined ? 'message' : 'exitCode';
  const hanging = fault.image === undefined ? 'hangs: true' : 'image: hangs';
  const hangs = fault.image === 'hangs' || fault.hangs === true;
  if (!hangs || fault[field] === undefined) return [];
  return [
    {
      path: [...path, field],
      atKey: true,
      found: `${field}, beside ${hanging}`,
      allowed: 'either the one or the other: what hangs has no end',
      fix: 'remove one of the two',
    },
  ];
}

type Path = readonly (string | number)[];

/** The parameters of an operation at their first level; undefined if there is no such operation. */
function parametersOf(all: Services, name: string): string[] | undefined {
  const operation = Object.values(all)
    .flatMap(({ operations }) => Object.entries(operations))
    .find(([known]) => known === name)?.[1];
  if (operation === undefined) return undefined;
  return [...new Set(operation.accepts.map((path) => path.split('.')[0] ?? path))].toSorted();
}
