import type { NormalizedSchema } from '@smithy/core/schema';
import { formats, writeBlob, writeTimestamp } from './scalars.ts';

/** Characters that XML 1.0 cannot contain, not even escaped. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
};

export const escapeXml = (text: string): string =>
  text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"\r]/g, (character) => ESCAPES[character] ?? character);

/** An element. The content must be escaped already. */
export const element = (name: string, content: string, attributes = ''): string =>
  content === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${content}</${name}>`;

/** The members of a structure as elements. Absent members are left out; an empty list is an empty element. */
export function writeMembers(schema: NormalizedSchema, value: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const [name, member] of schema.structIterator()) {
    const content = value[name];
    if (content === undefined || content === null) continue;
    text += writeMember(member.getMemberTraits().xmlName ?? name, member, content);
  }
  return text;
}

function writeMember(name: string, schema: NormalizedSchema, value: unknown): string {
  const isFlat = schema.getMergedTraits().xmlFlattened !== undefined;
  if (schema.isListSchema()) {
    const member = schema.getValueSchema();
    const itemName = isFlat ? name : (member.getMergedTraits().xmlName ?? 'member');
    const items = (value as unknown[]).map((item) => writeMember(itemName, member, item)).join('');
    return isFlat ? items : element(name, items);
  }
  if (schema.isMapSchema()) {
    const keySchema = schema.getKeySchema();
    const valueSchema = schema.getValueSchema();
    const keyName = keySchema.getMergedTraits().xmlName ?? 'key';
    const valueName = valueSchema.getMergedTraits().xmlName ?? 'value';
    const entries = Object.entries(value as Record<string, unknown>)
      .map(([key, item]) =>
        element(
          isFlat ? name : 'entry',
          element(keyName, escapeXml(key)) + writeMember(valueName, valueSchema, item),
        ),
      )
      .join('');
    return isFlat ? entries : element(name, entries);
  }
  if (schema.isStructSchema()) return element(name, writeMembers(schema, value as Record<string, unknown>));
  return element(name, escapeXml(writeScalar(schema, value)));
}

function writeScalar(schema: NormalizedSchema, value: unknown): string {
  if (value instanceof Date) return String(writeTimestamp(schema, value, formats.dateTime));
  if (value instanceof Uint8Array) return writeBlob(value);
  return String(value);
}
