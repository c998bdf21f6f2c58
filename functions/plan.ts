import { ec2, inspector2, kms, ssm } from '../shared/aws/clients.ts';
import { consumers } from '../shared/aws/consumer-clients.ts';
import { readFacts, readInstanceFacts } from '../shared/aws/facts.ts';
import {
  type AnyPlan,
  buildRequestSchema,
  type CopyPlan,
  eventOf,
  type InstancePlan,
  type Plan,
} from '../shared/build/execution-document.ts';
import { planBuild, planCopy, planImaging } from '../shared/build/plan.ts';
import { versionOf } from '../shared/build/version.ts';
import type { Deps } from '../shared/lambda/deps.ts';
import { recipes } from '../shared/lambda/packaged-recipes.ts';
import { stage } from '../shared/lambda/stage.ts';
import { isAsDeployed } from '../shared/recipe/as-deployed.ts';
import { resolveRecipe } from '../shared/recipe/merged-recipe.ts';
import { isBuilt, isCopied } from '../shared/recipe/recipe.ts';
import { stepsDocument } from '../shared/recipe/steps-document.ts';

/**
 * Plan: reads the recipe, which Decide has checked, and the state of AWS, and returns the plan of the build. Or it refuses the build, with
 * every reason that can be known before a launch.
 * Safe to repeat: it only reads, and the version follows from the execution. It launches nothing. It assumes the roles in
 * consumer accounts, and reads there.
 */
export const handler = stage(
  'plan',
  eventOf(buildRequestSchema.shape),
  async ({ execution, startTime, document }, deps): Promise<Plan | CopyPlan | InstancePlan> => {
    const { settings } = deps;
    const recipe = resolveRecipe(document, deps.recipes);
    const version = versionOf(execution, startTime);
    const place = { ...deps, ...settings };
    const [steps, tests] = [stepsDocument(recipe), stepsDocument(recipe, 'tests')];
    const checkDocument = settings.checkDocuments[recipe.platform];
    const named = [...recipe.steps, ...recipe.tests].flatMap((item) =>
      'document' in item ? [item.document] : [],
    );
    const needed = { documents: [checkDocument, ...named], steps: steps?.digest, tests: tests?.digest };
    const channels = Object.fromEntries(
      Object.entries(deps.recipes).map(([name, { publish }]) => [name, publish.channels]),
    );
    const context = { version, startTime, checkDocument, tests, channels };
    const trial = isAsDeployed(document) ? {} : { trial: true as const };
    if (isCopied(recipe)) {
      const facts = await readFacts(recipe, needed, place);
      return logWarnings({ ...planCopy(recipe, facts, context), ...trial }, deps);
    }
    if (!isBuilt(recipe)) {
      const facts = await readInstanceFacts(recipe, needed, place);
      return logWarnings({ ...planImaging(recipe, facts, context), ...trial }, deps);
    }
    const buildDocument = settings.buildDocuments[recipe.platform];
    needed.documents.push(buildDocument);
    const facts = await readFacts(recipe, needed, place);
    const plan = planBuild(recipe, facts, { ...context, startTime, buildDocument, steps });
    return logWarnings({ ...plan, ...trial }, deps);
  },
  { consumers, ec2, kms, ssm, inspector2, recipes },
);

function logWarnings<P extends AnyPlan>(plan: P, { log }: Pick<Deps, 'log'>): P {
  for (const warning of plan.warnings ?? []) log.warn(warning);
  return plan;
}
