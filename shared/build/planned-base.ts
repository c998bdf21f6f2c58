import type { BuiltRecipe } from '../recipe/recipe.ts';
import type { BaseVolume } from './encryption.ts';
import type { Plan } from './execution-document.ts';
import type { FoundImage, FoundInstance, FoundSnapshot } from './plan-facts.ts';

/**
 * The base in the plan. The builder gets no instance stores from its base image, because the image that is created from the builder would
 * inherit them (hashicorp/packer#8362). A device that `build` names becomes a volume.
 */
export function plannedBase(base: FoundImage | FoundSnapshot, build?: BuiltRecipe['build']): Plan['base'] {
  if ('imageId' in base) {
    const { imageId, name, owner, architecture, products } = base;
    const planned = { imageId, name, owner, architecture, products: [...products] };
    const isVolume = (device: string) => build?.volumes.some((volume) => volume.device === device);
    const instanceStores = base.instanceStores.filter((device) => !isVolume(device));
    return instanceStores.length === 0 ? planned : { ...planned, instanceStores };
  }
  const { snapshotId, architecture, bootMode, ena, rootDevice } = base;
  return { snapshotId, architecture, bootMode, ena, rootDevice };
}

/** The volumes of the base. Of a snapshot, the recipe names the device. */
export const volumesOf = (base: FoundImage | FoundSnapshot | FoundInstance): readonly BaseVolume[] =>
  'snapshotId' in base ? [{ device: base.rootDevice, encrypted: base.encrypted }] : base.volumes;
