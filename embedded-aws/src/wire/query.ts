import type { NormalizedSchema } from '@smithy/core/schema';
import { AwsError, invalidParameter } from '../core/errors.ts';
import { readBlob, readTimestamp } from './scalars.ts';

/** EC2 writes the keys of lists and members differently from AWS query. */
export type QueryDialect = 'ec2Query' | 'awsQuery';

/** The fields of a form by the parts of their keys: `Filter.1.Name` has three parts. */
interface Node {
  value?: string;
  readonly children: Map<string, Node>;
}

const FIELDS_MAX = 5000;
const DEPTH_MAX = 24;

/** Reads a form into the input that the schema describes. */
export function readQuery(
  form: URLSearchParams,
  schema: NormalizedSchema,
  dialect: QueryDialect,
): Record<string, unknown> {
  return readStruct(tree(form), schema, dialect, '');
}

function tree(form: URLSearchParams): Node {
  const root: Node = { children: new Map() };
  let fields = 0;
  for (const [key, value] of form) {
    // Parameters of the protocol, and of signatures in the query.
    if (key === 'Action' || key === 'Version' || key.startsWith('X-Amz-')) continue;
    const parts = key.split('.');
    if (++fields > FIELDS_MAX || parts.length > DEPTH_MAX) {
      throw malformed(`The query string has more than ${FIELDS_MAX} parameters, or is nested too deeply`);
    }
    let node = root;
    for (const part of parts) {
      if (part === '') throw malformed(`The parameter ${key} is malformed`);
      const child = node.children.get(part) ?? { children: new Map() };
      node.children.set(part, child);
      node = child;
    }
    if (node.value !== undefined) throw malformed(`The parameter ${key} is given twice`);
    node.value = value;
  }
  return root;
}

function read(node: Node, schema: NormalizedSchema, dialect: QueryDialect, path: string): unknown {
  if (schema.isStructSchema()) return readStruct(node, schema, dialect, path);
  if (schema.isMapSchema()) return readMap(node, schema, dialect, path);
  if (schema.isListSchema()) return readList(node, schema, dialect, path);
  if (node.children.size > 0) throw unknownParameter(`${path}.${[...node.children.keys()][0]}`);
  return readScalar(node.value ?? '', schema, path);
}

function readStruct(
  node: Node,
  schema: NormalizedSchema,
  dialect: QueryDialect,
  path: string,
): Record<string, unknown> {
  if (node.value !== undefined && node.value !== '') throw hasNoValue(path);
  const members = new Map(
    [...schema.structIterator()].map(([name, member]) => [keyOf(name, member, dialect), { name, member }]),
  );
  const entries = [...node.children].map(([key, child]) => {
    const found = members.get(key);
    const childPath = path === '' ? key : `${path}.${key}`;
    if (found === undefined) throw unknownParameter(childPath);
    return [found.name, read(child, found.member, dialect, childPath)] as const;
  });
  return Object.fromEntries(entries);
}

/** `Name.1`, `Name.2`; in AWS query `Name.member.1`, unless the list is flat. Gaps in the numbers are ignored. */
function readList(node: Node, schema: NormalizedSchema, dialect: QueryDialect, path: string): unknown[] {
  const member = schema.getValueSchema();
  // An empty list: in AWS query a key without a value.
  if (node.children.size === 0 && (node.value ?? '') === '') return [];
  if (node.value !== undefined) throw hasNoValue(path);
  const isFlat = dialect === 'ec2Query' || schema.getMergedTraits().xmlFlattened !== undefined;
  return numbered(node, isFlat ? undefined : (member.getMergedTraits().xmlName ?? 'member'), path).map(
    ([index, child]) => read(child, member, dialect, `${path}.${index}`),
  );
}

function readMap(
  node: Node,
  schema: NormalizedSchema,
  dialect: QueryDialect,
  path: string,
): Record<string, unknown> {
  const isFlat = schema.getMergedTraits().xmlFlattened !== undefined;
  const keyName = schema.getKeySchema().getMergedTraits().xmlName ?? 'key';
  const valueName = schema.getValueSchema().getMergedTraits().xmlName ?? 'value';
  return Object.fromEntries(
    numbered(node, isFlat ? undefined : 'entry', path).map(([index, child]) => {
      const entryPath = `${path}.${index}`;
      const other = [...child.children.keys()].find((name) => name !== keyName && name !== valueName);
      if (other !== undefined) throw unknownParameter(`${entryPath}.${other}`);
      const value = child.children.get(valueName);
      const key = child.children.get(keyName)?.value ?? '';
      return [
        key,
        value === undefined ? '' : read(value, schema.getValueSchema(), dialect, `${entryPath}.${valueName}`),
      ];
    }),
  );
}

/** The numbered children in order, below the key that wraps them, if there is one. */
function numbered(node: Node, wrapper: string | undefined, path: string): [number, Node][] {
  let list = node;
  if (wrapper !== undefined) {
    const other = [...node.children.keys()].find((key) => key !== wrapper);
    if (other !== undefined) throw unknownParameter(`${path}.${other}`);
    list = node.children.get(wrapper) ?? { children: new Map() };
  }
  return [...list.children]
    .map(([key, child]): [number, Node] => {
      if (!/^\d{1,9}$/.test(key)) throw unknownParameter(`${path}.${key}`);
      return [Number(key), child];
    })
    .sort(([a], [b]) => a - b);
}

function readScalar(text: string, schema: NormalizedSchema, path: string): unknown {
  if (schema.isBooleanSchema()) {
    if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
    throw invalid(text, path, 'Expecting true or false');
  }
  if (schema.isNumericSchema()) {
    const number = Number(text);
    if (/^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) && Number.isFinite(number)) return number;
    throw invalid(text, path, 'Expecting a number');
  }
  if (schema.isTimestampSchema()) {
    const date = readTimestamp(text);
    if (date !== undefined) return date;
    throw invalid(text, path, 'Expecting a time in ISO 8601');
  }
  if (schema.isBlobSchema()) {
    const bytes = readBlob(text);
    if (bytes !== undefined) return bytes;
    throw invalid(text, path, 'Expecting base64');
  }
  return text;
}

function keyOf(name: string, member: NormalizedSchema, dialect: QueryDialect): string {
  const { ec2QueryName, xmlName } = member.getMemberTraits();
  if (dialect === 'awsQuery') return xmlName ?? name;
  const key = String(ec2QueryName ?? xmlName ?? name);
  return `${key.charAt(0).toUpperCase()}${key.slice(1)}`;
}

const malformed = (message: string) => new AwsError('MalformedQueryString', message);

const unknownParameter = (path: string) =>
  new AwsError('UnknownParameter', `The parameter ${path} is not recognized`);

const hasNoValue = (path: string) => invalidParameter(`The parameter ${path} cannot have a value of its own`);

const invalid = (value: string, path: string, expecting: string) =>
  invalidParameter(`Value (${value.slice(0, 200)}) for parameter ${path} is invalid. ${expecting}.`);
