import type { Watermark } from './allowed-images.ts';
import type { BaseVolume } from './encryption.ts';
import type { AnyPlan } from './execution-document.ts';
import { isShared } from './sharing.ts';

/** The base that a build starts from. The key shows which kind of base it is. */
export type BaseId =
  | { readonly imageId: string }
  | { readonly snapshotId: string }
  | { readonly instanceId: string };

/**
 * The id by which two builds compare their bases, so that a build can be skipped if nothing has changed. An instance has no such identity,
 * because the changes on it are unknown.
 */
export function baseIdentity(base: BaseId | undefined): string | undefined {
  if (base === undefined || 'instanceId' in base) return undefined;
  return 'imageId' in base ? base.imageId : base.snapshotId;
}

/** The base, for messages. */
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

/** Properties that an image inherits from its base image or instance. */
export interface MachineTraits {
  readonly platform: AnyPlan['platform'];
  readonly volumes: readonly (BaseVolume & { readonly sizeGiB: number })[];
  /** Product codes of AWS Marketplace. */
  readonly products: readonly string[];
  /** Absent: none, or EC2 does not show them for this kind of base. */
  readonly watermarks?: readonly Watermark[];
}

/** Why an image made from this base could not be what the recipe requests. `name`: the base, for messages. `region`: of the build. */
export function machineRefusals(
  { platform, share, regions }: Pick<AnyPlan, 'platform' | 'share' | 'regions'>,
  found: MachineTraits,
  name: string,
  region: string,
): string[] {
  const reasons: string[] = [];
  if (found.platform !== platform) {
    reasons.push(
      `${name} is for ${found.platform}, but the recipe says platform: ${platform}: set platform to ${found.platform}, or choose a base ` +
        `for ${platform}`,
    );
  }
  const encrypted = found.volumes.filter((volume) => volume.encrypted).map(({ device }) => device);
  if (share.public && encrypted.length > 0) {
    reasons.push(
      `${name} is encrypted (${encrypted.join(', ')}), so every image made from it is encrypted, and an encrypted image cannot be ` +
        'public: set share.public to false, or choose a base that is not encrypted',
    );
  }
  const keys = (found.watermarks ?? []).map(({ key }) => key);
  if (share.public && keys.length > 0) {
    reasons.push(
      `${name} has the watermark ${keys.join(', ')}, which every image made from it inherits, and an image with a watermark cannot be ` +
        'public: set share.public to false, or choose a base without a watermark',
    );
  }
  const isCopied = regions.some((target) => target !== region);
  if (found.products.length > 0 && (isShared(share) || isCopied)) {
    const requested = [isShared(share) ? 'shared' : '', isCopied ? 'copied to other regions' : '']
      .filter(Boolean)
      .join(' and ');
    reasons.push(
      `${name} is from AWS Marketplace, and images with a Marketplace product code cannot be ${requested}: ` +
        `set regions to ${region} only, and leave out share`,
    );
  }
  return reasons;
}
