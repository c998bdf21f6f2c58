import * as z from 'zod/mini';
import { accountOf } from '../arns.ts';
import { Conflict } from '../errors.ts';
import { publishedTemplateSchema } from './template-versions.ts';
import { secondsBetween } from './waiting.ts';

/**
 * A publication makes SSM parameters name the images of a release: one parameter for the version, which never changes, and one for a
 * channel, which moves from release to release. Both exist in every target region, in the account of the pipeline and in the consumer
 * accounts of the recipe.
 */
export const versionParameter = (recipe: string, version: string): string =>
  `/golden-images/${recipe}/versions/${version}`;
export const channelParameter = (recipe: string, channel: string): string =>
  `/golden-images/${recipe}/${channel}`;

/** The channel that a release enters, if its plan names none. */
export const FIRST_CHANNEL = 'candidate';

/** Where parameters are: a region of the pipeline's account, or of a consumer account. */
export interface PointerPlace {
  readonly region: string;
  /** The ARN of the role in the consumer account; absent: the account of the pipeline. */
  readonly role?: string | undefined;
}

/** The name of a place: `eu-west-1`, or `eu-west-1 of 111122223333`. */
export const placeName = ({ region, role }: PointerPlace): string =>
  role === undefined ? region : `${region} of ${accountOf(role)}`;

/** All places of a publication. */
export const placesOf = ({
  images,
  consumerRoles = [],
  leftOut = {},
}: Pick<Publication, 'images' | 'consumerRoles' | 'leftOut'>): PointerPlace[] =>
  Object.keys(images).flatMap((region) => [
    { region },
    ...consumerRoles
      .map((role) => ({ region, role }))
      .filter((place) => !Object.hasOwn(leftOut, placeName(place))),
  ]);

/** The ids of images by region. */
const imageIds = z.record(z.string(), z.string());

/** The key of the parameters of the version in `before`. No channel can have this name. */
const VERSIONS = 'versions';

/**
 * A publication, as the table keeps it. It is written before the first parameter, so that the parameters can be put back, whatever happens
 * to the execution.
 */
export const publicationSchema = z.object({
  execution: z.string(),
  recipe: z.string(),
  version: z.string(),
  /** The channels that move: one, or none if the release enters no channel. For later additions, all channels that name the release. */
  channels: z.array(z.string()),
  images: imageIds,
  /** The roles of the consumer accounts in which the parameters are written, too; absent: none. */
  consumerRoles: z.optional(z.array(z.string())),
  /**
   * By channel, the images that its parameter named before, by the name of the place; a place without the parameter is absent. `versions`:
   * the same for the parameter of the version, which a publication for further accounts may find.
   */
  before: z.record(z.string(), imageIds),
  /** The launch templates that follow one of the channels; absent: none. */
  templates: z.optional(z.array(publishedTemplateSchema)),
  /** Whether the parameters of the version belong to this publication. If not, they belong to an earlier one, and stay. */
  isRelease: z.boolean(),
  /** For the move of a channel: the version that the channel named; absent: none. */
  from: z.optional(z.string()),
  /** For a rollback: the releases that it skipped, by version: why. */
  skipped: z.optional(z.record(z.string(), z.string())),
  /** For a rollback: what it left out (left-out.ts); absent: nothing. */
  leftOut: z.optional(z.record(z.string(), z.string())),
  /** For later additions: what `plan.distribution` says. Absent: a build, or the move of a channel. */
  distribution: z.optional(z.string()),
  /** For further accounts: the release has all its images already, and only the consumer accounts gain parameters. */
  forAccounts: z.optional(z.literal(true)),
});
export type Publication = z.infer<typeof publicationSchema>;

/** What the parameters of a publication name in one place; absent: the parameter does not exist, or is not visible. */
export interface SeenPointers extends PointerPlace {
  readonly version?: string | undefined;
  /** By channel; a channel without the parameter is absent. */
  readonly channels: Readonly<Record<string, string>>;
  /** The ARNs of the parameters that exist, by name. */
  readonly arns: Readonly<Record<string, string>>;
}

