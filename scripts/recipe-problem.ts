import { isNode, LineCounter, parseDocument } from 'yaml';
import type { OpenedRecipe } from '../shared/recipe/open-recipe.ts';
import { fieldPath, type Problem } from '../shared/recipe/problem.ts';

/** A problem at a field of a recipe that has no other problems. */
export function problemAt(
  { path, source }: OpenedRecipe,
  field: readonly (string | number)[],
  message: Pick<Problem, 'found' | 'allowed' | 'fix'> = { found: '', allowed: '', fix: '' },
): Problem {
  const lineCounter = new LineCounter();
  const document = parseDocument(new TextDecoder().decode(source), { lineCounter, schema: 'core' });
  const node = document.getIn(field, true);
  const { line, col } = lineCounter.linePos((isNode(node) && node.range?.[0]) || 0);
  return { file: path, line, column: col, field: fieldPath(field), ...message };
}
