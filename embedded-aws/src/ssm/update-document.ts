import type { UpdateDocumentCommandInput, UpdateDocumentCommandOutput } from '@aws-sdk/client-ssm';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { documentName, documentVersion } from './constraints.ts';
import { aboutVersion } from './create-document.ts';
import { description } from './describe-document.ts';
import { readContent } from './document-content.ts';
import { noVersion, ownDocument, versionOf } from './documents.ts';
import type { DocumentRecord } from './records.ts';

const versionsMax = 1000;

/**
 * Adds a version after the latest version, which the request must name. The default version does
 * not change.
 */
export const updateDocument: Operation<UpdateDocumentCommandInput, UpdateDocumentCommandOutput> = {
  kind: 'write',
  accepts: [
    'Content',
    'DisplayName',
    'DocumentFormat',
    'DocumentVersion',
    'Name',
    'TargetType',
    'VersionName',
  ],
  run: (input, { world, account, region, now }) => {
    check(input, {
      Content: { required: true, length: [1, Number.POSITIVE_INFINITY] },
      Name: { required: true, ...documentName },
      DocumentVersion: documentVersion,
      ...aboutVersion,
    });
    const document = ownDocument(world, { account, region }, input.Name ?? '');
    const { DocumentVersion, VersionName, DocumentFormat = 'JSON' } = input;
    const latest = versionOf(document, '$LATEST');
    if (DocumentVersion === undefined || versionOf(document, DocumentVersion) !== latest) throw noVersion();
    const content = readContent(input.Content ?? '', DocumentFormat, document.documentType, now);
    if (VersionName !== undefined && document.versions.some((one) => one.versionName === VersionName)) {
      throw new AwsError(
        'DuplicateDocumentVersionName',
        'The version name has already been used in this document. Specify a different version name, and then try again.',
      );
    }
    if (document.versions.some(({ hash }) => hash === content.hash)) {
      throw new AwsError(
        'DuplicateDocumentContent',
        'The content of the association document matches another document. Change the content of the document and try again.',
      );
    }
    if (document.versions.length >= versionsMax) {
      throw new AwsError(
        'DocumentVersionLimitExceeded',
        'The document has too many versions. Delete one or more document versions and try again.',
      );
    }
    const displayName = input.DisplayName ?? latest.displayName;
    const targetType = input.TargetType ?? latest.targetType;
    const version = {
      version: document.latestVersion + 1,
      ...content,
      ...(VersionName === undefined ? {} : { versionName: VersionName }),
      ...(displayName === undefined ? {} : { displayName }),
      ...(targetType === undefined ? {} : { targetType }),
    };
    const updated: DocumentRecord = {
      ...document,
      latestVersion: version.version,
      versions: [...document.versions, version],
    };
    world.documents.put(updated, now, 0);
    return { DocumentDescription: { ...description(updated, version), Status: 'Updating' } };
  },
};