/** A parameter to write. */
export interface Pointer extends PointerPlace {
  readonly kind: 'version' | 'channel';
  /** The channel; absent for the parameter of a version. */
  readonly channel?: string;
  readonly name: string;
  readonly imageId: string;
}

/** The image that the parameter of a pointer names now; `undefined`: there is no parameter, or it is not visible. */
function imageSeen(
  { channel, ...place }: PointerPlace & Pick<Pointer, 'channel'>,
  seen: readonly SeenPointers[],
): string | undefined {
  const found = findIn(place, seen);
  return channel === undefined ? found?.version : found?.channels[channel];
}

const findIn = (place: PointerPlace, seen: readonly SeenPointers[]): SeenPointers | undefined =>
  seen.find((one) => one.region === place.region && one.role === place.role);

/** A write that was made. Parameter Store validates the image later. `region`: the name of the place. */
export const madePutSchema = z.object({ region: z.string(), name: z.string(), at: z.string() });
export type MadePut = z.infer<typeof madePutSchema>;

/**
 * After how many seconds a parameter that has not appeared is written again. Parameter Store validates an image within seconds. Only an
 * event reports a failed validation, and nothing can be read (Systems Manager user guide, "Native parameter support for AMI IDs"). A
 * validation that failed because of a fault may pass when it is repeated.
 */
const PUT_AGAIN_SECONDS = 60;

/** The next step of a publication: which parameters to wait for, and which of them to write now. */
export interface NextPuts {
  /** `done`: every parameter names its image. */
  readonly phase: 'versions' | 'channel' | 'done';
  readonly awaited: readonly Pointer[];
  readonly puts: readonly Pointer[];
}

/**
 * The channel moves only after the parameters of the version have appeared in every region. Then Parameter Store has accepted every image,
 * and a fault that concerns a region has shown itself while no consumer was affected.
 */
export function nextPuts(
  publication: Publication,
  seen: readonly SeenPointers[],
  made: readonly MadePut[],
  now: Date,
): NextPuts {
  const pointers = pointersOf(publication);
  const missing = pointers.filter((pointer) => imageSeen(pointer, seen) !== pointer.imageId);
  const versions = missing.filter(({ kind }) => kind === 'version');
  refuseOtherImage(versions, seen);
  const awaited = versions.length > 0 ? versions : missing;
  const isPut = (pointer: Pointer) =>
    made.some(
      (put) =>
        put.region === placeName(pointer) &&
        put.name === pointer.name &&
        secondsBetween(put.at, now) < PUT_AGAIN_SECONDS,
    );
  const phase = versions.length > 0 ? 'versions' : missing.length > 0 ? 'channel' : 'done';
  return { phase, awaited, puts: awaited.filter((pointer) => !isPut(pointer)) };
}

/** The parameter of a version never changes, because consumers rely on it. */
function refuseOtherImage(versions: readonly Pointer[], seen: readonly SeenPointers[]): void {
  for (const { region, role, name, imageId } of versions) {
    const found = imageSeen({ region, role }, seen);
    if (found === undefined) continue;
    throw new Conflict(
      `The parameter ${name} in ${placeName({ region, role })} already names ${found}, and the parameter of a version must not change. ` +
        `This build created ${imageId}. Find out what wrote the parameter, then build again: each build has its own version`,
    );
  }
}

export function pointersOf(publication: Publication): Pointer[] {
  const { recipe, version, channels, images } = publication;
  return placesOf(publication).flatMap((place): Pointer[] => {
    const imageId = images[place.region] ?? '';
    return [
      { ...place, kind: 'version', name: versionParameter(recipe, version), imageId },
      ...channels.map((channel) => {
        const name = channelParameter(recipe, channel);
        return { ...place, kind: 'channel' as const, channel, name, imageId };
      }),
    ];
  });
}

/**
 * What the parameters named before a publication, by channel and place, as `before` says. If a publication died and was never undone, its
 * images do not count: the parameter then named what it named before that publication. `died`: these publications, the newest first.
 */
