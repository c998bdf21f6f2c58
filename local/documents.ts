import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AwsError, perform, type Services, type World } from 'embedded-aws';
import type { Recipe } from '../shared/recipe/recipe.ts';
import { stepsDocument } from '../shared/recipe/steps-document.ts';
import { HOME } from './home.ts';

const DOCUMENTS = join(import.meta.dirname, '../documents');

/**
 * Publishes what serverless.yml publishes: the two build documents, and each recipe's steps as a Command document. A document
 * that stands there with another content is replaced.
 */
export function publishDocuments(world: World, services: Services, recipes: readonly Recipe[]): void {
  const call = (operation: string, input: Record<string, unknown>) =>
    perform(services, world, { service: 'ssm', operation, ...HOME, input, inner: true });
  const standingHash = (Name: string): unknown => {
    try {
      return (call('DescribeDocument', { Name }).Document as { Hash?: string }).Hash;
    } catch (error) {
      if (error instanceof AwsError && error.code === 'InvalidDocument') return undefined;
      throw error;
    }
  };
  const publish = (input: {
    Name: string;
    Content: string;
    DocumentType: string;
    DocumentFormat: string;
  }) => {
    const { Name, Content } = input;
    const hash = standingHash(Name);
    if (hash === createHash('sha256').update(Content).digest('hex')) return;
    if (hash !== undefined) call('DeleteDocument', { Name });
    call('CreateDocument', input);
  };
  for (const platform of ['linux', 'windows']) {
    publish({
      Name: `golden-image-build-${platform}`,
      DocumentType: 'Automation',
      DocumentFormat: 'YAML',
      Content: readFileSync(join(DOCUMENTS, `build-${platform}.yml`), 'utf8'),
    });
  }
  for (const recipe of recipes) {
    const document = stepsDocument(recipe);
    if (document === undefined) continue;
    const Content = JSON.stringify(document.content);
    publish({ Name: document.name, DocumentType: 'Command', DocumentFormat: 'JSON', Content });
  }
}
