import type { DeleteDocumentCommandInput, DeleteDocumentCommandOutput } from '@aws-sdk/client-ssm';
import { AwsError } from '../errors.ts';
import type { Operation } from '../operation.ts';
import { awsDocuments } from './aws-documents.ts';
import { documentId, noDocument } from './documents.ts';
import { required } from './errors.ts';

export const deleteDocument: Operation<DeleteDocumentCommandInput, DeleteDocumentCommandOutput> = {
  kind: 'write',
  accepts: ['Name'],
  run: ({ Name }, { world, account, region }) => {
    const name = required(Name, 'name');
    if (awsDocuments.has(name)) {
      throw new AwsError('InvalidDocumentOperation', `You can't delete a document that AWS owns: ${name}`);
    }
    const id = documentId(account, region, name);
    if (world.documents.get(id) === undefined) throw noDocument(name);
    world.documents.delete(id);
    return {};
  },
};
