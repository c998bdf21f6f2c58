import type { BuiltRecipe, RecipeImage } from '../recipe/recipe.ts';
import type { AnyPlan } from './execution-document.ts';

/** The fields of EC2's `Image` that these functions read. */
export interface ImageAttributes {
  readonly ImdsSupport?: string | undefined;
  readonly DeprecationTime?: string | undefined;
  readonly DeregistrationProtection?: string | undefined;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * The attributes in a plan. The time of the deprecation depends on the start of the build, so that a repeated plan is the same and all
 * regions have the same time. EC2 rounds it to the minute (Amazon EC2 User Guide, "Deprecate an Amazon EC2 AMI").
 */
export function plannedAttributes(
  { imds, deprecateAfterDays, deregistrationProtection }: RecipeImage,
  startTime: string,
): NonNullable<AnyPlan['image']> {
  const startMs = Math.round(new Date(startTime).getTime() / MINUTE_MS) * MINUTE_MS;
  return {
    imds,
    ...(deprecateAfterDays !== undefined && {
      deprecateAt: new Date(startMs + deprecateAfterDays * DAY_MS).toISOString(),
    }),
    ...(deregistrationProtection !== 'none' && { deregistrationProtection }),
  };
}

/** Whether the image does not require IMDSv2 yet, but must. */
export function lacksImdsV2({ image }: Pick<AnyPlan, 'image'>, { ImdsSupport }: ImageAttributes): boolean {
  return image?.imds === 'v2' && ImdsSupport !== 'v2.0';
}

/** The time at which EC2 must deprecate the image; `undefined`: the image needs no change. */
export function missingDeprecation(
  { image }: Pick<AnyPlan, 'image'>,
  { DeprecationTime = '' }: ImageAttributes,
): Date | undefined {
  if (image?.deprecateAt === undefined) return undefined;
  const wanted = new Date(image.deprecateAt);
  return wanted.getTime() === new Date(DeprecationTime).getTime() ? undefined : wanted;
}

/**
 * The protection that the image needs; `undefined`: the image needs no change. EC2 says `enabled-with-cooldown`,
 * `enabled-without-cooldown` or `disabled` (ekristen/aws-nuke reads the same words).
 */
export function missingProtection(
  { image }: Pick<AnyPlan, 'image'>,
  { DeregistrationProtection: actual = '' }: ImageAttributes,
): { withCooldown: boolean } | undefined {
  const wanted = image?.deregistrationProtection;
  if (wanted === undefined) return undefined;
  const withCooldown = wanted === 'with-cooldown';
  const isProtected = actual.startsWith('enabled') && !(withCooldown && actual.endsWith('without-cooldown'));
  return isProtected ? undefined : { withCooldown };
}

/** The attributes that an image inherits from its base image. */
export interface InheritedAttributes {
  /** Absent: the base does not require IMDSv2, or EC2 does not show whether it does. */
  readonly imds?: 'v2';
}

/** Why an image of this base cannot have the attributes of the recipe. `name`: the base, for messages. */
export function attributeRefusals(
  { imds }: Pick<RecipeImage, 'imds'>,
  base: InheritedAttributes,
  name: string,
): string[] {
  if (imds === 'v2' || base.imds !== 'v2') return [];
  return [
    `image.imds is optional, but ${name} requires IMDSv2, so every image made from it requires IMDSv2, and EC2 cannot undo this: ` +
      'set image.imds to v2, or choose a base that does not require IMDSv2',
  ];
}

/** The volumes of the builder that are not part of the image, by device. */
export const notInImage = ({ build }: Pick<BuiltRecipe, 'build'>): string[] =>
  build.volumes.filter(({ inImage }) => inImage === false).map(({ device }) => device);
