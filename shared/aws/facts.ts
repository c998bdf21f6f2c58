import {
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  DescribeRegionsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  type EC2Client,
  GetAllowedImagesSettingsCommand,
  GetImageBlockPublicAccessStateCommand,
  GetSnapshotBlockPublicAccessStateCommand,
  type Image,
  paginateDescribeImages,
  paginateDescribeSubnets,
  type Snapshot,
} from '@aws-sdk/client-ec2';
import type { Inspector2Client } from '@aws-sdk/client-inspector2';
import type { KMSClient } from '@aws-sdk/client-kms';
import { DescribeDocumentCommand, GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { accountOf } from '../arns.ts';
import type { AllowedImages } from '../build/allowed-images.ts';
import { newest } from '../build/base.ts';
import type { EbsEncryption } from '../build/encryption.ts';
import type { EncryptionKey } from '../build/encryption-key.ts';
import { documentWith } from '../build/former-documents.ts';
import type {
  BaseSnapshot,
  Facts,
  FoundImage,
  FoundInstance,
  FoundSnapshot,
  InstanceFacts,
  RegionFacts,
  TargetFacts,
} from '../build/plan-facts.ts';
import { isShared } from '../build/sharing.ts';
import { EXECUTION, OPEN, RECIPE, ROLE, type Role } from '../build/tags.ts';
import { Denied, InvalidInput, NotFound, Refused, Transient } from '../errors.ts';
import {
  type BuiltRecipe,
  type CopiedRecipe,
  type InstanceBase,
  type InstanceRecipe,
  isCopied,
  type Recipe,
  type SnapshotBase,
} from '../recipe/recipe.ts';
import { keyIn } from '../recipe/stack-key.ts';
import type { Clients } from './clients.ts';
import type { ConsumerPlace } from './consumer-accounts.ts';
import { readEncryption, readKey } from './encryption-keys.ts';
import { findInstance, findVolumes, snapshotIdsOf } from './find-resources.ts';
import { scansInstances } from './findings.ts';
import { platformOf, productsOf } from './images.ts';
import { allPublishingFacts, readPublishingFacts } from './publishing-facts.ts';
import { listStepsDocuments } from './steps-documents.ts';
import { tagRecord } from './tags.ts';
import { findInstanceTypes, readTestNetworks } from './test-networks.ts';

/** The deployment of a build: its region, and its resources there. */
export interface Place extends Clients, ConsumerPlace {
  readonly region: string;
  /** The ARN of the state machine that bakes. */
  readonly stateMachine: string;
  kms(region: string): KMSClient;
  inspector2(region: string): Inspector2Client;
  readonly subnets: readonly string[];
  readonly securityGroup: string;
}

/** What is needed to read the facts about target regions. */
export type TargetPlace = Pick<Place, 'ec2' | 'kms' | 'region' | 'stateMachine'>;

/** The SSM documents that a build uses, and the digests of its steps and tests, which are also documents. */
export interface NeededDocuments {
  readonly documents: readonly string[];
  readonly steps: string | undefined;
  readonly tests: string | undefined;
}

/** Reads all facts about AWS that a plan needs. */
export async function readFacts(
  recipe: BuiltRecipe | CopiedRecipe,
  needed: NeededDocuments,
  place: Place,
): Promise<Facts> {
  const { ec2, region } = place;
  const { instanceTypes: wanted } = recipe.build;
  const [base, instanceTypes, subnets, securityGroup, targets, documents] = await Promise.all([
    'snapshotId' in recipe.base ? findSnapshot(recipe.base, ec2(region)) : resolveBase(recipe, place),
    findInstanceTypes(wanted, ec2(region)),
    findSubnets(recipe, place),
    findSecurityGroup(place),
    readTargets(recipe, place),
    readDocuments(needed, place),
  ]);
  return {
    ...targets,
    ...documents,
    testNetworks: await readTestNetworks(recipe, wanted, targets, place),
    base,
    baseSnapshots: isCopied(recipe) ? await readBaseSnapshots(base, place) : [],
    deprecated: base === undefined ? await findDeprecated(recipe, ec2(region)) : undefined,
    instanceTypes,
    ...subnets,
    securityGroup,
  };
}

/** Reads all facts about AWS that the plan of a build from an instance needs. */
export async function readInstanceFacts(
  recipe: InstanceRecipe,
  needed: NeededDocuments,
  place: Place,
): Promise<InstanceFacts> {
  const [base, targets, documents] = await Promise.all([
    findBaseInstance(recipe.base, place.ec2(place.region)),
    readTargets(recipe, place),
    readDocuments(needed, place),
  ]);
  const testNetworks =
    base === undefined ? new Map() : await readTestNetworks(recipe, [base.instanceType], targets, place);
  return { ...targets, ...documents, testNetworks, base, subnets: place.subnets };
}

async function readDocuments({ documents, steps, tests }: NeededDocuments, { ssm, region }: Place) {
  const [found, published] = await Promise.all([
    findDocuments(documents, ssm(region)),
    steps === undefined && tests === undefined ? [] : listStepsDocuments(ssm(region)),
  ]);
  const named = (digest: string | undefined) =>
    digest === undefined ? undefined : documentWith(published, digest)?.name;
  return { documents: found, stepsDocument: named(steps), testsDocument: named(tests) };
}

async function readTargets(
  recipe: Recipe,
  place: Place,
): Promise<Omit<TargetFacts, 'documents' | 'testsDocument' | 'testNetworks'>> {
  const { ec2, inspector2, region: home, stateMachine } = place;
  const enabled = new Set(await enabledRegions(ec2(home)));
  const unreadable = new Map<string, string>();
  /** `also`: a region whose settings decide, although it may not be a target. */
  const read = (regions: Recipe['regions'], also: readonly string[]) => {
    // A region that this account has not enabled has a reason of its own.
    const open = regions.filter((region) => enabled.has(region));
    return Promise.all([
      readRegions({ ...recipe, regions, also }, enabled, place),
      readPublishingFacts(recipe, open, place),
    ]);
  };
  const [scansForCves, required, ...optional] = await Promise.all([
    recipe.gates?.cve === undefined ? undefined : scansInstances(inspector2(home)),
    read(recipe.regions, [home]),
    ...recipe.optionalRegions.map(async (region) => {
      try {
        return [await read([region], [])];
      } catch (error) {
        // A retry of the function would not help a region that is closed or has an outage, and the build goes on without it.
        if (!(error instanceof Denied || error instanceof Refused || error instanceof Transient)) throw error;
        unreadable.set(region, error.message);
        return [];
      }
    }),
  ]);
  const all = [required, ...optional.flat()];
  const settings = all.map(([one]) => one);
  return {
    account: accountOf(stateMachine),
    region: home,
    enabledRegions: enabled,
    unreadable,
    publicBlockedIn: settings.flatMap(({ publicBlockedIn }) => publicBlockedIn),
    publicSnapshotsBlockedIn: settings.flatMap(({ publicSnapshotsBlockedIn }) => publicSnapshotsBlockedIn),
    allowedImages: new Map(settings.flatMap(({ allowedImages }) => [...allowedImages])),
    encryption: new Map(settings.flatMap(({ encryption }) => [...encryption])),
    keys: new Map(settings.flatMap(({ keys }) => [...keys])),
    ...allPublishingFacts(all.map(([, one]) => one)),
    scansForCves,
  };
}

/** Reads the settings of regions that get an image of an existing release. */
export async function readTargetRegions(
  target: Pick<Recipe, 'regions' | 'share' | 'encryption'>,
  place: TargetPlace,
): Promise<RegionFacts> {
  const { ec2, region, stateMachine } = place;
  const enabled = new Set(await enabledRegions(ec2(region)));
  return {
    account: accountOf(stateMachine),
    region,
    enabledRegions: enabled,
    ...(await readRegions({ ...target, also: [] }, enabled, place)),
  };
}

interface Targets extends Pick<Recipe, 'regions' | 'share' | 'encryption'> {
  readonly also: readonly string[];
}

async function readRegions(targets: Targets, enabled: ReadonlySet<string>, place: TargetPlace) {
  const [publicBlockedIn, publicSnapshotsBlockedIn, allowedImages, encryption, keys] = await Promise.all([
    findPublicBlocks(targets, enabled, place),
    findPublicSnapshotBlocks(targets, enabled, place),
    findAllowedImages(targets, enabled, place),
    findEncryption(targets, enabled, place),
    findKeys(targets, enabled, place),
  ]);
  return { publicBlockedIn, publicSnapshotsBlockedIn, allowedImages, encryption, keys };
}

/** The regions that the account has enabled. */
export async function enabledRegions(ec2: EC2Client): Promise<string[]> {
  const { Regions } = await ec2.send(new DescribeRegionsCommand({}));
  return (Regions ?? []).map(({ RegionName = '' }) => RegionName);
}

/** The image that the recipe's base currently means; `undefined`: there is no such image, or the base is not an image. */
export async function resolveBase(
  { name: recipe, base }: Pick<Recipe, 'name' | 'base'>,
  { ec2: ec2In, ssm, region }: Pick<Place, 'ec2' | 'ssm' | 'region'>,
): Promise<FoundImage | undefined> {
  if ('snapshotId' in base || 'instanceId' in base) return undefined;
  const ec2 = ec2In(region);
  if ('filter' in base) return baseImage(newest(await imagesOf(base.filter, recipe, ec2)));
  try {
    const imageId = 'imageId' in base ? base.imageId : await parameterValue(base.ssmParameter, ssm(region));
    const { Images } = await ec2.send(
      new DescribeImagesCommand({ ImageIds: [imageId], IncludeDeprecated: true }),
    );
    return baseImage(Images?.[0]);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

type ImageFilter = Extract<Recipe['base'], { filter: object }>['filter'];

/** The images that a filter matches. Without `IncludeDeprecated`, EC2 lists deprecated images only for their owner. */
async function imagesOf(
  { name, owner, architecture }: ImageFilter,
  recipe: string,
  client: EC2Client,
  { IncludeDeprecated = false } = {},
): Promise<Image[]> {
  const input: DescribeImagesCommandInput = {
    Owners: [owner],
    Filters: [
      { Name: 'name', Values: [name] },
      { Name: 'state', Values: ['available'] },
      ...(architecture ? [{ Name: 'architecture', Values: [architecture] }] : []),
    ],
    IncludeDeprecated,
  };
  const images: Image[] = [];
  for await (const page of paginateDescribeImages({ client }, input))
    images.push(...(page.Images ?? []).filter((image) => couldBeBase(image, recipe)));
  return images;
}

/** The deprecated images that a filter matches. EC2 does not list them by default. */
async function findDeprecated(
  { name, base }: Pick<Recipe, 'name' | 'base'>,
  client: EC2Client,
): Promise<Facts['deprecated']> {
  if (!('filter' in base)) return undefined;
  const images = await imagesOf(base.filter, name, client, { IncludeDeprecated: true });
  const image = baseImage(newest(images));
  return image && { count: images.length, newest: image };
}

async function parameterValue(name: string, ssm: SSMClient): Promise<string> {
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }));
  const value = Parameter?.Value ?? '';
  if (/^ami-[0-9a-f]+$/.test(value)) return value;
  throw new InvalidInput(
    `Nothing was launched, because the SSM parameter ${name} contains ${JSON.stringify(value)}, which is not an AMI id: ` +
      'choose a parameter that contains an AMI id in base.ssmParameter',
  );
}

