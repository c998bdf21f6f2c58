import { isSameDevice } from '../recipe/devices.ts';
import type { BuiltRecipe, CopiedRecipe } from '../recipe/recipe.ts';
import { describeBase } from './base.ts';
import type { Facts, FoundImage, FoundSnapshot } from './plan-facts.ts';
import { plannedBase } from './planned-base.ts';

/** The usual names of root devices, on images of AWS and of the distributions. */
const ROOT_DEVICES = ['/dev/xvda', '/dev/sda1'];

/** Why the builder, or the tester of a copied base, could not be launched. */
export function builderRefusals(recipe: BuiltRecipe | CopiedRecipe, facts: Facts): string[] {
  const { base, region, instanceTypes } = facts;
  const reasons: string[] = [];
  const wanted = recipe.build.instanceTypes;
  const unknown = wanted.filter((type) => !instanceTypes.has(type));
  if (unknown.length > 0) {
    const architecture =
      base === undefined
        ? ''
        : ` --filters Name=processor-info.supported-architecture,Values=${base.architecture}`;
    reasons.push(
      `build.instanceTypes: ${region} has no instance type ${unknown.join(', ')}: correct or remove it (aws ec2 describe-instance-types ` +
        `--region ${region}${architecture} --query 'InstanceTypes[].InstanceType' lists the types)`,
    );
  }
  if (base !== undefined) {
    const named = describeBase(plannedBase(base));
    const unfit = wanted.filter((type) => instanceTypes.get(type)?.includes(base.architecture) === false);
    if (unfit.length > 0) {
      const runs = unfit.map((type) => `${type} runs ${instanceTypes.get(type)?.join(' and ')}`);
      const fix =
        'snapshotId' in base
          ? 'correct base.architecture'
          : 'choose a base for the architecture of these types';
      reasons.push(
        `build.instanceTypes: ${runs.join(', ')}, but ${named} is for ${base.architecture}: ` +
          `choose ${typesFor(base.architecture)}, or ${fix}`,
      );
    }
    reasons.push(...volumeRefusals(recipe, base, named));
  }
  return [...reasons, ...networkRefusals(recipe, facts)];
}

/** Instance types of common architectures, as examples. */
const typesFor = (architecture: string): string => {
  const example = { x86_64: 'm7i.large', arm64: 'm7g.large' }[architecture];
  return `types for ${architecture}${example === undefined ? '' : ` such as ${example}`}`;
};

function volumeRefusals(
  { build }: Pick<BuiltRecipe, 'build'>,
  base: FoundImage | FoundSnapshot,
  named: string,
): string[] {
  const { root, volumes } =
    'snapshotId' in base
      ? { root: base.rootDevice, volumes: [{ device: base.rootDevice, sizeGiB: base.sizeGiB }] }
      : { root: base.rootDeviceName, volumes: base.volumes };
  const reasons: string[] = [];
  for (const { device, sizeGiB, type, inImage } of build.volumes) {
    if (device === root && inImage === false) {
      reasons.push(
        `build.volumes: ${device} is the root volume, but inImage is false, and an image always contains the root volume: ` +
          'remove inImage',
      );
    }
    if (device === root && (type === 'st1' || type === 'sc1')) {
      reasons.push(
        `build.volumes: the root volume ${device} has the type ${type}, but EC2 cannot boot from this type: choose another type, such as gp3`,
      );
    }
    // A root device's name that the base does not have is a mistake: the recipe would add an empty disk in addition to the system's disk.
    const isThere = volumes.some((volume) => volume.device === device);
    const known = volumes.find((volume) => isSameDevice(volume.device, device))?.device;
    if (ROOT_DEVICES.includes(device) && !isThere) {
      reasons.push(
        `the root device of ${named} is ${root}, but build.volumes names ${device}: write ${root}`,
      );
    } else if (known !== undefined && !isThere) {
      reasons.push(
        `build.volumes names ${device}, but ${named} already has this device as ${known}: write ${known} to change this volume, ` +
          'or choose another letter for a new volume',
      );
    }
    const least = volumes.find((volume) => volume.device === device)?.sizeGiB ?? 0;
    if (sizeGiB < least) {
      const what = 'snapshotId' in base ? named : 'the snapshot of the base image';
      reasons.push(
        `build.volumes: the volume ${device} has ${sizeGiB} GiB in the recipe, but ${what} needs ${least} GiB: ` +
          `set sizeGiB to ${least} or more`,
      );
    }
  }
  return reasons;
}

function networkRefusals({ build }: Pick<BuiltRecipe, 'build'>, facts: Facts): string[] {
  const { region, subnets, missingSubnets, securityGroup } = facts;
  const reasons: string[] = [];
  const list = `aws ec2 describe-subnets --region ${region} lists the subnets`;
  if (missingSubnets.length > 0) {
    const fix =
      build.subnets === undefined
        ? `deploy the pipeline again with existing subnets in the parameter subnets (${list})`
        : `correct build.subnets (${list}), or remove build.subnets to use the subnets of the deployment`;
    reasons.push(`${region} has no subnet ${missingSubnets.join(', ')}: ${fix}`);
  } else if (subnets.length === 0) {
    reasons.push(
      `no subnet in ${region} has the tags in build.subnets: add the tags to a subnet, or correct build.subnets (${list} with their tags)`,
    );
  }
  if (securityGroup === undefined) {
    return [
      ...reasons,
      `the security group of the deployment does not exist in ${region}: remove the pipeline and deploy it again (docs/operations.md)`,
    ];
  }
  const { id, vpcId, inboundRules } = securityGroup;
  if (inboundRules > 0) {
    reasons.push(
      `the security group ${id} has ${inboundRules} inbound rules, but a builder must not accept connections: remove the rules`,
    );
  }
  const elsewhere = subnets.filter((subnet) => subnet.vpcId !== vpcId).map((subnet) => subnet.id);
  if (elsewhere.length > 0) {
    const field = build.subnets === undefined ? 'the parameter subnets of the deployment' : 'build.subnets';
    reasons.push(
      `the subnets ${elsewhere.join(', ')} are not in ${vpcId}, the VPC of the security group ${id}: choose subnets of ${vpcId} in ${field}`,
    );
  }
  return reasons;
}
