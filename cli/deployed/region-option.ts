import { nearest } from '../../shared/recipe/nearest.ts';
import { foreignRegionFix, regionMessage, regionNames } from '../../shared/recipe/regions.ts';
import type { CommandLine } from '../command-line.ts';

/** Reads `--region`, and adds what is wrong with it to the problems. */
export function readRegion({ text, wrong }: CommandLine): string | undefined {
  const region = text('region');
  if (region === undefined || (regionNames as readonly string[]).includes(region)) return region;
  const near = nearest(region, regionNames);
  const fix =
    foreignRegionFix(region) ??
    (near === undefined ? 'remove --region to use the region of your profile' : `did you mean ${near}?`);
  wrong('--region', `${JSON.stringify(region)}, ${regionMessage.wrong}`, regionMessage.allowed, fix);
  return undefined;
}
