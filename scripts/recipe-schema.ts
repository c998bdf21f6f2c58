import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import * as z from 'zod/mini';
import { recipeSchema } from '../shared/recipe/recipe.ts';

/**
 * The JSON Schema of recipes, for editors. It is draft 7, because the YAML language server supports draft 7 completely. It does not contain
 * the rules for several fields. `golden` checks these rules.
 */
export function recipeJsonSchema(): string {
  const schema = z.toJSONSchema(recipeSchema, { target: 'draft-7', io: 'input' });
  return `${JSON.stringify({ title: 'Recipe of a golden image', ...schema }, null, 2)}\n`;
}

export const recipeJsonSchemaFile = new URL('../recipe.schema.json', import.meta.url);

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(recipeJsonSchemaFile, recipeJsonSchema());
}
