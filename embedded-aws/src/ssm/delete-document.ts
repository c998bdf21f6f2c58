import type { DeleteDocumentCommandInput, DeleteDocumentCommandOutput } from '@aws-sdk/client-ssm';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { documentName, documentVersion, versionName } from './constraints.ts';
import { ownDocument, versionOf } from './documents.ts';

/** Deletes a document with all versions, or one version that is not the default. */
export const deleteDocument: Operation<DeleteDocumentCommandInput, DeleteDocumentCommandOutput> = {
  kind: 'write',
  accepts: ['DocumentVersion', 'Name', 'VersionName'],
  run: (input, { world, account, region, now }) => {
    check(input, {
      Name: { required: true, ...documentName },
      DocumentVersion: documentVersion,
      VersionName: versionName,
    });
    const document = ownDocument(world, { account, region }, input.Name ?? '');
    if (document.sharedWith.length > 0) {
      throw new AwsError(
        'InvalidDocumentOperation',
        'You attempted to delete a document while it is still shared. You must stop sharing the document before you can delete it.',
      );
    }
    if (input.DocumentVersion === undefined && input.VersionName === undefined) {
      world.documents.delete(document.id);
      return {};
    }
    const { version } = versionOf(document, input.DocumentVersion, input.VersionName);
    if (version === document.defaultVersion) {
      throw new AwsError('InvalidDocumentOperation', "Default version of the document can't be deleted.");
    }
    const versions = document.versions.filter((one) => one.version !== version);
    const latestVersion = Math.max(...versions.map((one) => one.version));
    world.documents.put({ ...document, versions, latestVersion }, now, 0);
    return {};
  },
};
