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
  { imds, bootMode, tpm, deprecateAfterDays, deregistrationProtection }: RecipeImage,
  startTime: string,
): NonNullable<AnyPlan['image']> {
  const startMs = Math.round(new Date(startTime).getTime() / MINUTE_MS) * MINUTE_MS;
  return {
    imds,
    ...(bootMode !== undefined && { bootMode }),
    ...(tpm !== undefined && { tpm }),
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

/** The attributes that an image inherits from its base. */
export interface InheritedAttributes {
  readonly architecture: string;
  /** Absent: the base does not require IMDSv2, or EC2 does not show whether it does. */
  readonly imds?: 'v2';
  /** Absent: the default of the instance type. */
  readonly bootMode?: string;
  readonly tpm?: 'v2';
}

/** Why an image of this base cannot have the attributes of the recipe. `name`: the base, for messages. */
export function attributeRefusals(
  wanted: Pick<RecipeImage, 'imds' | 'bootMode' | 'tpm'>,
  base: InheritedAttributes,
  name: string,
): string[] {
  const reasons: string[] = [];
  if (wanted.imds === 'optional' && base.imds === 'v2') {
    reasons.push(
      `image.imds is optional, but ${name} requires IMDSv2, so every image made from it requires IMDSv2, and EC2 cannot undo this: ` +
        'set image.imds to v2, or choose a base that does not require IMDSv2',
    );
  }
  if (wanted.bootMode === 'uefi' && !runsWithUefi(base)) {
    reasons.push(
      `image.bootMode is uefi, but ${name} boots with ${base.bootMode ?? 'legacy-bios'}, and EC2 creates an image with uefi only of an ` +
        'instance that runs with UEFI: remove image.bootMode, or choose a base whose boot mode is uefi or uefi-preferred',
    );
  }
  if (wanted.tpm === 'v2' && base.tpm !== 'v2') {
    reasons.push(
      `image.tpm is v2, but ${name} has no TPM, and EC2 sets this only when it registers an image from a snapshot: ` +
        'remove image.tpm, or choose a base with a TPM, or a snapshot in base.snapshotId',
    );
  }
  return reasons;
}

/** EC2's defaults are UEFI on Graviton, and BIOS on Intel and AMD (Amazon EC2 User Guide, "Determine the boot mode parameter"). */
const runsWithUefi = ({ architecture, bootMode }: InheritedAttributes): boolean =>
  bootMode === undefined ? architecture === 'arm64' : bootMode.startsWith('uefi');

/** The volumes of the builder that are not part of the image, by device. */
export const notInImage = ({ build }: Pick<BuiltRecipe, 'build'>): string[] =>
  build.volumes.filter(({ inImage }) => inImage === false).map(({ device }) => device);
