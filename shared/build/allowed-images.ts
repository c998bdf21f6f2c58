import type { AnyPlan } from './execution-document.ts';
import { isShared } from './sharing.ts';
import { imageName } from './version.ts';

/** The settings of Allowed AMIs in a region (Amazon EC2 User Guide, "Control the discovery and use of AMIs with Allowed AMIs"). */
export interface AllowedImages {
  readonly state: 'enabled' | 'audit-mode' | 'disabled';
  /** Whether a declarative policy of the organization manages the settings, so that other accounts may have the same settings. */
  readonly byPolicy: boolean;
  readonly criteria: readonly ImageCriteria[];
}

/** The criteria that concern a new image. A new image meets the criteria for age and deprecation. */
export interface ImageCriteria {
  readonly providers?: readonly string[] | undefined;
  readonly names?: readonly string[] | undefined;
  readonly products?: readonly string[] | undefined;
  readonly watermarks?: readonly WatermarkFilter[] | undefined;
}

interface WatermarkFilter {
  readonly key?: string | undefined;
  readonly region?: string | undefined;
}

/** A watermark of an image. Images made from the image inherit it (Amazon EC2 User Guide, "Use AMI watermarks"). */
export interface Watermark {
  readonly key: string;
  readonly region: string;
}

/** What another account can see of a released image. */
export interface OfferedImage {
  readonly owner: string;
  readonly name: string;
  readonly products: readonly string[];
  readonly watermarks: readonly Watermark[];
}

/** Whether a new image of another account meets one of the criteria. */
export function meetsCriteria(image: OfferedImage, criteria: readonly ImageCriteria[]): boolean {
  return criteria.some(({ providers, names, products, watermarks }) =>
    [
      providers?.includes(image.owner),
      names?.some((pattern) => matches(image.name, pattern)),
      products?.some((product) => image.products.includes(product)),
      watermarks?.some(({ key = '*', region = '*' }) =>
        image.watermarks.some((one) => matches(one.key, key) && matches(one.region, region)),
      ),
    ].every((isMet) => isMet !== false),
  );
}

/** Whether a text matches a pattern with * and ?. */
function matches(text: string, pattern: string): boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\*?]/g, (character) => {
    if (character === '*') return '.*';
    return character === '?' ? '.' : `\\${character}`;
  });
  return new RegExp(`^${source}$`, 's').test(text);
}

/** A base that the account's criteria would hide if they were enabled. */
export function baseWarnings(
  base: { readonly allowed?: boolean; readonly owner: string },
  name: string,
  region: string,
): string[] {
  if (base.allowed !== false) return [];
  return [
    `Allowed AMIs is in audit mode in ${region}, and ${name} meets no criterion. When Allowed AMIs is enabled there, EC2 hides this image, ` +
      `and the build is refused: add the owner ${base.owner} to the criteria before then`,
  ];
}

/**
 * The regions in which accounts with the organization's criteria cannot use the released image. The criteria do not affect the account
 * that owns the image, and the criteria of other accounts are not visible.
 */
export function resultWarnings(
  plan: Pick<AnyPlan, 'recipe' | 'version' | 'regions' | 'share'>,
  allowedImages: ReadonlyMap<string, AllowedImages>,
  inherited: Omit<OfferedImage, 'name'>,
): string[] {
  if (!isShared(plan.share)) return [];
  const image = { ...inherited, name: imageName(plan.recipe, plan.version, 1) };
  const hiding = plan.regions.filter((region) => {
    const { state = 'disabled', byPolicy = false, criteria = [] } = allowedImages.get(region) ?? {};
    return byPolicy && state !== 'disabled' && !meetsCriteria(image, criteria);
  });
  if (hiding.length === 0) return [];
  return [
    `A policy of the organization sets the criteria of Allowed AMIs in ${hiding.join(', ')}, and the image will meet none of them. Other ` +
      `accounts with this policy cannot find or launch the image, although it is shared with them: add ${image.owner} to ImageProviders in ` +
      'the policy',
  ];
}
