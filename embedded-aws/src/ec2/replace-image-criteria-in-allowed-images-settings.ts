import type {
  ImageCriterion,
  ImageCriterionRequest,
  ReplaceImageCriteriaInAllowedImagesSettingsCommandInput,
  ReplaceImageCriteriaInAllowedImagesSettingsCommandOutput,
} from '@aws-sdk/client-ec2';
import { invalidParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { setAllowedImages } from './allowed-images.ts';
import { checkDryRun, parameterCombination } from './refusals.ts';

const criteriaMax = 10;

/** Replaces all criteria (EC2 user guide, Allowed AMIs; SDK, ImageCriterionRequest). */
export const replaceImageCriteriaInAllowedImagesSettings: Operation<
  ReplaceImageCriteriaInAllowedImagesSettingsCommandInput,
  ReplaceImageCriteriaInAllowedImagesSettingsCommandOutput
> = {
  kind: 'write',
  accepts: [
    'DryRun',
    'ImageCriteria.CreationDateCondition.MaximumDaysSinceCreated',
    'ImageCriteria.DeprecationTimeCondition.MaximumDaysSinceDeprecated',
    'ImageCriteria.ImageNames',
    'ImageCriteria.ImageProviders',
    'ImageCriteria.ImageWatermarks.MaximumDaysSinceSourceImageCreated',
    'ImageCriteria.ImageWatermarks.MaximumDaysSinceWatermarkCreated',
    'ImageCriteria.ImageWatermarks.SourceImageRegion',
    'ImageCriteria.ImageWatermarks.WatermarkKey',
    'ImageCriteria.MarketplaceProductCodes',
  ],
  run(input, call) {
    const criteria = input.ImageCriteria ?? [];
    checkCount('imageCriteria', criteria, criteriaMax);
    for (const criterion of criteria) checkCriterion(criterion);
    checkDryRun(input);
    setAllowedImages(call, { criteria: criteria as ImageCriterion[] });
    return { ReturnValue: true };
  },
};

const provider = /^(amazon|aws-marketplace|aws-backup-vault|none|\d{12})$/;
const productCode = /^[A-Za-z0-9]{1,25}$/;
const imageName = /^[A-Za-z0-9()[\] ./\-'@_*?]{1,128}$/;

function checkCriterion(criterion: ImageCriterionRequest): void {
  const {
    ImageProviders = [],
    ImageNames = [],
    MarketplaceProductCodes = [],
    ImageWatermarks = [],
  } = criterion;
  checkCount('imageProviders', ImageProviders, 200);
  checkCount('imageNames', ImageNames, 50);
  checkCount('marketplaceProductCodes', MarketplaceProductCodes, 50);
  checkCount('imageWatermarks', ImageWatermarks, 50);
  checkForm('imageProviders', ImageProviders, provider);
  checkForm('imageNames', ImageNames, imageName);
  checkForm('marketplaceProductCodes', MarketplaceProductCodes, productCode);
  const others = Object.entries(criterion).filter(([, value]) => value !== undefined).length > 1;
  if (ImageProviders.includes('none') && (others || ImageProviders.length > 1)) {
    throw parameterCombination('No other values can be specified with the image provider none.');
  }
}

function checkCount(name: string, values: readonly unknown[], most: number): void {
  if (values.length <= most) return;
  throw invalidParameter(`The parameter ${name} has ${values.length} values. The maximum is ${most}.`);
}

function checkForm(name: string, values: readonly string[], form: RegExp): void {
  const wrong = values.find((value) => !form.test(value));
  if (wrong !== undefined) throw invalidParameter(`Value (${wrong}) for parameter ${name} is invalid.`);
}
