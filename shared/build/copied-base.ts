import type { CopiedRecipe } from '../recipe/recipe.ts';
import { describeBase } from './base.ts';
import { isUsable } from './encryption-key.ts';
import type { BaseSnapshot, Facts, FoundImage } from './plan-facts.ts';
import { plannedBase } from './planned-base.ts';

/** The fix that always works: a builder needs no permission for the snapshots of its base. */
const OR_BUILD = 'remove build.copyBase to build from the image';

/** Why EC2 would refuse to copy the base, or why the copy could not be what the recipe requests. */
export function copiedBaseRefusals({ image }: CopiedRecipe, facts: Facts): string[] {
  const { base, baseSnapshots, account, region } = facts;
  if (base === undefined || !('imageId' in base)) return [];
  const named = describeBase(plannedBase(base));
  const reasons: string[] = [];
  if (base.owner !== account && base.products.length > 0) {
    reasons.push(
      `${named} is from AWS Marketplace, and EC2 copies such an image only for the account that owns it: ${OR_BUILD}`,
    );
  }
  const unreadable = baseSnapshots.flatMap(({ snapshotId, isReadable }) => (isReadable ? [] : [snapshotId]));
  if (unreadable.length > 0) reasons.push(unreadableRefusal(base, named, unreadable, { account, region }));
  if (image.bootMode === 'uefi' && base.bootMode?.startsWith('uefi') && base.bootMode !== 'uefi') {
    reasons.push(
      `image.bootMode is uefi, but ${named} has ${base.bootMode}, and a copy keeps the boot mode of its source: remove image.bootMode, ` +
        `or ${OR_BUILD}`,
    );
  }
  return [...reasons, ...baseSnapshots.flatMap(keyRefusals)];
}

function unreadableRefusal(
  { owner }: FoundImage,
  named: string,
  snapshots: readonly string[],
  { account, region }: { account: string; region: string },
): string {
  const share = snapshots.map(
    (id) =>
      `aws ec2 modify-snapshot-attribute --region ${region} --snapshot-id ${id} --attribute createVolumePermission ` +
      `--operation-type add --user-ids ${account}`,
  );
  return (
    `this account can launch ${named}, but cannot read ${snapshots.join(', ')}, and EC2 copies an image only for accounts that can read ` +
    `its snapshots: ask the owner ${owner} to share them (${share.join('; ')}), or ${OR_BUILD}`
  );
}

function keyRefusals({ snapshotId, key }: BaseSnapshot): string[] {
  if (key === undefined || isUsable(key.state)) return [];
  const state = key.state === undefined ? 'does not exist' : `is ${key.state}`;
  return [
    `${snapshotId}, a snapshot of the base image, is encrypted with ${key.id}, but this key ${state}, so the copy would fail: ask the owner ` +
      `of the key to make it usable, or choose another base`,
  ];
}

/** Warnings about keys of the base that Plan could not check. EC2 checks them only after it has begun the copy. */
export const copiedBaseWarnings = ({ baseSnapshots }: Pick<Facts, 'baseSnapshots'>): string[] =>
  baseSnapshots.flatMap(({ snapshotId, key }) => {
    if (key === undefined || key.use.is === 'allowed') return [];
    return [
      `${snapshotId}, a snapshot of the base image, is encrypted with ${key.id}, and Plan could not make sure that the pipeline may use ` +
        `this key: ${key.use.why}. If the pipeline may not use the key, the copy fails`,
    ];
  });
