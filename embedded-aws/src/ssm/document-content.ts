import { createHash } from 'node:crypto';
import { parse as parseYaml } from 'yaml';
import { AwsError, notEmulated } from '../core/errors.ts';
import { isDeeperThan, jsonLevelsMax } from '../core/nesting.ts';
import { readCalendar } from './calendar.ts';
import { checkContent } from './check-content.ts';
import type { DocumentRecord, DocumentVersionRecord } from './records.ts';

/** AWS General Reference, Systems Manager endpoints and quotas. */
const contentBytesMax = 64 * 1024;

/**
 * Parses and validates the content of a document. Returns a version without its number and names.
 */
export function readContent(
  text: string,
  format: string,
  documentType: DocumentRecord['documentType'],
  createdDate: number,
): Omit<DocumentVersionRecord, 'version'> {
  const isCalendar = documentType === 'ChangeCalendar';
  if (isCalendar !== (format === 'TEXT') || (format !== 'JSON' && format !== 'YAML' && format !== 'TEXT')) {
    throw notEmulated(`an SSM document of the type ${documentType} with DocumentFormat ${format}`);
  }
  if (Buffer.byteLength(text) > contentBytesMax) {
    throw new AwsError(
      'MaxDocumentSizeExceeded',
      `The size limit of a document is ${contentBytesMax / 1024} KB.`,
    );
  }
  const content = format === 'TEXT' ? readCalendar(text) : parsed(text, format);
  if (!isCalendar) checkContent(documentType, content);
  return { content, text, format, hash: createHash('sha256').update(text).digest('hex'), createdDate };
}

/** The contents of YAML documents by their text. Parsing YAML takes long, and all worlds of a process often have the same documents. */
const contents = new Map<string, unknown>();

/** The content of a YAML text. The caller must not change it. */
function yamlContent(text: string): unknown {
  const content = contents.get(text) ?? parseYaml(text);
  contents.set(text, content);
  return content;
}

function parsed(text: string, format: 'JSON' | 'YAML'): unknown {
  const malformed = () => new AwsError('InvalidDocumentContent', `${format} not well-formed.`);
  let content: unknown;
  try {
    content = format === 'JSON' ? JSON.parse(text) : yamlContent(text);
  } catch {
    throw malformed();
  }
  // A YAML value can also contain itself.
  if (isDeeperThan(content, jsonLevelsMax)) throw malformed();
  return content;
}
