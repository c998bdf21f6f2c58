import type { Call } from '../core/service.ts';

/**
 * The public SSM parameters of a region that name images, grouped by image and sorted. These parameters
 * belong to no account.
 */
export function publicParameterNames({ world, region, now }: Call): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { account, region: place, name, value } of world.parameters.allSeen(now)) {
    if (account !== '' || place !== region) continue;
    names.set(value, [...(names.get(value) ?? []), name].toSorted());
  }
  return names;
}
