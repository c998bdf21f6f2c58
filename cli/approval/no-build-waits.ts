import type { Problem } from '../../shared/recipe/problem.ts';
import { fileProblem } from '../../shared/recipe/source-file.ts';

/** The problem if no build of the recipe waits for approval. */
export const noBuildWaits = (recipe: string): Problem =>
  fileProblem(recipe, {
    found: 'no build of this recipe that waits for approval',
    allowed: 'a recipe whose newest build waits for approval, or the name of an execution',
    fix: 'check golden history: the build may have been answered, superseded, or too late',
  });
