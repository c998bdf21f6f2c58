import type { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from '../core/errors.ts';
import { isDeeperThan, jsonLevelsMax } from '../core/nesting.ts';
import { formats, readBlob, readTimestamp, writeBlob, writeTimestamp } from './scalars.ts';

/** Reads a JSON body. An empty body counts as `{}`. */
export function parseJson(body: string): Record<string, unknown> {
  if (body === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw serialization('The body is not valid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw serialization('The body is not a JSON object');
  }
  if (isDeeperThan(value, jsonLevelsMax))
    throw serialization(`The body is nested deeper than ${jsonLevelsMax} levels`);
  return value as Record<string, unknown>;
}

/**
 * Reads JSON into the value that the schema describes. Members that the schema does not have are passed on unchanged,
 * so that the operation refuses them by name.
 */
export function readJson(value: unknown, schema: NormalizedSchema, path = ''): unknown {
  if (schema.isDocumentSchema()) return value;
  if (schema.isStructSchema()) return readStruct(value, schema, path);
  if (schema.isListSchema()) {
    if (!Array.isArray(value)) throw unexpected(value, 'a list', path);
    const member = schema.getValueSchema();
    return value.map((item, index) => readJson(item, member, `${path}[${index}]`));
  }
  if (schema.isMapSchema()) {
    const member = schema.getValueSchema();
    return Object.fromEntries(
      Object.entries(record(value, path)).map(([key, item]) => [
        key,
        item === null ? undefined : readJson(item, member, join(path, key)),
      ]),
    );
  }
  return readScalar(value, schema, path);
}

function readStruct(value: unknown, schema: NormalizedSchema, path: string): unknown {
  const given = record(value, path);
  const members = new Map(schema.structIterator());
  const entries = Object.entries(given)
    .filter(([, item]) => item !== null)
    .map(([key, item]) => {
      const member = members.get(key);
      return [key, member === undefined ? item : readJson(item, member, join(path, key))] as const;
    });
  return Object.fromEntries(entries);
}

function readScalar(value: unknown, schema: NormalizedSchema, path: string): unknown {
  if (schema.isTimestampSchema()) {
    const date = readTimestamp(value);
    if (date === undefined) throw unexpected(value, 'a timestamp', path);
    return date;
  }
  if (schema.isBlobSchema()) {
    const bytes = typeof value === 'string' ? readBlob(value) : undefined;
    if (bytes === undefined) throw unexpected(value, 'base64', path);
    return bytes;
  }
  if (schema.isBooleanSchema()) {
    if (typeof value !== 'boolean') throw unexpected(value, 'true or false', path);
  } else if (schema.isNumericSchema()) {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw unexpected(value, 'a number', path);
  } else if (schema.isStringSchema() && typeof value !== 'string') {
    throw unexpected(value, 'a string', path);
  }
  return value;
}

/**
 * The value in the form of the protocol: timestamps in seconds since the epoch, bytes in base64, no undefined
 * members.
 */
export function writeJson(value: unknown, schema: NormalizedSchema): unknown {
  if (value === undefined || value === null) return undefined;
  if (value instanceof Date) return writeTimestamp(schema, value, formats.epochSeconds);
  if (value instanceof Uint8Array) return writeBlob(value);
  if (schema.isDocumentSchema()) return value;
  if (schema.isListSchema()) {
    const member = schema.getValueSchema();
    return (value as unknown[]).map((item) => writeJson(item, member) ?? null);
  }
  if (schema.isMapSchema()) {
    const member = schema.getValueSchema();
    return Object.fromEntries(
      Object.entries(value as object).map(([key, item]) => [key, writeJson(item, member) ?? null]),
    );
  }
  if (schema.isStructSchema()) {
    const given = value as Record<string, unknown>;
    const entries: [string, unknown][] = [];
    for (const [name, member] of schema.structIterator()) {
      if (given[name] !== undefined) entries.push([name, writeJson(given[name], member)]);
    }
    return Object.fromEntries(entries);
  }
  return value;
}

/** The path of the first required member that is missing in the input. */
export function missingMember(value: unknown, schema: NormalizedSchema, path = ''): string | undefined {
  if (schema.isStructSchema() && !schema.isUnionSchema()) {
    const given = value as Record<string, unknown>;
    const required = new Set(requiredMembers(schema));
    for (const [name, member] of schema.structIterator()) {
      const item = given[name];
      const memberPath = path === '' ? lowerFirst(name) : `${path}.${lowerFirst(name)}`;
      if (item === undefined) {
        if (required.has(name)) return memberPath;
        continue;
      }
      const missing = missingMember(item, member, memberPath);
      if (missing !== undefined) return missing;
    }
  } else if (schema.isListSchema()) {
    const member = schema.getValueSchema();
    for (const [index, item] of (value as unknown[]).entries()) {
      const missing = missingMember(item, member, `${path}.${index + 1}.member`);
      if (missing !== undefined) return missing;
    }
  }
  return undefined;
}

/** A structure schema of the SDK lists its required members first, followed by their number. */
export function requiredMembers(schema: NormalizedSchema): readonly string[] {
  const [, , , , names = [], , count = 0] = schema.getSchema() as unknown as [
    number,
    string,
    string,
    unknown,
    (readonly string[])?,
    unknown?,
    number?,
  ];
  return names.slice(0, count);
}

const lowerFirst = (name: string) => `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
const join = (path: string, key: string) => (path === '' ? key : `${path}.${key}`);

function record(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw unexpected(value, 'a structure', path);
}

const serialization = (message: string) => new AwsError('SerializationException', message);

const unexpected = (value: unknown, expected: string, path: string) =>
  serialization(
    `${JSON.stringify(value)?.slice(0, 100)} at ${path === '' ? 'the top' : path} is not ${expected}`,
  );
