import { nearest } from '../recipe/nearest.ts';
import type { BuiltRecipe, CopiedRecipe, InstanceRecipe } from '../recipe/recipe.ts';
import { describeBase, machineRefusals } from './base.ts';
import { describeDeprecated } from './deprecated-base.ts';
import { attributeRefusals, notInImage } from './image-attributes.ts';
import type { AnyPlanContext, DeprecatedImages, Facts, FoundSnapshot, InstanceFacts } from './plan-facts.ts';
import { plannedBase } from './planned-base.ts';
import { channelParameter } from './publication.ts';
import { OPEN } from './tags.ts';

export function baseRefusals(
  recipe: BuiltRecipe | CopiedRecipe,
  { base, region, deprecated, allowedImages }: Facts,
  { channels = {} }: Pick<AnyPlanContext, 'channels'>,
): string[] {
  if (base === undefined) {
    const missing = missingBase(recipe.base, region, deprecated, channels);
    const isRestricted = !('snapshotId' in recipe.base) && allowedImages.get(region)?.state === 'enabled';
    return [isRestricted ? `${missing}. ${hiddenHint(region)}` : missing];
  }
  if ('snapshotId' in base) return snapshotRefusals(recipe, base);
  const reasons: string[] = [];
  const image = describeBase(plannedBase(base));
  if (base.state !== 'available') {
    reasons.push(
      `${image} is ${base.state}, not available: wait until it is available, or choose another base`,
    );
  }
  if (base.rootDeviceType !== 'ebs') {
    reasons.push(
      `${image} is backed by an instance store, but only EBS-backed instances can be stopped and imaged: ` +
        'choose a base image whose root device type is ebs',
    );
  }
  if (base.madeBy === recipe.name) {
    reasons.push(
      `${image} was created by this recipe, so each build would create the base of the next build: ` +
        'use an image of another recipe or another owner as the base',
    );
  }
  const volumes = base.volumes.filter(({ device }) => !notInImage(recipe).includes(device));
  return [
    ...reasons,
    ...machineRefusals(recipe, { ...base, volumes }, image, region),
    ...attributeRefusals(recipe.image, base, image),
  ];
}

/** EC2 answers for a hidden image as for an image that does not exist. */
const hiddenHint = (region: string): string =>
  `Allowed AMIs is enabled in ${region}, so EC2 may hide the image: check whether it meets the criteria ` +
  `(aws ec2 get-allowed-images-settings --region ${region})`;

function snapshotRefusals(
  { image, share }: Pick<BuiltRecipe, 'image' | 'share'>,
  base: FoundSnapshot,
): string[] {
  const reasons: string[] = [];
  const snapshot = describeBase(plannedBase(base));
  if (base.state !== 'completed') {
    reasons.push(
      `${snapshot} is ${base.state}, not completed: wait until it is completed, or choose another snapshot in base.snapshotId`,
    );
  }
  if (share.public && base.encrypted) {
    reasons.push(
      `${snapshot} is encrypted, so every image made from it is encrypted, and an encrypted image cannot be public: ` +
        'set share.public to false, or choose a snapshot that is not encrypted',
    );
  }
  // RegisterBase sets the TPM. EC2 refuses it without uefi (flatcar/mantle#582), and for arm64 (balena-os/balena-yocto-scripts#298).
  const canHaveTpm = base.bootMode === 'uefi' && base.architecture === 'x86_64';
  if (image.tpm === 'v2' && !canHaveTpm) {
    reasons.push(
      `image.tpm is v2, but ${snapshot} has ${base.architecture} and ${base.bootMode}, and EC2 supports a TPM only with x86_64 and uefi: ` +
        'remove image.tpm, or correct base.bootMode and base.architecture',
    );
  }
  return [...reasons, ...attributeRefusals({ ...image, tpm: undefined }, base, snapshot)];
}

/** States of an instance that EC2 makes an image of (EC2 API reference, CreateImage). */
const IMAGED_STATES = ['running', 'stopped'];

