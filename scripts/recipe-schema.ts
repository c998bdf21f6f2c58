import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import * as z from 'zod/mini';
import { recipeSchema } from '../shared/recipe/recipe.ts';

/**
 * The JSON Schema of recipes as a user writes them, for completion in an editor. Draft 7 is what the YAML language
 * server understands in full. Rules that concern several fields are not in it; `golden` checks those.
 */
export function recipeJsonSchema(): string {
  const schema = z.toJSONSchema(recipeSchema, { target: 'draft-7', io: 'input' });
  return `${JSON.stringify({ title: 'Recipe of a golden image', ...schema }, null, 2)}\n`;
}

export const recipeJsonSchemaFile = new URL('../recipe.schema.json', import.meta.url);

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(recipeJsonSchemaFile, recipeJsonSchema());
}
