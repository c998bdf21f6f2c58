import {
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  DescribeRegionsCommand,
  DescribeSecurityGroupsCommand,
  type EC2Client,
  GetImageBlockPublicAccessStateCommand,
  type Image,
  paginateDescribeImages,
  paginateDescribeInstanceTypes,
  paginateDescribeSubnets,
} from '@aws-sdk/client-ec2';
import { DescribeDocumentCommand, GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import type { BaseImage, Facts } from '../domain/plan.ts';
import type { Recipe } from '../domain/recipe.ts';
import { InvalidInput, NotFound } from '../errors.ts';
import type { Clients } from './clients.ts';

/** Where a build will happen: the deployment's region and what it has there. */
export interface Place extends Clients {
  readonly region: string;
  readonly subnets: readonly string[];
  readonly securityGroup: string;
}

/** Reads all that the plan needs to know of AWS. `documents` are the SSM documents that the build will name. */
export async function readFacts(recipe: Recipe, documents: readonly string[], place: Place): Promise<Facts> {
  const { ec2, ssm, region } = place;
  const [base, instanceTypes, subnets, securityGroup, enabled, documentsFound] = await Promise.all([
    findBase(recipe, place),
    findInstanceTypes(recipe, place),
    findSubnets(recipe, place),
    findSecurityGroup(place),
    enabledRegions(ec2(region)),
    findDocuments(documents, ssm(region)),
  ]);
  const publicBlockedIn = await findPublicBlocks(recipe, new Set(enabled), place);
  return {
    region,
    base,
    instanceTypes,
    ...subnets,
    securityGroup,
    enabledRegions: new Set(enabled),
    publicBlockedIn,
    needed: documents,
    documents: documentsFound,
  };
}

/** The regions that the account has enabled. */
export async function enabledRegions(ec2: EC2Client): Promise<string[]> {
  const { Regions } = await ec2.send(new DescribeRegionsCommand({}));
  return (Regions ?? []).map(({ RegionName = '' }) => RegionName);
}

async function findBase(
  { base }: Recipe,
  { ec2: ec2In, ssm, region }: Place,
): Promise<BaseImage | undefined> {
  const ec2 = ec2In(region);
  if ('filter' in base) {
    const { name, owner, architecture } = base.filter;
    const input: DescribeImagesCommandInput = {
      Owners: [owner],
      Filters: [
        { Name: 'name', Values: [name] },
        { Name: 'state', Values: ['available'] },
        ...(architecture ? [{ Name: 'architecture', Values: [architecture] }] : []),
      ],
    };
    const images: Image[] = [];
    for await (const page of paginateDescribeImages({ client: ec2 }, input))
      images.push(...(page.Images ?? []));
    return baseImage(newest(images));
  }
  try {
    const imageId = 'imageId' in base ? base.imageId : await parameterValue(base.ssmParameter, ssm(region));
    const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
    return baseImage(Images?.[0]);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

async function parameterValue(name: string, ssm: SSMClient): Promise<string> {
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }));
  const value = Parameter?.Value ?? '';
  if (/^ami-[0-9a-f]+$/.test(value)) return value;
  throw new InvalidInput(
    `Nothing was launched, because the SSM parameter ${name} holds ${JSON.stringify(value)}, which is no AMI id`,
  );
}

function newest(images: readonly Image[]): Image | undefined {
  return images.toSorted((a, b) => (b.CreationDate ?? '').localeCompare(a.CreationDate ?? ''))[0];
}

function baseImage(image: Image | undefined): BaseImage | undefined {
  if (image === undefined) return undefined;
  return {
    imageId: image.ImageId ?? '',
    name: image.Name ?? '',
    owner: image.OwnerId ?? '',
    state: image.State ?? '',
    architecture: image.Architecture ?? '',
    platform: image.Platform?.toLowerCase() === 'windows' ? 'windows' : 'linux',
    rootDeviceType: image.RootDeviceType ?? '',
    rootDeviceName: image.RootDeviceName ?? '',
    volumes: (image.BlockDeviceMappings ?? []).flatMap(({ DeviceName = '', Ebs }) =>
      Ebs === undefined
        ? []
        : [{ device: DeviceName, sizeGiB: Ebs.VolumeSize ?? 0, encrypted: Ebs.Encrypted ?? false }],
    ),
    marketplace: (image.ProductCodes ?? []).some(({ ProductCodeType }) => ProductCodeType === 'marketplace'),
  };
}

