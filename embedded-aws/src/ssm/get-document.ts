import type { GetDocumentCommandInput, GetDocumentCommandOutput } from '@aws-sdk/client-ssm';
import { stringify as writeYaml } from 'yaml';
import { notEmulated } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { documentArn, documentVersion, versionName } from './constraints.ts';
import { requireDocument, versionOf } from './documents.ts';

/** The content as it was given, or converted to the other format. */
export const getDocument: Operation<GetDocumentCommandInput, GetDocumentCommandOutput> = {
  kind: 'read',
  accepts: ['DocumentFormat', 'DocumentVersion', 'Name', 'VersionName'],
  run: (input, { world, account, region }) => {
    check(input, {
      Name: { required: true, ...documentArn },
      VersionName: versionName,
      DocumentVersion: documentVersion,
      DocumentFormat: { oneOf: ['YAML', 'JSON', 'TEXT'] },
    });
    const document = requireDocument(world, { account, region }, input.Name ?? '');
    const version = versionOf(document, input.DocumentVersion, input.VersionName);
    // Only calendars have the format TEXT.
    const defaultFormat = version.format === 'TEXT' ? 'TEXT' : 'JSON';
    const { DocumentFormat = defaultFormat } = input;
    if ((DocumentFormat === 'TEXT') !== (version.format === 'TEXT')) {
      throw notEmulated(
        `ssm:GetDocument with DocumentFormat ${DocumentFormat} of a ${document.documentType}`,
      );
    }
    const converted =
      DocumentFormat === 'YAML' ? writeYaml(version.content) : JSON.stringify(version.content, null, 2);
    return {
      Name: document.name,
      CreatedDate: new Date(version.createdDate),
      ...(version.displayName === undefined ? {} : { DisplayName: version.displayName }),
      ...(version.versionName === undefined ? {} : { VersionName: version.versionName }),
      DocumentVersion: String(version.version),
      Status: 'Active',
      Content: DocumentFormat === version.format ? version.text : converted,
      DocumentType: document.documentType,
      DocumentFormat,
    };
  },
};
