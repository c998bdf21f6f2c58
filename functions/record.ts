import { PublishCommand } from '@aws-sdk/client-sns';
import * as z from 'zod/mini';
import {
  readHistory,
  recordConfirmed,
  recordFailure,
  recordRelease,
  releaseLease,
} from '../shared/aws/builds-table.ts';
import { dynamodb, sns } from '../shared/aws/clients.ts';
import { requestedRecipeName } from '../shared/build/build-request.ts';
import { buildOutcome, confirmedRule, newRelease, pauseNotice } from '../shared/build/ended-build.ts';
import {
  anyPlanSchema,
  type BuildRecord,
  copiesSchema,
  decisionSchema,
  eventOf,
  pendingCopiesSchema,
  pendingDecisionSchema,
  pendingReleaseSchema,
  releaseSchema,
} from '../shared/build/execution-document.ts';
import { spentSchema } from '../shared/build/spent.ts';
import { addDurations } from '../shared/build/wait-history.ts';
import { metrics } from '../shared/lambda/metrics.ts';
import { recipes } from '../shared/lambda/packaged-recipes.ts';
import { stage } from '../shared/lambda/stage.ts';

/** The result of a stage that waits. */
const waitedSchema = z.optional(z.looseObject({ spent: z.optional(spentSchema) }));

/**
 * Record: records the outcome of the build for later decisions, notifies people when the recipe's triggers pause, and returns the recipe's
 * lease.
 * Safe to repeat: each execution counts once. It does not change the outcome of the build.
 */
export const handler = stage(
  'record',
  eventOf({
    recipe: z.optional(z.unknown()),
    overrides: z.optional(z.unknown()),
    trigger: z.optional(z.unknown()),
    decision: z.optional(z.union([pendingDecisionSchema, decisionSchema])),
    plan: z.optional(z.pick(anyPlanSchema, { region: true, base: true })),
    failure: z.optional(z.object({ Error: z.optional(z.string()) })),
    release: z.optional(z.union([pendingReleaseSchema, releaseSchema])),
    builder: z.optional(z.looseObject({ refused: z.array(z.unknown()), spent: z.optional(spentSchema) })),
    patches: waitedSchema,
    shutdown: waitedSchema,
    candidate: z.optional(z.looseObject({ attempt: z.optional(z.number()), spent: z.optional(spentSchema) })),
    copies: z.optional(z.union([pendingCopiesSchema, copiesSchema])),
  }),
  async ({ execution, startTime, document }, deps): Promise<BuildRecord> => {
    const { settings, metrics } = deps;
    const table = { dynamodb: deps.dynamodb, table: settings.table };
    const recipe = requestedRecipeName(document);
    const { outcome, isMeasured, failure } = buildOutcome(document, recipe, deps.recipes);
    if (recipe === undefined) return { status: 'ready', outcome, failuresInRow: 0 };

    const now = deps.now();
    if (failure !== undefined) await recordFailure(table, recipe, { execution, error: failure });
    const rule = confirmedRule(document, recipe, deps.recipes);
    if (rule !== undefined) await recordConfirmed(table, recipe, { execution, at: now.toISOString(), rule });
    const release = newRelease(document, recipe, deps.recipes);
    const before = await readHistory(table, recipe);
    if (release !== undefined && before.release?.execution !== execution) {
      const durations = addDurations(before.earlierSeconds ?? {}, document);
      await recordRelease(table, recipe, { execution, at: now.toISOString(), ...release }, durations);
    }
    const history = release === undefined ? before : { ...before, failuresInRow: 0 };
    const notice = failure === undefined ? undefined : pauseNotice(recipe, history, settings);
    if (notice !== undefined)
      await deps.sns.send(new PublishCommand({ TopicArn: settings.topic, ...notice }));
    await releaseLease(table, recipe, execution);

    if (isMeasured) metrics.count(METRICS[outcome], { recipe });
    if (isMeasured && outcome !== 'skipped')
      metrics.put('BuildSeconds', (now.getTime() - new Date(startTime).getTime()) / 1000, { recipe });
    return { status: 'ready', outcome, failuresInRow: history.failuresInRow };
  },
  { dynamodb, metrics, recipes, sns },
);

const METRICS = { released: 'BuildSucceeded', failed: 'BuildFailed', skipped: 'BuildSkipped' } as const;
