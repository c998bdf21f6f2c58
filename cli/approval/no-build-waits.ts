import type { Problem } from '../../shared/recipe/problem.ts';
import { fileProblem } from '../../shared/recipe/source-file.ts';

/** The problem if no build of the recipe waits for approval. */
export const noBuildWaits = (recipe: string): Problem =>
  fileProblem(recipe, {
    found: 'no build of this recipe that waits for approval',
    allowed: 'a recipe whose newest build waits for approval, or the name of an execution',
    fix: 'name the execution of the build: the answer then says how its approval ended',
  });