export function instanceRefusals(recipe: InstanceRecipe, { base, region }: InstanceFacts): string[] {
  if (base === undefined)
    return [
      `the instance ${recipe.base.instanceId} (base.instanceId) does not exist in this account in ${region}: correct the id ` +
        `(aws ec2 describe-instances --region ${region} lists the instances)`,
    ];
  const reasons: string[] = [];
  const instance = describeBase(base);
  if (base.openTo !== recipe.name && base.openTo !== '*') {
    const found =
      base.openTo === undefined
        ? `has no tag ${OPEN}`
        : `has the tag ${OPEN} with the value "${base.openTo}"`;
    reasons.push(
      `${instance} is not open to this recipe (it ${found}): the owner of the instance can open it with ` +
        `aws ec2 create-tags --region ${region} --resources ${base.instanceId} --tags Key=${OPEN},Value=${recipe.name}`,
    );
  }
  if (!IMAGED_STATES.includes(base.state)) {
    reasons.push(
      `${instance} is ${base.state}, but only a running or stopped instance can be imaged: wait until it is running or stopped, or ` +
        'choose another instance in base.instanceId',
    );
  }
  if (base.rootDeviceType !== 'ebs') {
    reasons.push(
      `the root device of ${instance} is an instance store, but only EBS volumes can be imaged: ` +
        'choose an instance whose root device type is ebs in base.instanceId',
    );
  }
  return [
    ...reasons,
    ...machineRefusals(recipe, base, instance, region),
    ...attributeRefusals(recipe.image, base, instance),
  ];
}

function missingBase(
  base: BuiltRecipe['base'],
  region: string,
  deprecated: DeprecatedImages | undefined,
  channels: NonNullable<AnyPlanContext['channels']>,
): string {
  const isMissing = `does not exist in ${region}, or is not shared with this account`;
  const correct = (kind: string) =>
    `choose ${kind} of ${region} (each id is valid in one region only), or ask its owner to share it`;
  if ('snapshotId' in base) {
    return `the base snapshot ${base.snapshotId} (base.snapshotId) ${isMissing}: ${correct('a snapshot')}`;
  }
  if ('imageId' in base) {
    return `the base image ${base.imageId} (base.imageId) ${isMissing}: ${correct('an image')}`;
  }
  if ('ssmParameter' in base) {
    const name = base.ssmParameter;
    const noImage = `base.ssmParameter ${name} names no image in ${region}`;
    const unnamed = missingRelease(name, channels);
    if (unnamed !== undefined) return `${noImage}: ${unnamed}`;
    return `${noImage}: check the parameter and the image that it names (${howToLook(name, region)})`;
  }
  const notFound = `base.filter finds no image in ${region}`;
  if (deprecated !== undefined) return `${notFound}: ${describeDeprecated(deprecated)}`;
  const { name, owner, architecture } = base.filter;
  const forArchitecture = architecture ? ` for ${architecture}` : '';
  return (
    `${notFound} (the owner ${owner} has no available image${forArchitecture} with the name ${name}): correct the filter ` +
    `(aws ec2 describe-images --region ${region} --owners ${owner} --query 'Images[].Name' lists the names)`
  );
}

/** Why the parameter of a channel of a deployed recipe names no image; `undefined`: the parameter is another one. */
function missingRelease(
  parameter: string,
  channels: NonNullable<AnyPlanContext['channels']>,
): string | undefined {
  const [, recipe = '', channel = ''] = /^\/golden-images\/([^/]+)\/([^/]+)$/.exec(parameter) ?? [];
  const order = Object.hasOwn(channels, recipe) ? channels[recipe] : undefined;
  if (order === undefined) return undefined;
  const meant = nearest(channel, order);
  if (!order.includes(channel))
    return `the recipe ${recipe} has no channel ${channel}: ${meant === undefined ? `use one of its channels ${order.join(', ')}` : `use ${meant}`}`;
  const [first = '', second] = order;
  // Either the channel has named no release yet, or the image no longer exists. The fix is the same.
  const unnamed = `the channel ${channel} of ${recipe} names no image that exists`;
  if (channel === first) return `${unnamed}: run golden bake ${recipe}`;
  const to = channel === second ? '' : ` --to ${channel}`;
  return `${unnamed}: run golden promote ${recipe}${to}, or use ${channelParameter(recipe, first)}`;
}

/** The commands that show a parameter and, for a path, the parameters beside it. */
function howToLook(name: string, region: string): string {
  const get = `aws ssm get-parameter --region ${region} --name ${name} shows the parameter`;
  const path = /^(\/.+)\/[^/]+$/.exec(name)?.[1];
  if (path === undefined) return get;
  const list = `aws ssm get-parameters-by-path --region ${region} --path ${path} --query 'Parameters[].Name' lists its neighbours`;
  return `${get}, and ${list}`;
}