/**
 * Whether an image could be the base of a recipe. An image that a build created but did not release may still be removed, so it is not a
 * base. An image of the same recipe is not a base either, although the filter may match its name. The tags of other accounts' images are
 * not visible.
 */
function couldBeBase({ Tags }: Image, recipe: string): boolean {
  const tags = tagRecord(Tags);
  if (!(EXECUTION in tags)) return true;
  return tags[ROLE] === ('release' satisfies Role) && tags[RECIPE] !== recipe;
}

function baseImage(image: Image | undefined): FoundImage | undefined {
  return image && foundImage(image);
}

/** The properties of an image that a plan reads. */
export function foundImage(image: Image): FoundImage {
  const madeBy = tagRecord(image.Tags)[RECIPE];
  return {
    ...(madeBy === undefined ? {} : { madeBy }),
    ...(image.ImageAllowed === undefined ? {} : { allowed: image.ImageAllowed }),
    watermarks: (image.ImageWatermarks ?? []).map(({ WatermarkKey = '', SourceImageRegion = '' }) => ({
      key: WatermarkKey,
      region: SourceImageRegion,
    })),
    ...(image.ImdsSupport === 'v2.0' ? { imds: 'v2' } : {}),
    ...(image.BootMode === undefined ? {} : { bootMode: image.BootMode }),
    ...(image.TpmSupport === 'v2.0' ? { tpm: 'v2' } : {}),
    ...(image.DeprecationTime === undefined ? {} : { deprecatedAt: image.DeprecationTime }),
    imageId: image.ImageId ?? '',
    name: image.Name ?? '',
    owner: image.OwnerId ?? '',
    state: image.State ?? '',
    architecture: image.Architecture ?? '',
    platform: platformOf(image),
    rootDeviceType: image.RootDeviceType ?? '',
    rootDeviceName: image.RootDeviceName ?? '',
    volumes: (image.BlockDeviceMappings ?? []).flatMap(({ DeviceName = '', Ebs }) =>
      Ebs === undefined
        ? []
        : [{ device: DeviceName, sizeGiB: Ebs.VolumeSize ?? 0, encrypted: Ebs.Encrypted ?? false }],
    ),
    instanceStores: (image.BlockDeviceMappings ?? []).flatMap(({ DeviceName = '', VirtualName }) =>
      VirtualName === undefined ? [] : [DeviceName],
    ),
    snapshotIds: snapshotIdsOf(image),
    products: productsOf(image),
  };
}

