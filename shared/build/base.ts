import type { AnyPlan } from './execution-document.ts';
import { isShared } from './sharing.ts';

/** What a build begins with, told apart by the key of its id. */
export type BaseId =
  | { readonly imageId: string }
  | { readonly snapshotId: string }
  | { readonly instanceId: string };

/**
 * What tells a base apart from others, so that a build can be spared where nothing has changed. An instance has no such thing: nobody
 * knows what has changed on it.
 */
export function baseIdentity(base: BaseId | undefined): string | undefined {
  if (base === undefined || 'instanceId' in base) return undefined;
  return 'imageId' in base ? base.imageId : base.snapshotId;
}

/** The base as messages name it. */
export function describeBase(base: AnyPlan['base']): string {
  if ('imageId' in base) return `the base image ${base.imageId} (${base.name})`;
  if ('snapshotId' in base) return `the base snapshot ${base.snapshotId}`;
  return base.name === ''
    ? `the instance ${base.instanceId}`
    : `the instance ${base.instanceId} (${base.name})`;
}

interface DatedImage {
  readonly CreationDate?: string | undefined;
  readonly Name?: string | undefined;
  readonly ImageId?: string | undefined;
}

/**
 * The newest image: the last by date, then by name, then by id. EC2 may list images in any order (EC2 API reference, DescribeImages),
 * so a date alone can choose another image each time.
 */
export function newest<Image extends DatedImage>(images: readonly Image[]): Image | undefined {
  return images.toSorted(
    (a, b) =>
      descending(a.CreationDate, b.CreationDate) ||
      descending(a.Name, b.Name) ||
      descending(a.ImageId, b.ImageId),
  )[0];
}

/** By code units: the order must not depend on the language of the machine. */
function descending(a = '', b = ''): number {
  if (a === b) return 0;
  return a < b ? 1 : -1;
}

/** What an image hands down to those made from it, and so does an instance. */
export interface MachineTraits {
  readonly platform: AnyPlan['platform'];
  readonly volumes: readonly { device: string; sizeGiB: number; encrypted: boolean }[];
  /** Product codes of AWS Marketplace. */
  readonly products: readonly string[];
}

/** Why what is made from it could not be what is asked for. `name` is how messages name it, `region` where the build happens. */
export function machineRefusals(
  { platform, share, regions }: Pick<AnyPlan, 'platform' | 'share' | 'regions'>,
  found: MachineTraits,
  name: string,
  region: string,
): string[] {
  const reasons: string[] = [];
  if (found.platform !== platform) {
    reasons.push(`${name} is for ${found.platform}, and the recipe says platform: ${platform}`);
  }
  const encrypted = found.volumes.filter((volume) => volume.encrypted).map(({ device }) => device);
  if (share.public && encrypted.length > 0) {
    reasons.push(
      `${name} is encrypted (${encrypted.join(', ')}), so is every image made from it, and an encrypted image cannot be public`,
    );
  }
  const isCopied = regions.some((target) => target !== region);
  if (found.products.length > 0 && (isShared(share) || isCopied)) {
    const asked = [isShared(share) ? 'shared' : '', isCopied ? 'copied to other regions' : '']
      .filter(Boolean)
      .join(' and ');
    reasons.push(
      `${name} is from AWS Marketplace, images made from it carry its product code, and those may not be ${asked}: ` +
        `give only ${region} as region and share with nobody`,
    );
  }
  return reasons;
}
