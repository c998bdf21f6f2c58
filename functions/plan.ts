import * as z from 'zod/mini';
import { readFacts } from '../shared/aws/facts.ts';
import { eventOf, type Plan } from '../shared/domain/build.ts';
import { planBuild } from '../shared/domain/plan.ts';
import { describeProblem } from '../shared/domain/problem.ts';
import type { Recipe } from '../shared/domain/recipe.ts';
import { parseRecipe } from '../shared/domain/recipe-file.ts';
import { stepsDocument } from '../shared/domain/steps-document.ts';
import { versionOf } from '../shared/domain/version.ts';
import { InvalidInput } from '../shared/errors.ts';
import type { Deps } from '../shared/lambda/deps.ts';
import { step } from '../shared/lambda/step.ts';

/**
 * Plan: reads the recipe and what AWS has, and decides what is to be done, or refuses with every reason that can be known.
 * Safe to repeat: it only reads, and the version comes from the execution. It launches nothing.
 */
export const handler = step(
  eventOf({ recipe: z.string() }),
  async ({ execution, startTime, document }, deps): Promise<Plan> => {
    const { settings } = deps;
    const recipe = readRecipe(document.recipe, deps);
    const steps = stepsDocument(recipe);
    const buildDocument = settings.buildDocuments[recipe.platform];
    const named = recipe.steps.flatMap((item) => ('document' in item ? [item.document] : []));
    const documents = [buildDocument, ...(steps ? [steps.name] : []), ...named];
    return planBuild(recipe, await readFacts(recipe, documents, { ...deps, ...settings }), {
      version: versionOf(execution, startTime),
      buildDocument,
      stepsDocument: steps?.name ?? '',
      steps: steps?.steps ?? {},
    });
  },
);

function readRecipe(name: string, deps: Deps): Recipe {
  const source = deps.recipeFile(name);
  if (source === undefined) {
    throw new InvalidInput(
      `The deployment has no recipe ${JSON.stringify(name)}; recipes are bundled when it is packaged`,
    );
  }
  const result = parseRecipe(source, `recipes/${name}.yml`, deps.now());
  if ('problems' in result) throw new InvalidInput(result.problems.map(describeProblem).join('\n'));
  return result.recipe;
}