async function findSnapshot(base: SnapshotBase, ec2: EC2Client): Promise<FoundSnapshot | undefined> {
  const snapshot = await describeSnapshot(base.snapshotId, ec2);
  if (snapshot === undefined) return undefined;
  const { OwnerId = '', State = '', VolumeSize = 0, Encrypted = false } = snapshot;
  return { ...base, owner: OwnerId, state: State, sizeGiB: VolumeSize, encrypted: Encrypted };
}

/** A snapshot that this account can read; `undefined`: it cannot, or there is no such snapshot. */
async function describeSnapshot(id: string, ec2: EC2Client): Promise<Snapshot | undefined> {
  try {
    const { Snapshots } = await ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [id] }));
    return Snapshots?.[0];
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

/** What must be known of the snapshots of an image that is copied. */
async function readBaseSnapshots(
  base: FoundImage | FoundSnapshot | undefined,
  { ec2, kms, region, stateMachine }: Place,
): Promise<BaseSnapshot[]> {
  if (base === undefined || !('imageId' in base)) return [];
  return Promise.all(
    base.snapshotIds.map(async (snapshotId) => {
      const snapshot = await describeSnapshot(snapshotId, ec2(region));
      if (snapshot?.KmsKeyId === undefined) return { snapshotId, isReadable: snapshot !== undefined };
      const key = await readKey(snapshot.KmsKeyId, region, { ec2, kms, account: accountOf(stateMachine) });
      return { snapshotId, isReadable: true, key };
    }),
  );
}

