import * as z from 'zod/mini';
import { accountOf } from '../shared/arns.ts';
import { joinSettling } from '../shared/aws/builds-table.ts';
import { dynamodb, ec2, sfn } from '../shared/aws/clients.ts';
import { startOnce } from '../shared/aws/executions.ts';
import { describeImage } from '../shared/aws/images.ts';
import { tagRecord } from '../shared/aws/tags.ts';
import {
  type AvailableImage,
  type BuildEvent,
  eventSchema,
  type Interpretation,
  interpretEvent,
} from '../shared/build/build-event.ts';
import { clientToken } from '../shared/build/client-token.ts';
import type { BuildRequest } from '../shared/build/execution-document.ts';
import {
  PROMOTION_REQUESTED,
  type PromotionEvent,
  promotionEventSchema,
  promotionOf,
} from '../shared/build/promotion-event.ts';
import { EXECUTION } from '../shared/build/tags.ts';
import { InvalidInput } from '../shared/errors.ts';
import { recipes } from '../shared/lambda/packaged-recipes.ts';
import { type DepsWith, step } from '../shared/lambda/step.ts';
import { quote } from '../shared/recipe/problem.ts';

const needs = { dynamodb, ec2, recipes, sfn };
type TriggerDeps = DepsWith<typeof needs>;

/** The result for an event, with its reason. `joined`: the recipes with a build that was already waiting, which also covers this event. */
export interface Triggered {
  readonly reason: string;
  readonly started: readonly { recipe: string; execution: string }[];
  readonly joined: readonly string[];
}

/** How long a build waits for further events after its first one: the events of an image and of its parameter come minutes apart. */
export const SETTLE_SECONDS = 300;

/**
 * Trigger: starts a build of every recipe that an EventBridge event concerns, according to the event and to EC2's description of the
 * image. Several events within five minutes start one build, which begins after this time with the newest base.
 * Safe to repeat: the execution's name follows from the event, so the same event cannot start two executions. It does not decide whether
 * to build: Decide does, in the execution. In the same way, it starts the promotion that an event requests.
 */
export const handler = step(
  z.union([eventSchema, promotionEventSchema]),
  async (event, deps): Promise<Triggered> => {
    if (event['detail-type'] === PROMOTION_REQUESTED) return promote(event, deps);
    const here = { account: accountOf(deps.settings.stateMachine), region: deps.settings.region };
    const { recipes, type, reason } = interpretEvent(
      event,
      await imageOf(event, here, deps),
      Object.values(deps.recipes),
      here,
      deps.now(),
    );
    const started: { recipe: string; execution: string }[] = [];
    const joined: string[] = [];
    for (const recipe of recipes) {
      refuseUnknown(recipe, deps);
      const execution = await start(recipe, event, { type, reason }, deps);
      if (execution === undefined) joined.push(recipe);
      else started.push({ recipe, execution });
    }
    return { reason, started, joined };
  },
  needs,
);

/** Starts the promotion that an event requests. The machine decides whether it makes sense. */
async function promote(event: PromotionEvent, deps: TriggerDeps): Promise<Triggered> {
  const { sfn, settings } = deps;
  const request = promotionOf(event);
  const { recipe, by: reason = '' } = request;
  refuseUnknown(recipe, deps);
  const execution = executionName(recipe, settings.channelsMachine, event.id);
  await startOnce({ sfn, stateMachine: settings.channelsMachine }, execution, request);
  return { reason, started: [{ recipe, execution }], joined: [] };
}

/**
 * The resources of an execution are identified only by its name. The name contains the state machine, because a deployment in another region
 * may receive the same event.
 */
const executionName = (recipe: string, stateMachine: string, event: string): string =>
  `${recipe}-${clientToken(stateMachine, event, recipe).slice(0, 12)}`;

/** Refuses a recipe name that is not deployed. After this error, the event is in the dead-letter queue, where operators can see it. */
function refuseUnknown(recipe: string, { recipes }: TriggerDeps): void {
  if (Object.hasOwn(recipes, recipe)) return;
  const names = Object.keys(recipes).toSorted().join(', ') || 'none';
  throw new InvalidInput(
    `An event requests the recipe ${quote(recipe)}, which is not deployed. Deployed recipes: ${names}`,
  );
}

/** The image of an event, if the image could be a base and is visible. */
async function imageOf(
  event: BuildEvent,
  here: { account: string; region: string },
  { ec2 }: TriggerDeps,
): Promise<AvailableImage | undefined> {
  if (event['detail-type'] !== 'EC2 AMI State Change' || event.region !== here.region) return undefined;
  const { ImageId } = event.detail;
  const image = await describeImage(ec2(here.region), ImageId);
  if (image === undefined) return undefined;
  return {
    imageId: ImageId,
    name: image.Name ?? '',
    owner: image.OwnerId ?? '',
    ownerAlias: image.ImageOwnerAlias,
    architecture: image.Architecture ?? '',
    isOurs: EXECUTION in tagRecord(image.Tags),
  };
}

/** Starts the build of a recipe for an event. `undefined`: another event already started a build that waits for further events. */
async function start(
  recipe: string,
  event: BuildEvent,
  { type, reason }: Pick<Interpretation, 'type' | 'reason'>,
  { dynamodb, sfn, settings, now }: TriggerDeps,
): Promise<string | undefined> {
  const began = now();
  const settling = await joinSettling({ dynamodb, table: settings.table }, recipe, event.id, {
    execution: executionName(recipe, settings.stateMachine, event.id),
    now: began,
    until: new Date(began.getTime() + SETTLE_SECONDS * 1000),
  });
  if (settling === undefined) return undefined;
  const { execution, until } = settling;
  const request: BuildRequest = { recipe, trigger: { type, id: event.id, reason, settleUntil: until } };
  await startOnce({ sfn, stateMachine: settings.stateMachine }, execution, request);
  return execution;
}
