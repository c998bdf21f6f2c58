/**
 * JSON for the plain data of a world, extended for values that JSON cannot express: bytes, sets, maps, dates,
 * `undefined`, and numbers that are not finite. Such a value is written as an object with one tag as its key, as in
 * `{"$bytes":"AAEC"}`. A plain object that has the same form gets an additional `$`.
 */
type Plain = Record<string, unknown>;

const TAGGED = /^\$+(bytes|date|set|map|number|bigint|undefined)$/;

export function toTaggedJson(value: unknown): string {
  return JSON.stringify(tagged(value));
}

export function fromTaggedJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  // The walk takes as long as the parsing, and few worlds contain tags.
  return text.includes('{"$') ? untagged(value) : value;
}

/** The value with tags; the same value if it needs no tags. */
function tagged(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value) && !Object.is(value, -0)) return value;
      return { $number: Object.is(value, -0) ? '-0' : String(value) };
    case 'undefined':
      return { $undefined: true };
    case 'bigint':
      return { $bigint: String(value) };
    case 'object':
      return value === null ? null : taggedObject(value);
    default:
      throw new TypeError(`a ${typeof value} is not plain data and cannot be written`);
  }
}

function taggedObject(value: object): unknown {
  if (Array.isArray(value)) {
    const items = value.map(tagged);
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (value instanceof Set) return { $set: [...value].map(tagged) };
  if (value instanceof Map) return { $map: [...value].map(tagged) };
  // `instanceof Date` fails here: a simulated clock replaces the class.
  if (Object.prototype.toString.call(value) === '[object Date]') return { $date: Number(value) };
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new TypeError(`a ${value.constructor.name} is not plain data and cannot be written`);
  }
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined && TAGGED.test(only[0])) {
    return { [`$${only[0]}`]: tagged(only[1]) };
  }
  const fields = entries.map(([key, field]) => [key, tagged(field)] as const);
  return fields.some(([, field], index) => field !== entries[index]?.[1])
    ? Object.fromEntries(fields)
    : value;
}

/** The value that the tags stand for. The result of JSON.parse is changed in place. */
function untagged(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Plain;
  const keys = Object.keys(fields);
  for (const key of keys) {
    const field = fields[key];
    if (typeof field === 'object') fields[key] = untagged(field);
  }
  const [only = ''] = keys;
  if (keys.length !== 1 || !TAGGED.test(only)) return value;
  return only.startsWith('$$') ? { [only.slice(1)]: fields[only] } : meaning(only, fields[only]);
}

function meaning(tag: string, content: unknown): unknown {
  switch (tag) {
    case '$bytes':
      return new Uint8Array(Buffer.from(content as string, 'base64'));
    case '$set':
      return new Set(content as unknown[]);
    case '$map':
      return new Map(content as [unknown, unknown][]);
    case '$date':
      return new Date(content as number);
    case '$number':
      return Number(content);
    case '$bigint':
      return BigInt(content as string);
    default:
      return undefined;
  }
}