async function findBaseInstance(base: InstanceBase, ec2: EC2Client): Promise<FoundInstance | undefined> {
  const [instance, volumes] = await Promise.all([
    findInstance(ec2, base.instanceId),
    findVolumes(ec2, { Name: 'attachment.instance-id', Values: [base.instanceId] }),
  ]);
  if (instance === undefined) return undefined;
  const { Name = '', [OPEN]: openTo } = tagRecord(instance.Tags);
  return {
    ...base,
    instanceType: instance.InstanceType ?? '',
    name: Name,
    ...(openTo === undefined ? {} : { openTo }),
    ...(instance.CurrentInstanceBootMode === undefined ? {} : { bootMode: instance.CurrentInstanceBootMode }),
    ...(instance.TpmSupport === 'v2.0' ? { tpm: 'v2' } : {}),
    state: instance.State?.Name ?? '',
    architecture: instance.Architecture ?? '',
    platform: platformOf(instance),
    rootDeviceType: instance.RootDeviceType ?? '',
    rootDeviceName: instance.RootDeviceName ?? '',
    volumes: volumes.map(({ Attachments, Size = 0, Encrypted = false, KmsKeyId }) => ({
      device: Attachments?.[0]?.Device ?? '',
      sizeGiB: Size,
      encrypted: Encrypted,
      ...(KmsKeyId !== undefined && { key: KmsKeyId }),
    })),
    products: productsOf(instance),
  };
}

/** The maximum number of subnets that are used if the recipe selects subnets by tag; a recipe may list the same number. */
const SUBNETS_MAX = 20;

async function findSubnets(recipe: Pick<BuiltRecipe, 'build'>, { ec2, region, subnets }: Place) {
  const requested = recipe.build.subnets ?? [...subnets];
  const Filters = Array.isArray(requested)
    ? [{ Name: 'subnet-id', Values: requested }]
    : Object.entries(requested.tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }));
  const found: { id: string; vpcId: string }[] = [];
  for await (const page of paginateDescribeSubnets({ client: ec2(region) }, { Filters })) {
    for (const { SubnetId = '', VpcId = '' } of page.Subnets ?? [])
      found.push({ id: SubnetId, vpcId: VpcId });
  }
  if (!Array.isArray(requested))
    return {
      subnets: found.toSorted((a, b) => a.id.localeCompare(b.id)).slice(0, SUBNETS_MAX),
      missingSubnets: [],
    };
  return {
    // In the recipe's order, which is the order of preference.
    subnets: requested.flatMap((id) => found.find((subnet) => subnet.id === id) ?? []),
    missingSubnets: requested.filter((id) => !found.some((subnet) => subnet.id === id)),
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
  { regions, share }: Targets,
  enabled: ReadonlySet<string>,
  { ec2 }: TargetPlace,
): Promise<string[]> {
  if (!share.public) return [];
  const requested = regions.filter((region) => enabled.has(region));
  const states = await Promise.all(
    requested.map((region) => ec2(region).send(new GetImageBlockPublicAccessStateCommand({}))),
  );
  return requested.filter((_, index) => states[index]?.ImageBlockPublicAccessState === 'block-new-sharing');
}

