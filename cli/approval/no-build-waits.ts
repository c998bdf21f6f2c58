import type { Problem } from '../../shared/recipe/problem.ts';
import { fileProblem } from '../../shared/recipe/source-file.ts';

/** The problem if no build of the recipe waits for approval. `asks`: whether the recipe asks for approval; `undefined`: not known. */
export const noBuildWaits = (recipe: string, asks?: boolean): Problem =>
  fileProblem(recipe, {
    found:
      asks === false
        ? 'a recipe without gates.approval, whose builds wait for nobody'
        : 'no build of this recipe that waits for approval',
    allowed: 'a recipe whose newest build waits for approval, or the name of an execution',
    fix:
      asks === false
        ? 'add gates: { approval: { deadlineHours: 24 } } to the recipe if people are to approve its builds'
        : 'name the execution of the build: the answer then says how its approval ended',
  });
