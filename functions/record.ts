import { PublishCommand } from '@aws-sdk/client-sns';
import * as z from 'zod/mini';
import { readHistory, recordFailure, recordRelease, releaseLease } from '../shared/aws/builds-table.ts';
import { dynamodb, sns } from '../shared/aws/clients.ts';
import { baseIdentity } from '../shared/build/base.ts';
import { FAILURES_MAX, pausedReason } from '../shared/build/decision.ts';
import {
  anyPlanSchema,
  type BuildRecord,
  decisionSchema,
  eventOf,
  pendingDecisionSchema,
  pendingReleaseSchema,
  releaseSchema,
} from '../shared/build/document.ts';
import { askedName } from '../shared/build/request.ts';
import { metrics } from '../shared/lambda/metrics.ts';
import { recipes } from '../shared/lambda/packaged-recipes.ts';
import { step } from '../shared/lambda/step.ts';

/**
 * Record: writes down how the build ended, for the decisions of those to come, tells people when the triggers of the recipe pause, and
 * gives the recipe's lease back.
 * Safe to repeat: each execution counts once. It changes nothing of the build, which is over.
 */
export const handler = step(
  eventOf({
    recipe: z.optional(z.unknown()),
    overrides: z.optional(z.unknown()),
    trigger: z.optional(z.unknown()),
    decision: z.optional(z.union([pendingDecisionSchema, decisionSchema])),
    plan: z.optional(z.pick(anyPlanSchema, { region: true, base: true })),
    failure: z.optional(z.object({ Error: z.optional(z.string()) })),
    release: z.optional(z.union([pendingReleaseSchema, releaseSchema])),
  }),
  async ({ execution, startTime, document }, deps): Promise<BuildRecord> => {
    const { decision, plan, failure, release } = document;
    const table = { dynamodb: deps.dynamodb, table: deps.settings.table };
    const recipe = askedName(document);
    const isSkipped = decision?.status === 'ready' && decision.verdict === 'skip';
    const outcome = failure !== undefined ? 'failed' : isSkipped ? 'skipped' : 'released';
    if (recipe === undefined) return { status: 'ready', outcome, failuresInRow: 0 };

    // A trial with a recipe that nobody deployed says nothing of the one that triggers build, whether it goes well or not.
    const isDeployed =
      typeof document.recipe === 'string' &&
      document.overrides === undefined &&
      Object.hasOwn(deps.recipes, recipe);
    // What a person mistyped is no failure of the recipe: nothing was decided.
    const isTried = decision !== undefined || document.trigger !== undefined;
    const counts = outcome === 'failed' && isDeployed && isTried;
    if (counts) await recordFailure(table, recipe, { execution, error: failure?.Error ?? 'Unknown' });
    if (
      outcome === 'released' &&
      isDeployed &&
      plan &&
      decision?.status === 'ready' &&
      release?.status === 'ready'
    ) {
      await recordRelease(table, recipe, {
        execution,
        at: deps.now().toISOString(),
        base: baseIdentity(plan.base) ?? '',
        digest: decision.digest ?? '',
        ...imageIn(plan.region, release.images),
      });
    }
    const history = await readHistory(table, recipe);
    const { failuresInRow } = history;
    const paused = pausedReason(recipe, history);
    if (counts && failuresInRow === FAILURES_MAX && paused) {
      const Subject = `Golden image ${recipe}: triggers paused after ${failuresInRow} failures`;
      const Message = `${paused}.\n\nTo build it by hand, once it is mended:\n\n  ${startCommand(recipe, deps.settings)}\n`;
      await deps.sns.send(new PublishCommand({ TopicArn: deps.settings.topic, Subject, Message }));
    }
    await releaseLease(table, recipe, execution);
    // A mistyped name would be a metric of its own, which costs.
    if (isTried) deps.metrics.count(METRICS[outcome], { recipe });
    if (isTried && outcome !== 'skipped') {
      const seconds = (deps.now().getTime() - new Date(startTime).getTime()) / 1000;
      deps.metrics.put('BuildSeconds', seconds, { recipe });
    }
    return { status: 'ready', outcome, failuresInRow };
  },
  { dynamodb, metrics, recipes, sns },
);

const METRICS = { released: 'BuildSucceeded', failed: 'BuildFailed', skipped: 'BuildSkipped' } as const;

function imageIn(region: string, images: readonly { region: string; imageId: string }[]) {
  const image = images.find((one) => one.region === region);
  return image === undefined ? {} : { imageId: image.imageId };
}

const startCommand = (recipe: string, { region, stateMachine }: { region: string; stateMachine: string }) =>
  `aws stepfunctions start-execution --region ${region} --state-machine-arn ${stateMachine} --input '${JSON.stringify({ recipe })}'`;
