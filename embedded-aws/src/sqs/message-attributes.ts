import { createHash } from 'node:crypto';
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { notEmulated } from '../core/errors.ts';
import type { MessageAttribute } from './records.ts';
import { invalidValue } from './refusals.ts';

type Given = Readonly<Record<string, MessageAttributeValue>>;
export type Attributes = Readonly<Record<string, MessageAttribute>>;

const attributesMax = 10;

/** Reads the message attributes of a request. Refuses the attributes that AWS refuses. */
export function readAttributes(given: Given = {}): Attributes {
  const entries = Object.entries(given);
  if (entries.length > attributesMax) {
    throw invalidValue(
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${attributesMax}].`,
    );
  }
  return Object.fromEntries(
    entries.map(([name, value]) => {
      checkName(name);
      return [name, readValue(name, value)];
    }),
  );
}

function checkName(name: string): void {
  if (Buffer.byteLength(name) >= 256) {
    throw invalidValue('Message (user) attribute names must be shorter than 256 Bytes');
  }
  if (!/^[\u00c0-\u017fa-zA-Z0-9_.-]+$/.test(name)) {
    throw invalidValue(
      'Message (user) attributes name can only contain upper and lower score characters, digits, periods, hyphens and underscores. ',
    );
  }
  if (/^(aws\.|amazon\.|\.)/i.test(name) || name.endsWith('.')) {
    throw invalidValue(
      "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for internal use. Additionally, they cannot start or end with '.'.",
    );
  }
  if (name.includes('..')) {
    throw invalidValue('Message (user) attribute names cannot have periods in succession.');
  }
}

function readValue(name: string, value: MessageAttributeValue): MessageAttribute {
  const { DataType: type, StringValue: text, BinaryValue: bytes } = value;
  if (value.StringListValues !== undefined || value.BinaryListValues !== undefined) {
    throw notEmulated('a list value in a message attribute (AWS does not support list values either)');
  }
  if (type === undefined || type === '') throw invalidValue('Missing required parameter DataType');
  const [, kind] = /^(String|Number|Binary)(?:\..+)?$/.exec(type) ?? [];
  if (kind === undefined) {
    throw invalidValue(
      `Type for parameter MessageAttributes.Attribute_name.DataType must be prefixed with "String", "Binary", or "Number", but was: ${type}`,
    );
  }
  if (Buffer.byteLength(type) >= 256) {
    throw invalidValue('Message (user) attribute types must be shorter than 256 Bytes');
  }
  const length = kind === 'Binary' ? bytes?.length : text?.length;
  if (length === undefined || length === 0) {
    throw invalidValue(
      `Message (user) attribute '${name}' must contain a non-empty value of type '${kind}'.`,
    );
  }
  if (kind === 'Binary') return { type, bytes: Buffer.from(bytes ?? []).toString('base64') };
  if (kind === 'Number' && !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text ?? '')) {
    throw invalidValue(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
  return { type, ...(text === undefined ? {} : { text }) };
}

/** Message attributes in the form that ReceiveMessage returns. */
export function attributeShapes(attributes: Attributes): Record<string, MessageAttributeValue> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { type, text, bytes }]) => [
      name,
      {
        DataType: type,
        ...(text === undefined ? {} : { StringValue: text }),
        ...(bytes === undefined ? {} : { BinaryValue: new Uint8Array(Buffer.from(bytes, 'base64')) }),
      },
    ]),
  );
}

export const md5 = (text: string | Uint8Array) => createHash('md5').update(text).digest('hex');

const transport = { text: 1, bytes: 2 } as const;

/**
 * The digest that clients verify. The digest covers the attributes in the order of their names: name, type, a
 * byte for text or binary, and value. The length of each part precedes the part (SQS developer guide,
 * Calculating the MD5 message digest for message attributes).
 */
export function md5OfAttributes(attributes: Attributes): string {
  const parts = Object.entries(attributes)
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .flatMap(([name, { type, text, bytes }]) => {
      const kind = bytes === undefined ? 'text' : 'bytes';
      const value = bytes === undefined ? Buffer.from(text ?? '') : Buffer.from(bytes, 'base64');
      return [measured(name), measured(type), Buffer.from([transport[kind]]), measured(value)];
    });
  return md5(Buffer.concat(parts));
}

function measured(part: string | Buffer): Buffer {
  const bytes = Buffer.from(part as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** The size in bytes. Names, types and values all count towards the size of the message. */
export function sizeOf(attributes: Attributes): number {
  return Object.entries(attributes).reduce(
    (sum, [name, { type, text = '', bytes }]) =>
      sum +
      Buffer.byteLength(name) +
      Buffer.byteLength(type) +
      (bytes === undefined ? Buffer.byteLength(text) : Buffer.byteLength(bytes, 'base64')),
    0,
  );
}
