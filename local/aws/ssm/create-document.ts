import { createHash } from 'node:crypto';
import type { CreateDocumentCommandInput, CreateDocumentCommandOutput } from '@aws-sdk/client-ssm';
import { parse as parseYaml } from 'yaml';
import { AwsError, notEmulated } from '../errors.ts';
import type { Operation } from '../operation.ts';
import type { DocumentRecord } from '../records.ts';
import { checkContent } from './check-content.ts';
import { description } from './describe-document.ts';
import { documentId } from './documents.ts';
import { required, validationError } from './errors.ts';

export const createDocument: Operation<CreateDocumentCommandInput, CreateDocumentCommandOutput> = {
  kind: 'write',
  accepts: ['Content', 'Name', 'DocumentType', 'DocumentFormat', 'Tags.Key', 'Tags.Value'],
  run: (input, { world, account, region, now }) => {
    const name = required(input.Name, 'name');
    const text = required(input.Content, 'content');
    const { DocumentType = 'Command', DocumentFormat: format = 'JSON', Tags = [] } = input;
    if (!/^[a-zA-Z0-9_.-]{3,128}$/.test(name)) {
      throw validationError(
        name,
        'name',
        'Member must satisfy regular expression pattern: ^[a-zA-Z0-9_\\-.]{3,128}$',
      );
    }
    if (/^(aws|amazon|amzn)/i.test(name)) {
      throw validationError(name, 'name', 'Document names that begin with aws, amazon or amzn are reserved');
    }
    if (DocumentType !== 'Command' && DocumentType !== 'Automation') {
      throw notEmulated(`ssm:CreateDocument with DocumentType ${DocumentType}`);
    }
    if (format !== 'JSON' && format !== 'YAML') {
      throw notEmulated(`ssm:CreateDocument with DocumentFormat ${format}`);
    }
    if (Buffer.byteLength(text) > CONTENT_BYTES_MAX) {
      throw new AwsError(
        'MaxDocumentSizeExceeded',
        `The size limit of a document is ${CONTENT_BYTES_MAX / 1024} KB.`,
      );
    }
    const content = parsed(text, format);
    checkContent(DocumentType, content);
    const id = documentId(account, region, name);
    if (world.documents.get(id) !== undefined) {
      throw new AwsError('DocumentAlreadyExists', `Document with same name ${name} already exists`);
    }
    const document: DocumentRecord = {
      id,
      account,
      region,
      name,
      documentType: DocumentType,
      version: 1,
      content,
      format,
      hash: createHash('sha256').update(text).digest('hex'),
      createdDate: now,
      tags: Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value])),
    };
    world.documents.put(document, now, 0);
    return { DocumentDescription: description(document) };
  },
};

/** AWS General Reference, Systems Manager endpoints and quotas. */
const CONTENT_BYTES_MAX = 64 * 1024;

function parsed(text: string, format: 'JSON' | 'YAML'): unknown {
  try {
    return format === 'JSON' ? JSON.parse(text) : parseYaml(text);
  } catch {
    throw new AwsError('InvalidDocumentContent', `${format} not well-formed.`);
  }
}
