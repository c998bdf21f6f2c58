import type {
  DescribeDocumentCommandInput,
  DescribeDocumentCommandOutput,
  DocumentDescription,
} from '@aws-sdk/client-ssm';
import type { Operation } from '../operation.ts';
import type { DocumentRecord } from '../records.ts';
import { findDocument, noDocument, parametersOf, requireVersion, stepsOf } from './documents.ts';
import { required } from './errors.ts';
import { asText, fieldsOf } from './shape.ts';
import { textOf } from './substitution.ts';

export const describeDocument: Operation<DescribeDocumentCommandInput, DescribeDocumentCommandOutput> = {
  kind: 'read',
  accepts: ['Name', 'DocumentVersion'],
  run: ({ Name, DocumentVersion }, { world, account, region }) => {
    const name = required(Name, 'name');
    const document = findDocument(world, { account, region }, name);
    if (document === undefined) throw noDocument(name);
    requireVersion(document, DocumentVersion);
    return { Document: description(document) };
  },
};

export function description(document: DocumentRecord): DocumentDescription {
  const version = String(document.version);
  const { description: said, schemaVersion } = fieldsOf(document.content);
  const platforms = stepsOf(document.content).flatMap(({ action, fields }) => {
    const named = JSON.stringify(fieldsOf(fields.precondition));
    if (action === 'aws:runShellScript') return ['Linux' as const, 'MacOS' as const];
    if (named.includes('Windows')) return ['Windows' as const];
    if (named.includes('Linux')) return ['Linux' as const];
    return ['Windows' as const, 'Linux' as const, 'MacOS' as const];
  });
  return {
    Name: document.name,
    Owner: document.account,
    CreatedDate: new Date(document.createdDate),
    Status: 'Active',
    Hash: document.hash,
    HashType: 'Sha256',
    DocumentVersion: version,
    LatestVersion: version,
    DefaultVersion: version,
    Description: asText(said) ?? '',
    Parameters: Object.entries(parametersOf(document.content)).map(([name, parameter]) => ({
      Name: name,
      Type: parameter.type.endsWith('List') ? 'StringList' : 'String',
      ...(parameter.default !== undefined && { DefaultValue: textOf(parameter.default) }),
    })),
    PlatformTypes: [...new Set(platforms)],
    DocumentType: document.documentType,
    SchemaVersion: asText(schemaVersion) ?? '',
    DocumentFormat: document.format,
    Tags: Object.entries(document.tags).map(([Key, Value]) => ({ Key, Value })),
  };
}
