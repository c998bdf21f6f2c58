import { join } from 'node:path';
import type { Execution, ExecutionResult, World } from 'embedded-aws';
import { untilItWaitsForPeople } from '../../local/approval.ts';
import { deploy, type RecipeFile } from '../../local/pipeline.ts';
import { openRecipe, openValidRecipes } from '../../shared/recipe/open-recipe.ts';
import type { Problem } from '../../shared/recipe/problem.ts';
import { type ChannelReport, channelReport, failureOf, refusedRequest } from '../channels/answer.ts';
import { inKeptWorld } from '../channels/kept-world.ts';
import { noBuildWaits } from './no-build-waits.ts';
import { type AnswerOptions, executionIn } from './options.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Answers a build in the world that `golden bake` keeps, and lets the build continue to its end. */
export const answerEmbedded = (
  { recipe, request: { action, comment }, state }: AnswerOptions,
  open: (lines: readonly string[]) => void,
): Promise<ChannelReport> =>
  inKeptWorld({ action, recipe, state }, async ({ world, clock, asked, at, heading, save }) => {
    // An execution names no file, so its recipe must be one of the project.
    const named = executionIn(recipe);
    const files = named === undefined ? withFile(recipe, at) : openValidRecipes(ROOT, at);
    if ('problems' in files) return refusedRequest(asked, files.problems);
    const pipeline = deploy(world, files);
    const resumed = pipeline.resume();
    const results = await clock.run(Promise.all(resumed.map(untilItWaitsForPeople)));
    open(heading);
    const waiting = resumed.filter((_, index) => results[index] === undefined);
    const build = named ?? waiting.findLast((one) => recipeOf(world, one) === files[0]?.recipe.name)?.name;
    if (build === undefined) {
      const asks = files[0]?.recipe.gates?.approval !== undefined;
      return refusedRequest(asked, [noBuildWaits(recipe, asks)]);
    }
    const taken = await clock.run(pipeline.answer({ build, decision: action, comment }));
    const report = channelReport(asked, taken);
    const answered = waiting.find(({ name }) => name === build);
    const ended = report.answer && answered && (await clock.run(answered.result));
    return save(ended === undefined ? report : { ...report, ...endOf(ended, action) });
  });

/** The recipe that the argument names, and then the other recipes of the project. */
function withFile(argument: string, at: Date): RecipeFile[] | { problems: Problem[] } {
  const file = openRecipe(argument, ROOT, at);
  if ('problems' in file) return file;
  return [file, ...openValidRecipes(ROOT, at).filter((one) => one.recipe.name !== file.recipe.name)];
}

/** The name of the recipe that an execution builds. */
function recipeOf(world: World, { arn }: Execution): unknown {
  const { recipe } = JSON.parse(world.executions.get(arn)?.input ?? '{}') as { recipe?: unknown };
  return typeof recipe === 'object' && recipe !== null && 'name' in recipe ? recipe.name : recipe;
}

/** What became of the build after the answer. */
function endOf(
  result: ExecutionResult,
  action: AnswerOptions['request']['action'],
): Partial<Pick<ChannelReport, 'outcome' | 'status' | 'error'>> {
  if (result.status === 'SUCCEEDED') return { outcome: 'The image was released.' };
  if (action === 'reject') return { outcome: 'The image was removed.' };
  return { status: 'failed', error: failureOf(result) };
}
