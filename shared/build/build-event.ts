import * as z from 'zod/mini';
import { InvalidInput, NotFound } from '../errors.ts';
import { quote } from '../recipe/problem.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { Trigger } from './execution-document.ts';

/** The events that start builds; docs/operations.md describes them. */
export const BASE_CHANGED = { source: 'golden-image', detailType: 'Golden Image Base Changed' } as const;
const BUILD_REQUESTED = 'Golden Image Build Requested';

const envelope = { id: z.string(), account: z.string(), region: z.string() };

/** An image that became available: ours, of an account that forwards to this one, or shared with this one. */
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
/** What the watcher saw. */
const baseEvent = z.object({
  ...envelope,
  source: z.literal(BASE_CHANGED.source),
  'detail-type': z.literal(BASE_CHANGED.detailType),
  detail: z.object({ recipe: z.string(), reason: z.string() }),
});
/** Anybody who may put events on the bus asks for a build. */
const requestEvent = z.object({
  ...envelope,
  'detail-type': z.literal(BUILD_REQUESTED),
  detail: z.record(z.string(), z.unknown()),
});

export const eventSchema = z.union([imageEvent, parameterEvent, baseEvent, requestEvent]);
export type BuildEvent = z.infer<typeof eventSchema>;

/** What EC2 says of the image of an event. */
export interface AvailableImage {
  readonly imageId: string;
  readonly name: string;
  readonly owner: string;
  /** `amazon` and the like, of images that have one. */
  readonly ownerAlias: string | undefined;
  readonly architecture: string;
  /** Whether a build of this pipeline made it. */
  readonly isOurs: boolean;
}

/** What an event means: which recipes are to be built, as what kind of trigger, and why; or why none is. */
export interface Interpretation {
  readonly recipes: readonly string[];
  readonly type: Trigger['type'];
  readonly reason: string;
}

/** The deployment that an event came to. */
interface Here {
  readonly account: string;
  readonly region: string;
}

/**
 * How long EC2 may take to show an image of this account after its event; an image that EC2 does not show later is gone. Lambda tries a
 * failed asynchronous invocation again after one minute and after two more (Lambda developer guide, "How Lambda handles errors and
 * retries with asynchronous invocation"), so the second retry always gets an answer.
 */
const UNSEEN_SECONDS = 90;

/**
 * Which recipes an event is about. An image of our own is the base of none by this event: the pipeline would feed on itself. That a
 * recipe is built on another's image the watcher sees.
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
        return none(`${ImageId} is in ${event.region}, and bases are taken from ${here.region}`);
      if (image === undefined && event.account === here.account) {
        const ageSeconds = (now.getTime() - new Date(event.time).getTime()) / 1000;
        if (ageSeconds < UNSEEN_SECONDS) throw new NotFound(`EC2 does not show ${ImageId} yet`);
        return none(`${ImageId} no longer exists`);
      }
      if (image === undefined) return none(`${ImageId} of ${event.account} is not shared with this account`);
      if (image.isOurs) return none(`${ImageId} is an image of this pipeline`);
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
    case BASE_CHANGED.detailType: {
      const { recipe, reason } = event.detail;
      return { recipes: named(rebuilt.filter(({ name }) => name === recipe)), type: 'base', reason };
    }
    case BUILD_REQUESTED: {
      const { recipe, reason = 'an event asked for it' } = requestedOf(event.detail);
      return { recipes: [recipe], type: 'custom', reason };
    }
  }
}

/** What nobody would heed is refused, so that whoever wrote it finds it among the dead letters. */
function requestedOf({ recipe, reason, ...others }: Readonly<Record<string, unknown>>) {
  const unknown = Object.keys(others);
  const isReason = reason === undefined || typeof reason === 'string';
  if (typeof recipe === 'string' && isReason && unknown.length === 0)
    return { recipe, ...(reason !== undefined && { reason }) };
  const found =
    unknown.length > 0 ? `has ${unknown.map(quote).join(', ')}` : quote(JSON.stringify({ recipe, reason }));
  throw new InvalidInput(
    `The detail of the event ${BUILD_REQUESTED} ${found}; allowed are recipe, the name of a recipe, and reason, a text`,
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

/** EC2's filters know `*` and `?`; a backslash before one takes its meaning away. */
function globOf(pattern: string): RegExp {
  const source = pattern.replaceAll(/\\?[\s\S]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    return (part.length === 2 ? part.slice(1) : part).replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 's');
}

/** The name by which an event tells of a parameter: of one in another account the part of its ARN; without a version or label. */
function parameterOf(given: string, event: Here, here: Here): string | undefined {
  const [, region = here.region, account = here.account, ofArn] =
    /^arn:aws:ssm:([^:]*):([0-9]{12}):parameter(\/.*)$/.exec(given) ?? [];
  if (account !== event.account || region !== event.region) return undefined;
  const bare = (ofArn ?? given).replace(/:[^:/]*$/, '');
  // The ARN of a parameter without a path has a slash before the name that the name does not have.
  return ofArn !== undefined && bare.lastIndexOf('/') === 0 ? bare.slice(1) : bare;
}
