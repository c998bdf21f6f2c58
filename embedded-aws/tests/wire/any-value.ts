import type { NormalizedSchema } from '@smithy/core/schema';
import fc, { type Arbitrary } from 'fast-check';
import { requiredMembers } from '../../src/wire/json.ts';

/** What a protocol cannot carry, and so is left out of random values. */
export interface Carries {
  /** Characters outside of XML 1.0 cannot be written in it. */
  readonly text: Arbitrary<string>;
  /** EC2 and AWS query cannot tell an empty list or structure from none. */
  readonly emptyLists: boolean;
}

const DEPTH_MAX = 5;

/** Random values of a schema. Required members are always there; a union has one member. */
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
  // What is alone in a body: nothing there is no value.
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

/** Several at the top, few below: some shapes are ten structures deep, and would grow beyond all measure. */
function lengthMax(depth: number, least: number): number {
  if (depth > DEPTH_MAX) return least;
  return depth > 2 ? Math.max(1, least) : 3;
}

function anyStructure(schema: NormalizedSchema, carries: Carries, depth: number): Arbitrary<unknown> {
  const all = [...schema.structIterator()];
  const required = new Set(requiredMembers(schema));
  // A recursive schema must come to its end somewhere; a structure without any scalar has its end further down.
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
  // An answer always has a status, and a body of its own.
  for (const [name, member] of all) {
    const { httpPayload, httpResponseCode } = member.getMergedTraits();
    if (httpPayload !== undefined || httpResponseCode !== undefined) required.add(name);
  }
  const structure = fc.record(values, { requiredKeys: [...required], noNullPrototype: true });
  // A structure without anything in it leaves no trace in a form.
  return carries.emptyLists || depth === 0 ? structure : structure.filter((value) => !isNothing(value));
}

const isLeaf = (schema: NormalizedSchema) =>
  !schema.isStructSchema() && !schema.isListSchema() && !schema.isMapSchema();

/** Whether a value has no scalar in it, however deep. */
export function isNothing(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) {
    return false;
  }
  return Object.values(value).every(isNothing);
}
