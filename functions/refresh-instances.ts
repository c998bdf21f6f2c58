import {
  type AutoScalingClient,
  DescribeInstanceRefreshesCommand,
  StartInstanceRefreshCommand,
} from '@aws-sdk/client-auto-scaling';
import * as z from 'zod/mini';
import { readChannels } from '../shared/aws/channels-table.ts';
import { autoScaling, dynamodb } from '../shared/aws/clients.ts';
import { requestedRecipeName } from '../shared/build/build-request.ts';
import type { Channels } from '../shared/build/channels.ts';
import {
  eventOf,
  type InstanceRefreshes,
  movedChannelSchema,
  publishedSchema,
} from '../shared/build/execution-document.ts';
import {
  type FoundRefresh,
  type PlannedRefreshes,
  plannedRefreshes,
  type RefreshTarget,
  refreshesOfAddition,
  refreshState,
} from '../shared/build/instance-refresh.ts';
import { isFinal } from '../shared/build/optional-regions.ts';
import { metrics } from '../shared/lambda/metrics.ts';
import { recipes } from '../shared/lambda/packaged-recipes.ts';
import { stage } from '../shared/lambda/stage.ts';
import type { Recipe } from '../shared/recipe/recipe.ts';

const documentShape = {
  recipe: z.optional(z.unknown()),
  plan: z.optional(z.object({ recipe: z.string(), version: z.string(), regions: z.array(z.string()) })),
  /** Of a build, or of a later addition of regions. A build that enters no channel moves none. */
  publication: z.optional(z.pick(publishedSchema, { channel: true, channels: true, at: true })),
  /** Of a promotion or a rollback. */
  move: z.optional(z.pick(movedChannelSchema, { channel: true, leftOutTemplates: true })),
};
const documentSchema = z.object(documentShape);

/**
 * RefreshInstances: starts an instance refresh in each Auto Scaling group that follows the channel that has moved. After a later addition of
 * regions, it does so in the groups there whose channels name the release. The deployed recipe names the groups. It does not wait for the
 * end. It does not cancel an instance refresh that is in progress, because somebody else may need it. If a rollback left out a launch template,
 * it starts none in the region: the group may use the template, and would get the bad image again.
 * It never fails because of what Auto Scaling refuses. It reports that as warnings.
 * Safe to repeat: it starts no instance refresh in a group that has had one since the channel moved.
 */
export const handler = stage(
  'refreshes',
  eventOf(documentShape),
  async ({ document }, deps): Promise<InstanceRefreshes> => {
    const name = document.plan?.recipe ?? requestedRecipeName(document);
    const recipe = name !== undefined && Object.hasOwn(deps.recipes, name) ? deps.recipes[name] : undefined;
    const nothing: InstanceRefreshes = { status: 'ready', started: [] };
    if (recipe?.publish.instanceRefresh === undefined) return nothing;
    const table = { dynamodb: deps.dynamodb, table: deps.settings.table };
    const planned = refreshesAfter(document, recipe, await readChannels(table, recipe.name));
    if (planned === undefined) return nothing;

    const isLeftOut = ({ region }: RefreshTarget) =>
      (document.move?.leftOutTemplates ?? []).some((template) => template.region === region);
    const settled = await Promise.allSettled(
      planned.targets
        .filter((target) => !isLeftOut(target))
        .map((target) => refresh(target, planned.since, deps.autoScaling(target.region))),
    );
    // Only after all groups: a fault in one region does not keep the groups of another region from being refreshed.
    const results = settled.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
    const warnings = [
      ...planned.without.map(
        (target) => `${groupOf(target)} was not refreshed: the release has no image there`,
      ),
      ...planned.targets
        .filter(isLeftOut)
        .map(
          (target) =>
            `${groupOf(target)} was not refreshed: a launch template in the region was not rolled back`,
        ),
      ...results.flatMap((one) => ('warning' in one ? [one.warning] : [])),
    ];
    for (const warning of warnings) deps.log.warn(warning);
    if (warnings.length > 0) deps.metrics.count('ReleaseWarnings', { recipe: recipe.name });
    const started = results.flatMap((one) => ('warning' in one ? [] : [one]));
    return { status: 'ready', started, ...(warnings.length > 0 && { warnings }) };
  },
  { autoScaling, dynamodb, metrics, recipes },
);

function refreshesAfter(
  { plan, publication: { channel, channels, at } = {}, move }: z.infer<typeof documentSchema>,
  recipe: Recipe,
  now: Channels,
): PlannedRefreshes | undefined {
  const moved = move?.channel ?? channel?.name;
  if (moved !== undefined) return plannedRefreshes(recipe, moved, now);
  if (plan === undefined || channels === undefined || at === undefined) return undefined;
  const { version, regions } = plan;
  return refreshesOfAddition(
    recipe,
    { version, regions, channels: channels.map(({ name }) => name), at },
    now,
  );
}

const groupOf = ({ region, autoScalingGroup }: RefreshTarget) =>
  `the Auto Scaling group ${autoScalingGroup} in ${region}`;

/** Starts an instance refresh, unless there is one already. */
async function refresh(
  target: RefreshTarget,
  since: string,
  client: AutoScalingClient,
): Promise<InstanceRefreshes['started'][number] | { readonly warning: string }> {
  const { region, autoScalingGroup, minHealthyPercentage } = target;
  try {
    const { covered, blocked } = refreshState(await findRefreshes(client, autoScalingGroup), since);
    if (covered !== undefined) return { region, autoScalingGroup, instanceRefreshId: covered.id };
    if (blocked !== undefined) {
      return {
        warning:
          `${groupOf(target)} was not refreshed: its instance refresh ${blocked.id} began before the channel named the image and is ${blocked.status}, ` +
          'so some of its instances may keep the former image. Start another one when it has ended',
      };
    }
    const { InstanceRefreshId = '' } = await client.send(
      new StartInstanceRefreshCommand({
        AutoScalingGroupName: autoScalingGroup,
        Strategy: 'Rolling',
        ...(minHealthyPercentage !== undefined && {
          Preferences: { MinHealthyPercentage: minHealthyPercentage },
        }),
      }),
    );
    return { region, autoScalingGroup, instanceRefreshId: InstanceRefreshId };
  } catch (error) {
    if (!isFinal(error)) throw error;
    return { warning: `${groupOf(target)} was not refreshed: ${error.message}` };
  }
}

/** The last instance refreshes of a group. Only one of them can be active. */
async function findRefreshes(
  client: AutoScalingClient,
  AutoScalingGroupName: string,
): Promise<FoundRefresh[]> {
  const { InstanceRefreshes = [] } = await client.send(
    new DescribeInstanceRefreshesCommand({ AutoScalingGroupName }),
  );
  return InstanceRefreshes.map(({ InstanceRefreshId = '', Status = '', StartTime }) => ({
    id: InstanceRefreshId,
    status: Status,
    ...(StartTime !== undefined && { startTime: StartTime.toISOString() }),
  }));
}
