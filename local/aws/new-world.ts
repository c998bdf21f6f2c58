import { publicImagesOf } from './catalog/images.ts';
import { publicParameter } from './catalog/parameters.ts';
import { regionNames, zonesOf } from './catalog/regions.ts';
import type { InstanceProfileRecord, SecurityGroupRecord, SubnetRecord } from './records.ts';
import { emptyWorld, newId, type World, type WorldOptions } from './world.ts';

/** A world as AWS hands it to a customer: nothing of theirs in it, and the public images and parameters in every region. */
export function newWorld(options: WorldOptions): World {
  const world = emptyWorld(options);
  for (const region of regionNames) {
    for (const { image, snapshot, parameters } of publicImagesOf(region)) {
      world.images.put(image, image.creationDate, 0);
      if (snapshot) world.snapshots.put(snapshot, snapshot.startTime, 0);
      for (const name of parameters) {
        world.parameters.put(publicParameter(name, image), image.creationDate, 0);
      }
    }
  }
  return world;
}

/**
 * The default VPC of an account in a region: one subnet of 4,091 free addresses (a /20 less AWS's five) in each zone, three
 * zones unless `zones` says otherwise, and the default security group.
 */
export function addDefaultNetwork(
  world: World,
  account: string,
  region: string,
  { zones = 3, freeAddresses = 4091 }: { zones?: number; freeAddresses?: number } = {},
): { vpcId: string; subnets: SubnetRecord[]; securityGroup: SecurityGroupRecord } {
  const vpcId = newId(world, 'vpc');
  const subnets = zonesOf(region)
    .slice(0, zones)
    .map((availabilityZone, index) =>
      world.subnets.put(
        {
          id: newId(world, 'subnet'),
          account,
          region,
          tags: {},
          vpcId,
          availabilityZone,
          cidrBlock: `172.31.${index * 16}.0/20`,
          availableIpAddressCount: freeAddresses,
          defaultForAz: true,
        },
        world.now(),
        0,
      ),
    );
  const securityGroup = addSecurityGroup(world, {
    account,
    region,
    vpcId,
    name: 'default',
    description: 'default VPC security group',
  });
  return { vpcId, subnets, securityGroup };
}

/** A security group that lets nothing in. */
export function addSecurityGroup(
  world: World,
  group: { account: string; region: string; vpcId: string; name: string; description: string },
): SecurityGroupRecord {
  return world.securityGroups.put(
    { id: newId(world, 'sg'), tags: {}, ingress: [], ...group },
    world.now(),
    0,
  );
}

/** An instance profile with a role in it. */
export function addInstanceProfile(
  world: World,
  { account, name }: { account: string; name: string },
): InstanceProfileRecord {
  const arn = `arn:aws:iam::${account}:instance-profile/${name}`;
  return world.instanceProfiles.put({ id: arn, account, region: '', name, arn }, world.now(), 0);
}
