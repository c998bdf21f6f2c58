import type {
  ListDocumentVersionsCommandInput,
  ListDocumentVersionsCommandOutput,
} from '@aws-sdk/client-ssm';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { documentArn } from './constraints.ts';
import { requireDocument } from './documents.ts';
import { page } from './paging.ts';

/** Newest first. */
export const listDocumentVersions: Operation<
  ListDocumentVersionsCommandInput,
  ListDocumentVersionsCommandOutput
> = {
  kind: 'read',
  accepts: ['MaxResults', 'Name', 'NextToken'],
  run: (input, { world, account, region }) => {
    check(input, { Name: { required: true, ...documentArn } });
    const document = requireDocument(world, { account, region }, input.Name ?? '');
    const { items, ...rest } = page(document.versions.toReversed(), input, {
      least: 1,
      most: 50,
      defaultSize: 50,
    });
    return {
      DocumentVersions: items.map(({ version, versionName, displayName, format, createdDate }) => ({
        Name: document.name,
        ...(displayName === undefined ? {} : { DisplayName: displayName }),
        DocumentVersion: String(version),
        ...(versionName === undefined ? {} : { VersionName: versionName }),
        CreatedDate: new Date(createdDate),
        IsDefaultVersion: version === document.defaultVersion,
        DocumentFormat: format,
        Status: 'Active' as const,
      })),
      ...rest,
    };
  },
};
