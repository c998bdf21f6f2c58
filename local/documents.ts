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

/**
 * Creates or updates a document, so that the latest version has this content and is the default version. A build pins the version that is
 * the latest one when the build is planned, so no version is deleted.
 */
function publishVersion(call: Call, { Name, Content }: { Name: string; Content: string }): void {
  if (hashOf(call, { Name }) === undefined) {
    call('CreateDocument', { Name, Content, DocumentFormat: 'YAML', DocumentType: 'Automation' });
    return;
  }
  const latest = call('GetDocument', { Name, DocumentVersion: '$LATEST', DocumentFormat: 'YAML' });
  if (String(latest.Content).replace(PUBLISHED_AGAIN, '') === Content) return;
  const { DocumentVersions } = call('ListDocumentVersions', { Name });
  const hash = createHash('sha256').update(Content).digest('hex');
  const isFormer = (DocumentVersions as { DocumentVersion: string }[]).some(
    ({ DocumentVersion }) => hashOf(call, { Name, DocumentVersion }) === hash,
  );
  // SSM accepts no second version with the same content (DuplicateDocumentContent), so a comment distinguishes the two.
  const again = `# Published again after version ${latest.DocumentVersion}\n`;
  const { DocumentDescription } = call('UpdateDocument', {
    Name,
    Content: isFormer ? `${Content}${again}` : Content,
    DocumentFormat: 'YAML',
    DocumentVersion: '$LATEST',
  });
  const { DocumentVersion } = DocumentDescription as { DocumentVersion: string };
  call('UpdateDocumentDefaultVersion', { Name, DocumentVersion });
}

/** The comment at the end of a version whose content an earlier version has, too. */
const PUBLISHED_AGAIN = /# Published again after version \d+\n$/;

/** The hash of a document's content. `undefined` if the document does not exist. */
function hashOf(call: Call, input: { Name: string; DocumentVersion?: string }): unknown {
  try {
    return (call('DescribeDocument', input).Document as { Hash?: string }).Hash;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'InvalidDocument') return undefined;
    throw error;
  }
}
