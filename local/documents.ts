import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AwsError, perform, type Services, type World } from 'embedded-aws';
import { RECIPE, STEPS } from '../shared/build/tags.ts';
import type { Recipe } from '../shared/recipe/recipe.ts';
import { documentsOfRecipe } from '../shared/recipe/steps-document.ts';
import { APPROVAL_DOCUMENT } from './approval.ts';
import { HOME } from './home.ts';

const DOCUMENTS = join(import.meta.dirname, '../documents');

/** The kinds of documents in documents/ that each platform has, and their types in Systems Manager. */
const TYPES = { build: 'Automation', check: 'Command' };

/**
 * Publishes the SSM documents in serverless.yml, as CloudFormation does. Each document in documents/ gets a new version when its content
 * changes. The steps and the tests of each recipe are a Command document each. When they change, the former document stays.
 */
export function publishDocuments(world: World, services: Services, recipes: readonly Recipe[]): void {
  const call = (operation: string, input: Record<string, unknown>) =>
    perform(services, world, { service: 'ssm', operation, ...HOME, input, inner: true });
  for (const platform of ['linux', 'windows']) {
    for (const [kind, DocumentType] of Object.entries(TYPES)) {
      const Content = readFileSync(join(DOCUMENTS, `${kind}-${platform}.yml`), 'utf8');
      publishVersion(call, { Name: `golden-image-${kind}-${platform}`, Content, DocumentType });
    }
  }
  const Content = readFileSync(join(DOCUMENTS, 'approval.yml'), 'utf8');
  publishVersion(call, { Name: APPROVAL_DOCUMENT, Content, DocumentType: 'Automation' });
  for (const recipe of recipes) {
    for (const { digest, content } of documentsOfRecipe(recipe)) {
      const Name = `golden-image-${recipe.name}-${digest}`;
      if (exists(call, Name)) continue;
      call('CreateDocument', {
        Name,
        Content: JSON.stringify(content),
        DocumentType: 'Command',
        DocumentFormat: 'JSON',
        Tags: [
          { Key: RECIPE, Value: recipe.name },
          { Key: STEPS, Value: digest },
        ],
      });
    }
  }
}

type Call = (operation: string, input: Record<string, unknown>) => Record<string, unknown>;

/**
 * Creates or updates a document, so that the latest version has this content and is the default version. A build pins the version that is
 * the latest one when the build is planned, so no version is deleted.
 */
function publishVersion(
  call: Call,
  { Name, Content, DocumentType }: { Name: string; Content: string; DocumentType: string },
): void {
  if (!exists(call, Name)) {
    call('CreateDocument', { Name, Content, DocumentFormat: 'YAML', DocumentType });
    return;
  }
  const latest = call('GetDocument', { Name, DocumentVersion: '$LATEST', DocumentFormat: 'YAML' });
  if (String(latest.Content).replace(PUBLISHED_AGAIN, '') === Content) return;
  const update = (content: string): Record<string, unknown> =>
    call('UpdateDocument', { Name, Content: content, DocumentFormat: 'YAML', DocumentVersion: '$LATEST' });
  let updated: Record<string, unknown>;
  try {
    updated = update(Content);
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'DuplicateDocumentContent')) throw error;
    // A former version has this content, and SSM accepts no second one. A comment distinguishes the two.
    updated = update(`${Content}\n# Published again after version ${latest.DocumentVersion}\n`);
  }
  const { DocumentVersion } = updated.DocumentDescription as { DocumentVersion: string };
  call('UpdateDocumentDefaultVersion', { Name, DocumentVersion });
}

/** The comment at the end of a version whose content an earlier version has, too. */
const PUBLISHED_AGAIN = /\n# Published again after version \d+\n$/;

function exists(call: Call, Name: string): boolean {
  try {
    call('DescribeDocument', { Name });
    return true;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'InvalidDocument') return false;
    throw error;
  }
}
