import type { MessageAttributeValue } from '@aws-sdk/client-sns';
import { AwsError } from '../core/errors.ts';
import type { MessageAttribute } from '../sqs/records.ts';

const bad = (message: string) => new AwsError('ParameterValueInvalid', message);

/** The message attributes of a request. The texts are recorded responses of AWS (localstack/localstack). */
export function readAttributes(
  given: Readonly<Record<string, MessageAttributeValue>> = {},
  at = 'messageAttributes',
): Record<string, MessageAttribute> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      checkName(name);
      return [name, readValue(name, value, at)];
    }),
  );
}

function checkName(name: string): void {
  if (Buffer.byteLength(name) > 256)
    throw bad('Length of message attribute name must be less than 256 bytes.');
  if (name.startsWith('.'))
    throw bad("Invalid message attribute name starting with character '.' was found.");
  if (name.endsWith('.')) throw bad("Invalid message attribute name ending with character '.' was found.");
  const [strange] = /[^\w.-]/u.exec(name) ?? [];
  if (strange !== undefined || name === '') {
    const code = (strange ?? '').codePointAt(0)?.toString(16).toUpperCase() ?? '';
    throw bad(
      `Invalid non-alphanumeric character '#x${code}' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.`,
    );
  }
  if (name.includes('..')) throw bad("Message attribute name can not have successive '.' character.");
}

function readValue(
  name: string,
  { DataType: type, StringValue: text, BinaryValue: bytes }: MessageAttributeValue,
  at: string,
): MessageAttribute {
  if (type === undefined) {
    throw new AwsError(
      'ValidationError',
      `1 validation error detected: Value null at '${at}.${name}.member.dataType' failed to satisfy constraint: Member must not be null`,
    );
  }
  if (!/^(String|Number|Binary)(\..+)?$/.test(type)) {
    throw bad(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  }
  const field = type.startsWith('Binary') ? 'Binary' : 'String';
  const [own, other] = field === 'Binary' ? [bytes, text] : [text, bytes];
  if (own === undefined && other !== undefined) {
    throw bad(`The message attribute '${name}' with type '${type}' must use field '${field}'.`);
  }
  if (own === undefined || own.length === 0) {
    throw bad(
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`,
    );
  }
  if (field === 'Binary') return { type, bytes: Buffer.from(bytes ?? []).toString('base64') };
  return { type, ...(text === undefined ? {} : { text }) };
}
