import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AwsError, perform, type Services, type World } from 'embedded-aws';
import { RECIPE, STEPS } from '../shared/build/tags.ts';
import type { Recipe } from '../shared/recipe/recipe.ts';
import { stepsDocument } from '../shared/recipe/steps-document.ts';
import { HOME } from './home.ts';

const DOCUMENTS = join(import.meta.dirname, '../documents');

/**
 * Publishes the SSM documents in serverless.yml, as CloudFormation does. Each of the two build documents gets a new version when its content
 * changes. The steps of each recipe are a Command document. When the steps change, the former document stays.
 */
export function publishDocuments(world: World, services: Services, recipes: readonly Recipe[]): void {
  const call = (operation: string, input: Record<string, unknown>) =>
    perform(services, world, { service: 'ssm', operation, ...HOME, input, inner: true });
  for (const platform of ['linux', 'windows']) {
    const Content = readFileSync(join(DOCUMENTS, `build-${platform}.yml`), 'utf8');
    publishVersion(call, { Name: `golden-image-build-${platform}`, Content });
  }
  for (const recipe of recipes) {
    const document = stepsDocument(recipe);
    if (document === undefined) continue;
    const Name = `golden-image-${recipe.name}-${document.digest}`;
    if (hashOf(call, { Name }) !== undefined) continue;
    call('CreateDocument', {
      Name,
      Content: JSON.stringify(document.content),
      DocumentType: 'Command',
      DocumentFormat: 'JSON',
      Tags: [
        { Key: RECIPE, Value: recipe.name },
        { Key: STEPS, Value: document.digest },
      ],
    });
  }
}

type Call = (operation: string, input: Record<string, unknown>) => Record<string, unknown>;

/** Creates or updates a document, so that the latest version has this content and is the default version. */
function publishVersion(call: Call, { Name, Content }: { Name: string; Content: string }): void {
  const hash = createHash('sha256').update(Content).digest('hex');
  const latest = hashOf(call, { Name, DocumentVersion: '$LATEST' });
  if (latest === hash) return;
  const document = { Name, Content, DocumentFormat: 'YAML' };
  if (latest === undefined) {
    call('CreateDocument', { ...document, DocumentType: 'Automation' });
    return;
  }
  // Two versions cannot have the same content. If a document is changed back, the former version is deleted first.
  const { DocumentVersions } = call('ListDocumentVersions', { Name });
  for (const { DocumentVersion } of DocumentVersions as { DocumentVersion: string }[]) {
    if (hashOf(call, { Name, DocumentVersion }) === hash) call('DeleteDocument', { Name, DocumentVersion });
  }
  const { DocumentDescription } = call('UpdateDocument', { ...document, DocumentVersion: '$LATEST' });
  const { DocumentVersion } = DocumentDescription as { DocumentVersion: string };
  call('UpdateDocumentDefaultVersion', { Name, DocumentVersion });
}

/** The hash of a document's content. `undefined` if the document does not exist. */
function hashOf(call: Call, input: { Name: string; DocumentVersion?: string }): unknown {
  try {
    return (call('DescribeDocument', input).Document as { Hash?: string }).Hash;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'InvalidDocument') return undefined;
    throw error;
  }
}
