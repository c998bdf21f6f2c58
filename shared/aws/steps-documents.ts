import {
  AddTagsToResourceCommand,
  DeleteDocumentCommand,
  paginateListDocuments,
  RemoveTagsFromResourceCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { FormerDocuments, PublishedSteps } from '../build/former-documents.ts';
import { FORMER_SINCE, STEPS } from '../build/tags.ts';
import { NotFound } from '../errors.ts';
import { tagRecord } from './tags.ts';

/**
 * Lists all documents with recipes' steps, of this deployment and of earlier ones. The documents are identified by a tag: CloudFormation
 * generates their names, so that a recipe that is changed back does not collide with its former document.
 */
export async function listStepsDocuments(ssm: SSMClient): Promise<PublishedSteps[]> {
  const Filters = [
    { Key: 'Owner', Values: ['Self'] },
    // The stack's name begins with this prefix, and so do the names of its documents.
    { Key: 'Name', Values: ['golden-image-'] },
  ];
  const found: PublishedSteps[] = [];
  for await (const page of paginateListDocuments({ client: ssm }, { Filters })) {
    for (const { Name: name = '', Tags, CreatedDate } of page.DocumentIdentifiers ?? []) {
      const { [STEPS]: digest, [FORMER_SINCE]: since } = tagRecord(Tags);
      if (digest === undefined) continue;
      const formerSince = since === undefined ? {} : { formerSince: Date.parse(since) };
      found.push({ name, digest, createdAt: CreatedDate?.getTime() ?? 0, ...formerSince });
    }
  }
  return found;
}

/** Tags former documents, and removes the documents that no build can need. A document that is already gone counts as success. */
export async function retireDocuments(
  ssm: SSMClient,
  { mark, unmark, remove }: FormerDocuments,
  now: Date,
): Promise<void> {
  // One call after the other: SSM allows only a few of these calls per second.
  for (const { name: ResourceId } of mark) {
    const Tags = [{ Key: FORMER_SINCE, Value: now.toISOString() }];
    await ssm.send(new AddTagsToResourceCommand({ ResourceType: 'Document', ResourceId, Tags }));
  }
  for (const { name: ResourceId } of unmark) {
    const TagKeys = [FORMER_SINCE];
    await ssm.send(new RemoveTagsFromResourceCommand({ ResourceType: 'Document', ResourceId, TagKeys }));
  }
  for (const { name: Name } of remove) {
    try {
      await ssm.send(new DeleteDocumentCommand({ Name }));
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
    }
  }
}
