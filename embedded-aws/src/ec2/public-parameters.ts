import type { Call } from '../core/service.ts';

/**
 * The public SSM parameters of a region that name images, grouped by image and sorted. These parameters
 * belong to no account. The parameters are read at the first use, because most answers show no image.
 */
export function publicParameterNames(call: Call): Pick<ReadonlyMap<string, readonly string[]>, 'get'> {
  let names: ReadonlyMap<string, readonly string[]> | undefined;
  return {
    get: (imageId) => {
      names ??= namesByImage(call);
      return names.get(imageId);
    },
  };
}

function namesByImage({ world, region, now }: Call): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { account, region: place, name, value } of world.parameters.allSeen(now)) {
    if (account !== '' || place !== region) continue;
    const others = names.get(value);
    if (others === undefined) names.set(value, [name]);
    else others.push(name);
  }
  for (const list of names.values()) list.sort();
  return names;
}
