import {
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  type EC2Client,
  paginateDescribeInstanceTypes,
} from '@aws-sdk/client-ec2';
import type { TargetFacts, TestNetwork } from '../build/plan-facts.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { Clients } from './clients.ts';

/** What the other regions of `test.regions` have for a tester. */
export async function readTestNetworks(
  { test }: Pick<Recipe, 'test'>,
  wanted: readonly string[],
  { region: home, enabledRegions }: Pick<TargetFacts, 'region' | 'enabledRegions'>,
  { ec2 }: Pick<Clients, 'ec2'>,
): Promise<Map<string, TestNetwork>> {
  const tested = test.regions.filter((region) => region !== home && enabledRegions.has(region));
  const found = await Promise.all(
    tested.map(async (region) => [region, await readTestNetwork(wanted, ec2(region))] as const),
  );
  return new Map(found);
}

async function readTestNetwork(wanted: readonly string[], client: EC2Client): Promise<TestNetwork> {
  const Filters = [{ Name: 'default-for-az', Values: ['true'] }];
  const [{ Subnets = [] }, types] = await Promise.all([
    client.send(new DescribeSubnetsCommand({ Filters })),
    findInstanceTypes(wanted, client),
  ]);
  const [{ VpcId = '' } = {}] = Subnets;
  return {
    subnets: Subnets.map(({ SubnetId = '' }) => SubnetId).toSorted(),
    hasOutboundRules: VpcId !== '' && (await hasOutboundRules(VpcId, client)),
    instanceTypes: [...types.keys()],
  };
}

/** Whether the default security group of a VPC has outbound rules. Some accounts remove them, so that nothing can use this group. */
async function hasOutboundRules(vpcId: string, ec2: EC2Client): Promise<boolean> {
  const Filters = [
    { Name: 'vpc-id', Values: [vpcId] },
    { Name: 'group-name', Values: ['default'] },
  ];
  const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
  return (SecurityGroups?.[0]?.IpPermissionsEgress?.length ?? 0) > 0;
}

/** The instance types that the region has, with their architectures. */
export async function findInstanceTypes(
  wanted: readonly string[],
  client: EC2Client,
): Promise<Map<string, string[]>> {
  // Uses a filter instead of InstanceTypes: one type that does not exist would fail the whole call, and the error would name only this type.
  const Filters = [{ Name: 'instance-type', Values: [...wanted] }];
  const found = new Map<string, string[]>();
  for await (const page of paginateDescribeInstanceTypes({ client }, { Filters })) {
    for (const { InstanceType, ProcessorInfo } of page.InstanceTypes ?? []) {
      if (InstanceType) found.set(InstanceType, ProcessorInfo?.SupportedArchitectures ?? []);
    }
  }
  return found;
}
