import type { NormalizedSchema } from '@smithy/core/schema';
import fc, { type Arbitrary } from 'fast-check';
import { requiredMembers } from '../../src/wire/json.ts';

/** The values that a protocol cannot express are left out of random values. */
export interface Carries {
  /** XML 1.0 cannot contain these characters. */
  readonly text: Arbitrary<string>;
  /** EC2 query and AWS query cannot distinguish an empty list or structure from a missing one. */
  readonly emptyLists: boolean;
}

const DEPTH_MAX = 5;

/** Random values of a schema. Required members are always present. A union has one member. */
export function anyValue(schema: NormalizedSchema, carries: Carries, depth = 0): Arbitrary<unknown> {
  if (schema.isListSchema()) {
    const item = anyValue(schema.getValueSchema(), carries, depth + 1);
    const inAddress = schema.getMergedTraits().httpQuery !== undefined;
    const minLength = carries.emptyLists && !inAddress ? 0 : 1;
    return fc.array(item, { minLength, maxLength: lengthMax(depth, minLength) });
  }
  if (schema.isMapSchema()) {
    const value = anyValue(schema.getValueSchema(), carries, depth + 1);
    const minKeys = carries.emptyLists ? 0 : 1;
    return fc.dictionary(fc.stringMatching(/^[a-zA-Z][\w-]{0,9}$/), value, {
      minKeys,
      maxKeys: lengthMax(depth, minKeys),
      noNullPrototype: true,
    });
  }
  if (schema.isStructSchema()) return anyStructure(schema, carries, depth);
  if (schema.isTimestampSchema()) {
    return fc.integer({ min: 0, max: 4_000_000_000_000 }).map((ms) => new Date(ms));
  }
  const { httpPayload, httpHeader, httpResponseCode } = schema.getMergedTraits();
  // A payload that is the whole body cannot be missing: it is empty.
  if (httpPayload !== undefined) {
    return fc.string({ unit: 'binary', minLength: 1 }).map((text) => new TextEncoder().encode(text));
  }
  if (httpHeader !== undefined) return fc.stringMatching(/^[\w-]{1,20}$/);
  if (httpResponseCode !== undefined) return fc.integer({ min: 200, max: 203 });
  if (schema.isBlobSchema()) return fc.uint8Array({ maxLength: 20 }).map((bytes) => new Uint8Array(bytes));
  if (schema.isBooleanSchema()) return fc.boolean();
  if (schema.isNumericSchema()) return fc.integer();
  return schema.getMergedTraits().httpLabel === undefined
    ? carries.text
    : fc.stringMatching(/^[\w:/ é-]{1,20}$/);
}

/** Several items at the top and few below: some shapes are ten structures deep and would become too large. */
function lengthMax(depth: number, least: number): number {
  if (depth > DEPTH_MAX) return least;
  return depth > 2 ? Math.max(1, least) : 3;
}

function anyStructure(schema: NormalizedSchema, carries: Carries, depth: number): Arbitrary<unknown> {
  const all = [...schema.structIterator()];
  const required = new Set(requiredMembers(schema));
  // A recursive schema must end somewhere. A structure without scalars ends one level lower.
  const few = all.filter(([name, member]) => required.has(name) || isLeaf(member));
  const members = depth > DEPTH_MAX && few.length > 0 ? few : all;
  const values = Object.fromEntries(
    members.map(([name, member]) => [
      name,
      fc.constant(undefined).chain(() => anyValue(member, carries, depth + 1)),
    ]),
  );
  if (schema.isUnionSchema()) {
    return fc.oneof(
      ...Object.entries(values).map(([name, value]) => value.map((item) => ({ [name]: item }))),
    );
  }
  // A response always has a status and a body.
  for (const [name, member] of all) {
    const { httpPayload, httpResponseCode } = member.getMergedTraits();
    if (httpPayload !== undefined || httpResponseCode !== undefined) required.add(name);
  }
  const structure = fc.record(values, { requiredKeys: [...required], noNullPrototype: true });
  // A form cannot contain an empty structure.
  return carries.emptyLists || depth === 0 ? structure : structure.filter((value) => !isNothing(value));
}

const isLeaf = (schema: NormalizedSchema) =>
  !schema.isStructSchema() && !schema.isListSchema() && !schema.isMapSchema();

/** Whether a value contains no scalar at any depth. */
export function isNothing(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) {
    return false;
  }
  return Object.values(value).every(isNothing);
}