/** The settings of Allowed AMIs that can hide the base, and those that accounts with the image may also have. */
async function findAllowedImages(
  { regions, share, also }: Targets,
  enabled: ReadonlySet<string>,
  { ec2 }: TargetPlace,
): Promise<Map<string, AllowedImages>> {
  const requested = [...new Set([...also, ...(isShared(share) ? regions : [])])].filter((one) =>
    enabled.has(one),
  );
  const found = await Promise.all(
    requested.map(async (region) => {
      const { State, ManagedBy, ImageCriteria } = await ec2(region).send(
        new GetAllowedImagesSettingsCommand({}),
      );
      const criteria = (ImageCriteria ?? []).map((criterion) => ({
        providers: criterion.ImageProviders,
        names: criterion.ImageNames,
        products: criterion.MarketplaceProductCodes,
        watermarks: criterion.ImageWatermarks?.map(({ WatermarkKey, SourceImageRegion }) => ({
          key: WatermarkKey,
          region: SourceImageRegion,
        })),
      }));
      const state = State === 'enabled' || State === 'audit-mode' ? State : 'disabled';
      return [region, { state, byPolicy: ManagedBy === 'declarative-policy', criteria }] as const;
    }),
  );
  return new Map(found);
}

async function findPublicSnapshotBlocks(
  { share, regions }: Targets,
  enabled: ReadonlySet<string>,
  { ec2 }: TargetPlace,
): Promise<string[]> {
  if (!share.public || !share.copyable) return [];
  const requested = regions.filter((region) => enabled.has(region));
  const states = await Promise.all(
    requested.map((region) => ec2(region).send(new GetSnapshotBlockPublicAccessStateCommand({}))),
  );
  return requested.filter((_, index) => states[index]?.State !== 'unblocked');
}

/** The encryption settings of EBS in the region of the deployment and in all target regions. */
async function findEncryption(
  { regions, also }: Targets,
  enabled: ReadonlySet<string>,
  { ec2, kms, region: home, stateMachine }: TargetPlace,
): Promise<Map<string, EbsEncryption>> {
  const requested = [...new Set([...also, ...regions])].filter((region) => enabled.has(region));
  const place = { ec2, kms, account: accountOf(stateMachine) };
  const found = await Promise.all(
    requested.map(async (region) => {
      const encryption = await readEncryption(region, region === home, place);
      return encryption === undefined ? [] : [[region, encryption] as const];
    }),
  );
  return new Map(found.flat());
}

/** The keys that the recipe names for the region of the deployment and for the target regions. */
async function findKeys(
  { regions, also, ...recipe }: Targets,
  enabled: ReadonlySet<string>,
  { ec2, kms, stateMachine }: TargetPlace,
): Promise<Map<string, EncryptionKey>> {
  const place = { ec2, kms, account: accountOf(stateMachine) };
  const used = [...new Set([...also, ...regions])].flatMap((region) => {
    const key = keyIn(region, recipe);
    return key !== undefined && enabled.has(region) ? [[region, key] as const] : [];
  });
  return new Map(
    await Promise.all(
      used.map(async ([region, key]) => [region, await readKey(key, region, place)] as const),
    ),
  );
}

/** The documents that exist, with their type, version and parameters. */
async function findDocuments(names: readonly string[], ssm: SSMClient): Promise<Facts['documents']> {
  const found = await Promise.all(
    [...new Set(names)].map(async (Name) => {
      try {
        const { Document } = await ssm.send(new DescribeDocumentCommand({ Name }));
        const parameters = (Document?.Parameters ?? []).map(
          ({ Name = '', DefaultValue }) => [Name, DefaultValue === undefined] as const,
        );
        const { DocumentType, LatestVersion = '' } = Document ?? {};
        const found = {
          type: String(DocumentType),
          latestVersion: LatestVersion,
          parameters: new Map(parameters),
        };
        return [[Name, found] as const];
      } catch (error) {
        if (error instanceof NotFound) return [];
        throw error;
      }
    }),
  );
  return new Map(found.flat());
}
