import type { Recipe } from '../recipe/recipe.ts';
import type { DeprecatedImages, FoundImage, FoundSnapshot } from './plan-facts.ts';

export function describeDeprecated({
  count,
  newest: { imageId, name, deprecatedAt },
}: DeprecatedImages): string {
  const newest = `${imageId} (${name})`;
  const on = `on ${dayOf(deprecatedAt)}`;
  const found =
    count === 1
      ? `1 image matches, but its owner has deprecated it (${newest}, ${on})`
      : `${count} images match, but their owner has deprecated all of them (the newest, ${newest}, ${on})`;
  return `${found}: choose a base.filter that matches newer images, or set base.imageId: ${imageId} to use this image anyway`;
}

/** A deprecated image can still be launched, but EC2 lists it only for its owner. */
export function deprecationWarnings(
  { base: requested }: Pick<Recipe, 'base'>,
  base: FoundImage | FoundSnapshot,
  at: string,
): string[] {
  if (!('imageId' in base) || base.deprecatedAt === undefined) return [];
  const { imageId, name, owner, deprecatedAt } = base;
  if (new Date(deprecatedAt) > new Date(at)) return [];
  return [
    `The base image ${imageId} (${name}) has been deprecated by its owner ${owner} since ${dayOf(deprecatedAt)}. The build uses this ` +
      `image anyway, but the image may no longer get updates: ${newerBase(requested)}`,
  ];
}

function newerBase(base: Recipe['base']): string {
  if ('ssmParameter' in base) return `point the SSM parameter ${base.ssmParameter} to a newer image`;
  if ('filter' in base) return 'choose a base.filter that matches newer images';
  return 'set base.imageId to a newer image';
}

const dayOf = (time = '') => time.slice(0, 10);
