import {
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  DescribeRegionsCommand,
  DescribeSecurityGroupsCommand,
  GetImageBlockPublicAccessStateCommand,
  type Image,
  paginateDescribeImages,
  paginateDescribeInstanceTypes,
  paginateDescribeSubnets,
} from '@aws-sdk/client-ec2';
import { DescribeDocumentCommand, GetParameterCommand } from '@aws-sdk/client-ssm';
import * as z from 'zod/mini';
import { eventOf, type Plan } from '../shared/domain/build.ts';
import { type BaseImage, planBuild } from '../shared/domain/plan.ts';
import { describeProblem } from '../shared/domain/problem.ts';
import type { Recipe } from '../shared/domain/recipe.ts';
import { parseRecipe } from '../shared/domain/recipe-file.ts';
import { stepsDocument } from '../shared/domain/steps-document.ts';
import { versionOf } from '../shared/domain/version.ts';
import { InvalidInput, NotFound } from '../shared/errors.ts';
import { type Deps, step } from '../shared/lambda/step.ts';

/**
 * Plan: reads the recipe and what AWS has, and decides what is to be done, or refuses with every reason that can be known.
 * Safe to repeat: it only reads, and the version comes from the execution. It launches nothing.
 */
export const handler = step(
  eventOf({ recipe: z.string() }),
  async ({ execution, startTime, document }, deps): Promise<Plan> => {
    const { settings } = deps;
    const recipe = readRecipe(document.recipe, deps);
    const steps = stepsDocument(recipe);
    const buildDocument = settings.buildDocuments[recipe.platform];
    const documents = [buildDocument, ...(steps ? [steps.name] : []), ...namedDocuments(recipe)];
    const [base, instanceTypes, subnets, securityGroup, enabledRegions, publicBlockedIn, missingDocuments] =
      await Promise.all([
        findBase(recipe, deps),
        findInstanceTypes(recipe, deps),
        findSubnets(recipe, deps),
        findSecurityGroup(deps),
        findEnabledRegions(deps),
        findPublicBlocks(recipe, deps),
        findMissingDocuments(documents, deps),
      ]);
    return planBuild(
      recipe,
      {
        region: settings.region,
        base,
        instanceTypes,
        ...subnets,
        securityGroup,
        enabledRegions,
        publicBlockedIn,
        missingDocuments,
      },
      {
        version: versionOf(execution, startTime),
        buildDocument,
        stepsDocument: steps?.name ?? '',
        steps: steps?.steps ?? {},
      },
    );
  },
);

function readRecipe(name: string, deps: Deps): Recipe {
  const source = deps.recipeFile(name);
  if (source === undefined) {
    throw new InvalidInput(
      `The deployment has no recipe ${JSON.stringify(name)}; recipes are bundled when it is packaged`,
    );
  }
  const result = parseRecipe(source, `recipes/${name}.yml`, deps.now());
  if ('problems' in result) throw new InvalidInput(result.problems.map(describeProblem).join('\n'));
  return result.recipe;
}

function namedDocuments(recipe: Recipe): string[] {
  return recipe.steps.flatMap((item) => ('document' in item ? [item.document] : []));
}

async function findBase({ base }: Recipe, deps: Deps): Promise<BaseImage | undefined> {
  const ec2 = deps.ec2(deps.settings.region);
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
    const imageId = 'imageId' in base ? base.imageId : await parameterValue(base.ssmParameter, deps);
    const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
    return baseImage(Images?.[0]);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

async function parameterValue(name: string, deps: Deps): Promise<string> {
  const { Parameter } = await deps.ssm(deps.settings.region).send(new GetParameterCommand({ Name: name }));
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

async function findInstanceTypes(recipe: Recipe, deps: Deps): Promise<Map<string, string[]>> {
  // By filter and not by name: a name that does not exist would make the whole call fail and tell of one only.
  const Filters = [{ Name: 'instance-type', Values: recipe.build.instanceTypes }];
  const found = new Map<string, string[]>();
  for await (const page of paginateDescribeInstanceTypes(
    { client: deps.ec2(deps.settings.region) },
    { Filters },
  )) {
    for (const { InstanceType, ProcessorInfo } of page.InstanceTypes ?? []) {
      if (InstanceType) found.set(InstanceType, ProcessorInfo?.SupportedArchitectures ?? []);
    }
  }
  return found;
}

async function findSubnets(recipe: Recipe, deps: Deps) {
  const asked = recipe.build.subnets ?? [...deps.settings.subnets];
  const Filters = Array.isArray(asked)
    ? [{ Name: 'subnet-id', Values: asked }]
    : Object.entries(asked.tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }));
  const found: { id: string; vpcId: string }[] = [];
  for await (const page of paginateDescribeSubnets({ client: deps.ec2(deps.settings.region) }, { Filters })) {
    for (const { SubnetId = '', VpcId = '' } of page.Subnets ?? [])
      found.push({ id: SubnetId, vpcId: VpcId });
  }
  if (!Array.isArray(asked))
    return { subnets: found.toSorted((a, b) => a.id.localeCompare(b.id)), missingSubnets: [] };
  return {
    // In the order of the recipe, which is an order of preference.
    subnets: asked.flatMap((id) => found.find((subnet) => subnet.id === id) ?? []),
    missingSubnets: asked.filter((id) => !found.some((subnet) => subnet.id === id)),
  };
}

async function findSecurityGroup({ ec2, settings }: Deps) {
  const Filters = [{ Name: 'group-id', Values: [settings.securityGroup] }];
  const { SecurityGroups } = await ec2(settings.region).send(new DescribeSecurityGroupsCommand({ Filters }));
  const [group] = SecurityGroups ?? [];
  if (group === undefined) return undefined;
  return {
    id: group.GroupId ?? '',
    vpcId: group.VpcId ?? '',
    inboundRules: group.IpPermissions?.length ?? 0,
  };
}

async function findEnabledRegions({ ec2, settings }: Deps): Promise<Set<string>> {
  const { Regions } = await ec2(settings.region).send(new DescribeRegionsCommand({}));
  return new Set((Regions ?? []).map(({ RegionName = '' }) => RegionName));
}

async function findPublicBlocks(recipe: Recipe, deps: Deps): Promise<string[]> {
  if (!recipe.share.public) return [];
  const enabled = await findEnabledRegions(deps);
  const states = await Promise.all(
    recipe.regions
      .filter((region) => enabled.has(region))
      .map(async (region) => {
        const { ImageBlockPublicAccessState } = await deps
          .ec2(region)
          .send(new GetImageBlockPublicAccessStateCommand({}));
        return { region, blocked: ImageBlockPublicAccessState === 'block-new-sharing' };
      }),
  );
  return states.filter(({ blocked }) => blocked).map(({ region }) => region);
}

async function findMissingDocuments(names: readonly string[], deps: Deps): Promise<string[]> {
  const ssm = deps.ssm(deps.settings.region);
  const missing = await Promise.all(
    [...new Set(names)].map(async (Name) => {
      try {
        await ssm.send(new DescribeDocumentCommand({ Name }));
        return [];
      } catch (error) {
        if (error instanceof NotFound) return [Name];
        throw error;
      }
    }),
  );
  return missing.flat();
}
