import * as z from 'zod/mini';
import { InvalidInput, NotFound } from '../errors.ts';
import { quote } from '../recipe/problem.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { Trigger } from './execution-document.ts';

/** The source of the pipeline's own events. */
export const EVENT_SOURCE = 'golden-image';

/** The events that start builds; docs/operations.md describes them. */
export const BASE_CHANGED = 'Golden Image Base Changed';
const BUILD_REQUESTED = 'Golden Image Build Requested';

const envelope = { id: z.string(), account: z.string(), region: z.string() };

/** An image became available: in this account, or in an account that forwards its events to this account. */
const imageEvent = z.object({
  ...envelope,
  /** When it became available (ISO 8601). */
  time: z.string(),
  'detail-type': z.literal('EC2 AMI State Change'),
  detail: z.object({ ImageId: z.string(), State: z.literal('available') }),
});
const parameterEvent = z.object({
  ...envelope,
  'detail-type': z.literal('Parameter Store Change'),
  detail: z.object({ name: z.string(), operation: z.string() }),
});
/** The watcher found a changed base. */
const baseEvent = z.object({
  ...envelope,
  source: z.literal(EVENT_SOURCE),
  'detail-type': z.literal(BASE_CHANGED),
  detail: z.object({ recipe: z.string(), reason: z.string() }),
});
/** A caller who may put events on the bus requests a build. */
const requestEvent = z.object({
  ...envelope,
  'detail-type': z.literal(BUILD_REQUESTED),
  detail: z.record(z.string(), z.unknown()),
});

export const eventSchema = z.union([imageEvent, parameterEvent, baseEvent, requestEvent]);
export type BuildEvent = z.infer<typeof eventSchema>;

/** EC2's description of the image of an event. */
export interface AvailableImage {
  readonly imageId: string;
  readonly name: string;
  readonly owner: string;
  /** For example `amazon`; `undefined`: the owner has no alias. */
  readonly ownerAlias: string | undefined;
  readonly architecture: string;
  /** Whether a build of this pipeline created it. */
  readonly isOurs: boolean;
}

/** The recipes to build because of an event, the type of the trigger, and the reason; without recipes, why nothing is built. */
export interface Interpretation {
  readonly recipes: readonly string[];
  readonly type: Trigger['type'];
  readonly reason: string;
}

/** The account and region of the deployment that received the event. */
interface Here {
  readonly account: string;
  readonly region: string;
}

/**
 * How long an image of this account may stay invisible after its event. An image that is not visible after this time no longer exists.
 * Lambda retries a failed asynchronous invocation after one minute and again after two more minutes (Lambda developer guide, "How Lambda
 * handles errors and retries with asynchronous invocation"), so the second retry always gets an answer.
 */
const IMAGE_INVISIBLE_SECONDS_MAX = 90;

/**
 * Decides which recipes to build because of an event. The event of an image that this pipeline created builds no recipe: otherwise a
 * recipe could trigger itself. If a recipe uses another recipe's image as its base, the watcher finds the new image.
 */
export function interpretEvent(
  event: BuildEvent,
  image: AvailableImage | undefined,
  recipes: readonly Recipe[],
  here: Here,
  now: Date,
): Interpretation {
  const rebuilt = recipes.filter(({ rebuildOnNewBase }) => rebuildOnNewBase);
  const named = (found: readonly Recipe[]) => found.map(({ name }) => name);
  switch (event['detail-type']) {
    case 'EC2 AMI State Change': {
      const { ImageId } = event.detail;
      const none = (reason: string): Interpretation => ({ recipes: [], type: 'image', reason });
      if (event.region !== here.region)
        return none(`${ImageId} is in ${event.region}, but builds use base images in ${here.region}`);
      if (image === undefined && event.account === here.account) {
        const ageSeconds = (now.getTime() - new Date(event.time).getTime()) / 1000;
        if (ageSeconds < IMAGE_INVISIBLE_SECONDS_MAX)
          throw new NotFound(`The image ${ImageId} is not visible yet`);
        return none(`${ImageId} no longer exists`);
      }
      if (image === undefined)
        return none(`${ImageId} in account ${event.account} is not shared with this account`);
      if (image.isOurs) return none(`this pipeline created ${ImageId}`);
      const based = rebuilt.filter((recipe) => isBase(image, recipe, here));
      return { recipes: named(based), type: 'image', reason: `${image.name} (${ImageId}) became available` };
    }
    case 'Parameter Store Change': {
      const { name } = event.detail;
      const based = rebuilt.filter(
        ({ base }) => 'ssmParameter' in base && parameterOf(base.ssmParameter, event, here) === name,
      );
      return { recipes: named(based), type: 'parameter', reason: `the SSM parameter ${name} changed` };
    }
    case BASE_CHANGED: {
      const { recipe, reason } = event.detail;
      return { recipes: named(rebuilt.filter(({ name }) => name === recipe)), type: 'base', reason };
    }
    case BUILD_REQUESTED: {
      const { recipe, reason = 'an event requested the build' } = requestOf(event.detail);
      return { recipes: [recipe], type: 'custom', reason };
    }
  }
}

/** Refuses unknown fields, so that the sender of the event finds the mistake in the dead-letter queue. */
function requestOf({ recipe, reason, ...others }: Readonly<Record<string, unknown>>) {
  const unknown = Object.keys(others);
  const isReason = reason === undefined || typeof reason === 'string';
  if (typeof recipe === 'string' && isReason && unknown.length === 0)
    return { recipe, ...(reason !== undefined && { reason }) };
  const found =
    unknown.length > 0
      ? `has ${unknown.map(quote).join(', ')}`
      : `is ${quote(JSON.stringify({ recipe, reason }))}`;
  throw new InvalidInput(
    `The detail of the event ${BUILD_REQUESTED} ${found}: allowed are recipe (the name of a recipe) and reason (optional, a text)`,
  );
}

function isBase(image: AvailableImage, { base }: Recipe, here: Here): boolean {
  if (!('filter' in base)) return false;
  const { name, owner, architecture } = base.filter;
  const owners = [image.owner, image.ownerAlias, ...(image.owner === here.account ? ['self'] : [])];
  return (
    owners.includes(owner) &&
    (architecture === undefined || architecture === image.architecture) &&
    globOf(name).test(image.name)
  );
}

/** In EC2's filters, `*` and `?` are wildcards. A backslash before a wildcard makes it a plain character. */
function globOf(pattern: string): RegExp {
  const source = pattern.replaceAll(/\\?[\s\S]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    return (part.length === 2 ? part.slice(1) : part).replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 's');
}

/** The name of a parameter as events contain it, without version or label. For a parameter given by ARN, this is a part of the ARN. */
function parameterOf(given: string, event: Here, here: Here): string | undefined {
  const [, region = here.region, account = here.account, ofArn] =
    /^arn:aws:ssm:([^:]*):([0-9]{12}):parameter(\/.*)$/.exec(given) ?? [];
  if (account !== event.account || region !== event.region) return undefined;
  const bare = (ofArn ?? given).replace(/:[^:/]*$/, '');
  // The ARN of a parameter without a path has a slash before the name that the name does not have.
  return ofArn !== undefined && bare.lastIndexOf('/') === 0 ? bare.slice(1) : bare;
}
