import { regionNames } from './core/regions.ts';
import { makeWorld, newId, type World, type WorldOptions } from './core/world.ts';
import { type DefaultNetwork, defaultEgressRule, defaultNetwork } from './ec2/default-network.ts';
import type { InstanceProfileRecord, SecurityGroupRecord } from './ec2/records.ts';
import { publicImagesOf } from './public-images/images.ts';
import { publicParameter } from './public-images/parameters.ts';
import { createAmazonLinuxTopic } from './public-images/releases.ts';
import { services } from './services.ts';

/** A world without resources. The world also has no public images. */
export const emptyWorld = (options: WorldOptions): World => makeWorld(Object.values(services), options);

/**
 * A world as a new AWS customer sees it: no resources of the customer, and the public images and parameters in every
 * region.
 */
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
  createAmazonLinuxTopic(world);
  return world;
}

/**
 * Creates the default VPC of an account in a region, with a subnet in each zone. `zones` limits the number of
 * subnets.
 */
export function addDefaultNetwork(
  world: World,
  account: string,
  region: string,
  options: { zones?: number; freeAddresses?: number } = {},
): DefaultNetwork {
  return defaultNetwork(world, account, region, options);
}

/** Creates a security group without inbound rules. */
export function addSecurityGroup(
  world: World,
  group: { account: string; region: string; vpcId: string; name: string; description: string },
): SecurityGroupRecord {
  const id = newId(world, 'sg');
  return world.securityGroups.put(
    { id, tags: {}, ingress: [], egress: [defaultEgressRule(world, id)], ...group },
    world.now(),
    0,
  );
}

/**
 * Subscribes an account to a product of AWS Marketplace, as a user does in the console. Images carry the product
 * code.
 */
export function subscribeToProduct(
  world: World,
  { account, productCode }: { account: string; productCode: string },
): void {
  world.marketplaceSubscriptions.set(`${account}/${productCode}`, world.now());
}

/** Creates an instance profile that has a role. */
export function addInstanceProfile(
  world: World,
  { account, name }: { account: string; name: string },
): InstanceProfileRecord {
  const arn = `arn:aws:iam::${account}:instance-profile/${name}`;
  return world.instanceProfiles.put({ id: arn, account, region: '', name, arn }, world.now(), 0);
}
