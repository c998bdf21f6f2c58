import type { BuiltRecipe, RecipeImage } from '../recipe/recipe.ts';
import type { AnyPlan } from './execution-document.ts';

/** The fields of EC2's `Image` that these functions read. */
export interface ImageAttributes {
  readonly ImdsSupport?: string | undefined;
}

/** Whether the image does not require IMDSv2 yet, but must. */
export function lacksImdsV2({ image }: Pick<AnyPlan, 'image'>, { ImdsSupport }: ImageAttributes): boolean {
  return image?.imds === 'v2' && ImdsSupport !== 'v2.0';
}

/** The attributes that an image inherits from its base image. */
export interface InheritedAttributes {
  /** Absent: the base does not require IMDSv2, or EC2 does not show whether it does. */
  readonly imds?: 'v2';
}

/** Why an image of this base cannot have the attributes of the recipe. `name`: the base, for messages. */
export function attributeRefusals({ imds }: RecipeImage, base: InheritedAttributes, name: string): string[] {
  if (imds === 'v2' || base.imds !== 'v2') return [];
  return [
    `image.imds is optional, but ${name} requires IMDSv2, so every image made from it requires IMDSv2, and EC2 cannot undo this: ` +
      'set image.imds to v2, or choose a base that does not require IMDSv2',
  ];
}

/** The volumes of the builder that are not part of the image, by device. */
export const notInImage = ({ build }: Pick<BuiltRecipe, 'build'>): string[] =>
  build.volumes.filter(({ inImage }) => inImage === false).map(({ device }) => device);