export function imagesBefore(
  seen: readonly SeenPointers[],
  died: readonly Publication[],
  channels: readonly string[],
): Publication['before'] {
  const imagesOf = (channel: string) => {
    const moved = died.filter((one) => Object.hasOwn(one.before, channel));
    const entries = seen.flatMap((place) => {
      let imageId = channel === VERSIONS ? place.version : place.channels[channel];
      for (const { images, before } of moved)
        if (imageId === images[place.region]) imageId = before[channel]?.[placeName(place)];
      return imageId === undefined ? [] : [[placeName(place), imageId] as const];
    });
    return Object.fromEntries(entries);
  };
  return Object.fromEntries([VERSIONS, ...channels].map((channel) => [channel, imagesOf(channel)]));
}

/** A parameter that a publication wrote, and how to undo this. */
export interface PointerToUndo extends Pointer {
  readonly arn: string;
  /** The image that the parameter named before; absent: the parameter did not exist, and is deleted. */
  readonly before?: string | undefined;
}

/**
 * The parameters to put back: those that name the publication's images. `ownsChannel`: whether the channel still waits for this publication;
 * if not, a later publication has taken it over, and puts it back itself if it fails.
 */
export function pointersToUndo(
  publication: Publication,
  seen: readonly SeenPointers[],
  ownsChannel: boolean,
): PointerToUndo[] {
  return pointersOf(publication).flatMap((pointer): PointerToUndo[] => {
    const { kind, channel = VERSIONS, name, imageId } = pointer;
    if (kind === 'version' ? !publication.isRelease : !ownsChannel) return [];
    if (imageSeen(pointer, seen) !== imageId) return [];
    const before = publication.before[channel]?.[placeName(pointer)];
    // The parameter already named this image: there is nothing to undo.
    if (before === imageId) return [];
    return [{ ...pointer, arn: findIn(pointer, seen)?.arns[name] ?? name, before }];
  });
}

/** How long clean-up waits for parameters that were written just before it began. Parameter Store validates an image within seconds. */
const APPEARING_SECONDS = 60;

/** What clean-up knows about a publication. */
export interface FoundPublication {
  /** Absent: there is none, or the table could not be read. */
  readonly publication?: Publication;
  /** Whether a parameter or a launch template names one of its images. */
  readonly isNamed: boolean;
  /** Why it is not known what some places name, by the name of the place. */
  readonly unread: readonly { readonly region: string; readonly reason: string }[];
}

/** An image that must not be removed yet, and why. */
export interface HeldImage {
  readonly id: string;
  readonly why: string;
  /** Whether it stays for longer than a parameter needs to appear. */
  readonly isStuck: boolean;
}

/**
 * The images that must not be removed yet, because a parameter or a launch template names them, may name them, or may soon name them. `own`:
 * the images that the execution created. They count if the table does not say which images were to be published.
 */
export function heldImages(
  { publication, isNamed, unread }: FoundPublication,
  own: readonly { readonly region: string; readonly id: string }[],
  { since, now }: { readonly since: string; readonly now: Date },
): HeldImage[] {
  const isStuck = secondsBetween(since, now) >= APPEARING_SECONDS;
  const [place] = unread;
  if (isStuck && !isNamed && place === undefined) return [];
  const images =
    publication !== undefined
      ? Object.entries(publication.images).map(([region, id]) => ({ region, id }))
      : place === undefined
        ? []
        : own;
  return images.map(({ region, id }) => {
    // The reason of the image's own region says the most.
    const unreadHere = unread.find((one) => one.region.split(' ')[0] === region) ?? place;
    return { id, isStuck, why: unreadHere === undefined ? STILL_NAMED : mayBeNamed(unreadHere) };
  });
}

const STILL_NAMED = 'a parameter or a launch template still names it';
const mayBeNamed = ({ region, reason }: FoundPublication['unread'][number]): string =>
  `${region} could not be read, and may still name it: ${reason}`;