async function findInstanceTypes(recipe: Recipe, { ec2, region }: Place): Promise<Map<string, string[]>> {
  // By filter and not by name: a name that does not exist would make the whole call fail and tell of one only.
  const Filters = [{ Name: 'instance-type', Values: recipe.build.instanceTypes }];
  const found = new Map<string, string[]>();
  for await (const page of paginateDescribeInstanceTypes({ client: ec2(region) }, { Filters })) {
    for (const { InstanceType, ProcessorInfo } of page.InstanceTypes ?? []) {
      if (InstanceType) found.set(InstanceType, ProcessorInfo?.SupportedArchitectures ?? []);
    }
  }
  return found;
}

/** How many of the subnets that a tag matches are tried; as many as a recipe may list. */
const SUBNETS_MAX = 20;

async function findSubnets(recipe: Recipe, { ec2, region, subnets }: Place) {
  const asked = recipe.build.subnets ?? [...subnets];
  const Filters = Array.isArray(asked)
    ? [{ Name: 'subnet-id', Values: asked }]
    : Object.entries(asked.tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }));
  const found: { id: string; vpcId: string }[] = [];
  for await (const page of paginateDescribeSubnets({ client: ec2(region) }, { Filters })) {
    for (const { SubnetId = '', VpcId = '' } of page.Subnets ?? [])
      found.push({ id: SubnetId, vpcId: VpcId });
  }
  if (!Array.isArray(asked))
    return {
      subnets: found.toSorted((a, b) => a.id.localeCompare(b.id)).slice(0, SUBNETS_MAX),
      missingSubnets: [],
    };
  return {
    // In the order of the recipe, which is an order of preference.
    subnets: asked.flatMap((id) => found.find((subnet) => subnet.id === id) ?? []),
    missingSubnets: asked.filter((id) => !found.some((subnet) => subnet.id === id)),
  };
}

async function findSecurityGroup({ ec2, region, securityGroup }: Place) {
  const Filters = [{ Name: 'group-id', Values: [securityGroup] }];
  const { SecurityGroups } = await ec2(region).send(new DescribeSecurityGroupsCommand({ Filters }));
  const [group] = SecurityGroups ?? [];
  if (group === undefined) return undefined;
  return {
    id: group.GroupId ?? '',
    vpcId: group.VpcId ?? '',
    inboundRules: group.IpPermissions?.length ?? 0,
  };
}

async function findPublicBlocks(
  recipe: Recipe,
  enabled: ReadonlySet<string>,
  { ec2 }: Place,
): Promise<string[]> {
  if (!recipe.share.public) return [];
  const asked = recipe.regions.filter((region) => enabled.has(region));
  const states = await Promise.all(
    asked.map((region) => ec2(region).send(new GetImageBlockPublicAccessStateCommand({}))),
  );
  return asked.filter((_, index) => states[index]?.ImageBlockPublicAccessState === 'block-new-sharing');
}

/** The documents that exist, with what they are and take. */
async function findDocuments(names: readonly string[], ssm: SSMClient): Promise<Facts['documents']> {
  const found = await Promise.all(
    [...new Set(names)].map(async (Name) => {
      try {
        const { Document } = await ssm.send(new DescribeDocumentCommand({ Name }));
        const parameters = (Document?.Parameters ?? []).map(
          ({ Name = '', DefaultValue }) => [Name, DefaultValue === undefined] as const,
        );
        return [[Name, { type: String(Document?.DocumentType), parameters: new Map(parameters) }] as const];
      } catch (error) {
        if (error instanceof NotFound) return [];
        throw error;
      }
    }),
  );
  return new Map(found.flat());
}
