import type { GetDocumentCommandInput, GetDocumentCommandOutput } from '@aws-sdk/client-ssm';
import { stringify as writeYaml } from 'yaml';
import { notEmulated } from '../errors.ts';
import type { Operation } from '../operation.ts';
import { findDocument, noDocument, requireVersion } from './documents.ts';
import { required } from './errors.ts';

/** The content is written anew from what it says, not given back as it came. */
export const getDocument: Operation<GetDocumentCommandInput, GetDocumentCommandOutput> = {
  kind: 'read',
  accepts: ['Name', 'DocumentVersion', 'DocumentFormat'],
  run: ({ Name, DocumentVersion, DocumentFormat = 'JSON' }, { world, account, region }) => {
    const name = required(Name, 'name');
    const document = findDocument(world, { account, region }, name);
    if (document === undefined) throw noDocument(name);
    requireVersion(document, DocumentVersion);
    if (DocumentFormat === 'TEXT') throw notEmulated('ssm:GetDocument with DocumentFormat TEXT');
    return {
      Name: name,
      CreatedDate: new Date(document.createdDate),
      DocumentVersion: String(document.version),
      Status: 'Active',
      Content:
        DocumentFormat === 'YAML' ? writeYaml(document.content) : JSON.stringify(document.content, null, 2),
      DocumentType: document.documentType,
      DocumentFormat,
    };
  },
};
