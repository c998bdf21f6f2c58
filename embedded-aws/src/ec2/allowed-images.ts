import type { ImageCriterion } from '@aws-sdk/client-ec2';
import type { Call } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { anyOf } from './filters.ts';
import type { AllowedImages, ImageRecord } from './records.ts';

const disabled: AllowedImages = { state: 'disabled', criteria: [] };

/** The settings of Allowed AMIs of an account in a region. */
export function allowedImages(
  world: World,
  { account, region }: Pick<Call, 'account' | 'region'>,
): AllowedImages {
  return world.allowedImages.get(`${account}/${region}`) ?? disabled;
}

export function setAllowedImages(call: Call, change: Partial<AllowedImages>): void {
  const settings = { ...allowedImages(call.world, call), ...change };
  call.world.allowedImages.set(`${call.account}/${call.region}`, settings);
}

/**
 * Whether an image meets the account's criteria: one criterion with all its parameters. An account's own
 * images always do (EC2 user guide, Control the discovery and use of AMIs with Allowed AMIs). `undefined`:
 * the account has not enabled the criteria, also not for an audit.
 */
export function isAllowed(world: World, image: ImageRecord, account: string): boolean | undefined {
  const { state, criteria } = allowedImages(world, { account, region: image.region });
  if (state === 'disabled') return undefined;
  return image.account === account || criteria.some((criterion) => meets(image, criterion, world.now()));
}

/** Whether the account's criteria hide an image. */
export function isHidden(world: World, image: ImageRecord, account: string): boolean {
  if (allowedImages(world, { account, region: image.region }).state !== 'enabled') return false;
  return isAllowed(world, image, account) === false;
}

function meets(image: ImageRecord, criterion: ImageCriterion, now: number): boolean {
  const { ImageProviders, ImageNames, MarketplaceProductCodes, ImageWatermarks } = criterion;
  const { CreationDateCondition: created, DeprecationTimeCondition: deprecated } = criterion;
  const products = image.productCodes.flatMap(({ ProductCodeId = '', ProductCodeType }) =>
    ProductCodeType === 'marketplace' ? [ProductCodeId] : [],
  );
  const conditions = [
    ImageProviders?.some((provider) => provider === image.account || provider === image.ownerAlias),
    ImageNames && anyOf(ImageNames)(image.name),
    MarketplaceProductCodes?.some((code) => products.includes(code)),
    ImageWatermarks?.some((filter) => carries(image, filter, now)),
    created && isWithin(image.creationDate, created.MaximumDaysSinceCreated, now),
    deprecated && isWithin(image.deprecationTime ?? now, deprecated.MaximumDaysSinceDeprecated, now),
  ];
  return conditions.every((condition) => condition !== false);
}

type WatermarkFilter = NonNullable<ImageCriterion['ImageWatermarks']>[number];

/** Whether one watermark of the image matches all fields of the filter (SDK, ImageCriterion). */
function carries({ watermarks = [] }: ImageRecord, filter: WatermarkFilter, now: number): boolean {
  return watermarks.some(
    ({ key, sourceImageRegion, sourceImageCreationDate, creationDate }) =>
      (filter.WatermarkKey === undefined || anyOf([filter.WatermarkKey])(key)) &&
      (filter.SourceImageRegion === undefined || anyOf([filter.SourceImageRegion])(sourceImageRegion)) &&
      isWithin(sourceImageCreationDate, filter.MaximumDaysSinceSourceImageCreated, now) &&
      isWithin(creationDate, filter.MaximumDaysSinceWatermarkCreated, now),
  );
}

const dayMs = 86_400_000;

const isWithin = (at: number, days: number | undefined, now: number): boolean =>
  days === undefined || now - at <= days * dayMs;
