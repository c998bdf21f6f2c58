import type { NormalizedSchema } from '@smithy/core/schema';

/** The timestamp formats in the SDK's schemas. */
const DATE_TIME = 5;
const HTTP_DATE = 6;
const EPOCH_SECONDS = 7;

export type TimestampFormat = typeof DATE_TIME | typeof EPOCH_SECONDS;
export const formats = { dateTime: DATE_TIME, epochSeconds: EPOCH_SECONDS } as const;

/** A timestamp in the schema's format, or in the protocol's format if the schema has none. */
export function writeTimestamp(
  schema: NormalizedSchema,
  date: Date,
  protocol: TimestampFormat,
): string | number {
  const own = schema.getSchema();
  const format = own === DATE_TIME || own === HTTP_DATE || own === EPOCH_SECONDS ? own : protocol;
  if (format === EPOCH_SECONDS) return date.getTime() / 1000;
  return format === HTTP_DATE ? date.toUTCString() : date.toISOString();
}

const ISO = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** Reads a timestamp in any form that clients send; `undefined` if it is not a timestamp. */
export function readTimestamp(value: unknown): Date | undefined {
  const date = dateOf(value);
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date;
}

function dateOf(value: unknown): Date | undefined {
  if (typeof value === 'number') return new Date(Math.round(value * 1000));
  if (typeof value !== 'string') return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return new Date(Math.round(Number(value) * 1000));
  if (ISO.test(value)) return new Date(/[Z+]|-\d{2}:?\d{2}$/.test(value.slice(10)) ? value : `${value}Z`);
  return /^\w{3}, /.test(value) ? new Date(value) : undefined;
}

/** Reads strict base64; `undefined` if it is not base64. */
export function readBlob(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 === 1) return undefined;
  return new Uint8Array(Buffer.from(text, 'base64'));
}

export const writeBlob = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
