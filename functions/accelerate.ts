import * as z from 'zod/mini';
import {
  accelerateRegion,
  addAcceleratedRegions,
  readAcceleratedRegions,
} from '../shared/aws/acceleration.ts';
import { readChannels } from '../shared/aws/channels-table.ts';
import { dynamodb, ec2 } from '../shared/aws/clients.ts';
import { wantedFastLaunches } from '../shared/build/acceleration.ts';
import { requestedRecipeName } from '../shared/build/build-request.ts';
import {
  type Acceleration,
  accelerationSchema,
  eventOf,
  type PendingAcceleration,
  pendingAccelerationSchema,
} from '../shared/build/execution-document.ts';
import { isPastDeadline, pending, waitTimes } from '../shared/build/waiting.ts';
import { metrics } from '../shared/lambda/metrics.ts';
import { recipes } from '../shared/lambda/packaged-recipes.ts';
import { stage } from '../shared/lambda/stage.ts';

/**
 * Accelerate: turns on fast snapshot restore and EC2 Fast Launch for the releases that channels of the recipe name, and turns both off for all
 * other releases of the recipe, because AWS charges by the hour. The deployed recipe decides. It only starts the change: EC2 needs up to an
 * hour per TiB, and the release is already published.
 * It never fails because of what EC2 refuses. It reports that as warnings, and the next release or the next move of a channel tries again.
 * Safe to repeat: it makes only the changes that are missing, and ends when a new read finds nothing to change. Executions that change the
 * same recipe at the same time agree, because each reads the channels again after its last change.
 */
export const handler = stage(
  'acceleration',
  eventOf({
    recipe: z.optional(z.unknown()),
    plan: z.optional(z.object({ recipe: z.string() })),
    acceleration: z.optional(z.union([pendingAccelerationSchema, accelerationSchema])),
  }),
  async ({ document }, deps): Promise<Acceleration | PendingAcceleration> => {
    const { settings, metrics, log } = deps;
    const name = document.plan?.recipe ?? requestedRecipeName(document);
    if (name === undefined) return { status: 'ready', on: [] };
    const table = { dynamodb: deps.dynamodb, table: settings.table };
    const recipe = Object.hasOwn(deps.recipes, name) ? deps.recipes[name] : undefined;
    const now = deps.now();
    const before = document.acceleration?.status === 'pending' ? document.acceleration : undefined;

    const known = await readAcceleratedRegions(table, name);
    const wanted = wantedFastLaunches(recipe, await readChannels(table, name), known);
    const added = wanted.map(({ region }) => region).filter((region) => !known.includes(region));
    if (added.length > 0) await addAcceleratedRegions(table, name, added);

    const owned = { recipe: name, home: settings.region };
    const settled = await Promise.allSettled(wanted.map((one) => accelerateRegion(one, owned, deps)));
    // Only after all regions: a fault in one region does not keep another region from being turned off.
    const results = settled.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
    const unsettled = wanted.filter((_, index) => results[index]?.isUnsettled).map(({ region }) => region);
    const isLate = isPastDeadline(waitTimes.accelerate, before?.since, now);
    if (unsettled.length > 0 && !isLate) {
      const awaiting = `fast launches to change in ${unsettled.join(', ')}`;
      return pending(waitTimes.accelerate, { since: before?.since, now, awaiting });
    }
    const warnings = [
      ...results.flatMap((one) => one.warnings),
      ...unsettled.map((region) => `fast launches in ${region} were still changing after the deadline`),
    ];
    for (const warning of warnings) log.warn(warning);
    if (warnings.length > 0) metrics.count('ReleaseWarnings', { recipe: name });
    const on = results.flatMap((one) => one.on);
    return { status: 'ready', on, ...(warnings.length > 0 && { warnings }) };
  },
  { dynamodb, ec2, metrics, recipes },
);
