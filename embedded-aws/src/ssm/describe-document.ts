import type {
  DescribeDocumentCommandInput,
  DescribeDocumentCommandOutput,
  DocumentDescription,
  PlatformType,
} from '@aws-sdk/client-ssm';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { documentArn, documentVersion, versionName } from './constraints.ts';
import { parametersOf, requireDocument, stepsOf, versionOf } from './documents.ts';
import type { DocumentRecord, DocumentVersionRecord } from './records.ts';
import { asText, fieldsOf } from './shape.ts';
import { textOf } from './substitution.ts';
import { tagList } from './tagging.ts';

export const describeDocument: Operation<DescribeDocumentCommandInput, DescribeDocumentCommandOutput> = {
  kind: 'read',
  accepts: ['DocumentVersion', 'Name', 'VersionName'],
  run: (input, { world, account, region }) => {
    check(input, {
      Name: { required: true, ...documentArn },
      DocumentVersion: documentVersion,
      VersionName: versionName,
    });
    const document = requireDocument(world, { account, region }, input.Name ?? '');
    const version = versionOf(document, input.DocumentVersion, input.VersionName);
    return { Document: description(document, version) };
  },
};

export function description(
  document: DocumentRecord,
  version: DocumentVersionRecord = versionOf(document, '$DEFAULT'),
): DocumentDescription {
  const { description: said, schemaVersion } = fieldsOf(version.content);
  return {
    Name: document.name,
    ...(version.displayName === undefined ? {} : { DisplayName: version.displayName }),
    ...(version.versionName === undefined ? {} : { VersionName: version.versionName }),
    Owner: document.account,
    CreatedDate: new Date(version.createdDate),
    Status: 'Active',
    Hash: version.hash,
    HashType: 'Sha256',
    DocumentVersion: String(version.version),
    LatestVersion: String(document.latestVersion),
    DefaultVersion: String(document.defaultVersion),
    Description: asText(said) ?? '',
    Parameters: Object.entries(parametersOf(version.content)).map(([name, parameter]) => ({
      Name: name,
      Type: parameter.type.endsWith('List') ? 'StringList' : 'String',
      ...(parameter.description === undefined ? {} : { Description: parameter.description }),
      ...(parameter.default === undefined ? {} : { DefaultValue: textOf(parameter.default) }),
    })),
    PlatformTypes: platformsOf(version),
    DocumentType: document.documentType,
    SchemaVersion: asText(schemaVersion) ?? '',
    DocumentFormat: version.format,
    ...(version.targetType === undefined ? {} : { TargetType: version.targetType }),
    Tags: tagList(document.tags),
  };
}

/** The platforms that a document supports. */
export function platformsOf({ content }: DocumentVersionRecord): PlatformType[] {
  const platforms = stepsOf(content).flatMap(({ action, fields }): PlatformType[] => {
    const named = JSON.stringify(fieldsOf(fields.precondition));
    if (action === 'aws:runShellScript') return ['Linux', 'MacOS'];
    if (named.includes('Windows')) return ['Windows'];
    if (named.includes('Linux')) return ['Linux'];
    return ['Windows', 'Linux', 'MacOS'];
  });
  return [...new Set(platforms)];
}
