import { DescribeAvailabilityZonesCommand, DescribeVpcsCommand, type EC2Client } from '@aws-sdk/client-ec2';
import type { FastLaunchFacts } from '../build/plan-facts.ts';
import { RECIPE } from '../build/tags.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { Clients } from './clients.ts';
import { findFastRestores } from './find-fast-restores.ts';
import { findSnapshots } from './find-resources.ts';

/** Reads what must be known of those of these regions in which the recipe asks for fast launches. */
export async function readFastLaunchFacts(
  { name, image }: Pick<Recipe, 'name' | 'image'>,
  regions: readonly string[],
  { ec2 }: Pick<Clients, 'ec2'>,
): Promise<FastLaunchFacts> {
  /** What is read in each region. */
  const inEach = async <T>(wanted: readonly string[], read: (client: EC2Client) => Promise<T>) => {
    const targets = wanted.filter((region) => regions.includes(region));
    return new Map(
      await Promise.all(targets.map(async (region) => [region, await read(ec2(region))] as const)),
    );
  };
  const restoreRegions = Object.keys(image.fastSnapshotRestore ?? {});
  const [zones, restored, defaultVpcs] = await Promise.all([
    inEach(restoreRegions, findZones),
    inEach(restoreRegions, (client) => countOthers(name, client)),
    inEach(image.fastLaunch?.regions ?? [], hasDefaultVpc),
  ]);
  const withoutDefaultVpc = [...defaultVpcs].flatMap(([region, has]) => (has ? [] : [region]));
  return { zones, restored, withoutDefaultVpc };
}

/** Local Zones and Wavelength Zones have no fast snapshot restore (EBS user guide, "Amazon EBS fast snapshot restore"). */
async function findZones(client: EC2Client): Promise<string[]> {
  const { AvailabilityZones = [] } = await client.send(new DescribeAvailabilityZonesCommand({}));
  return AvailabilityZones.flatMap(({ ZoneName, ZoneType }) =>
    ZoneType === 'availability-zone' && ZoneName !== undefined ? [ZoneName] : [],
  );
}

/** The earlier releases of the recipe do not count: Accelerate turns them off. */
async function countOthers(recipe: string, client: EC2Client): Promise<number> {
  const ids = [...new Set((await findFastRestores(client)).map(({ snapshotId }) => snapshotId))];
  if (ids.length === 0) return 0;
  const own = await findSnapshots(
    client,
    { Name: 'snapshot-id', Values: ids },
    { Name: `tag:${RECIPE}`, Values: [recipe] },
  );
  return ids.length - own.length;
}

async function hasDefaultVpc(client: EC2Client): Promise<boolean> {
  const Filters = [{ Name: 'is-default', Values: ['true'] }];
  const { Vpcs = [] } = await client.send(new DescribeVpcsCommand({ Filters }));
  return Vpcs.length > 0;
}
