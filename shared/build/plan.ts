import { InvalidInput } from '../errors.ts';
import { isSameDevice } from '../recipe/devices.ts';
import type {
  BuiltRecipe,
  InstanceBase,
  InstanceRecipe,
  Recipe,
  RecipeStep,
  SnapshotBase,
} from '../recipe/recipe.ts';
import type { StepsDocument } from '../recipe/steps-document.ts';
import { describeBase, type MachineTraits, machineRefusals } from './base.ts';
import {
  type EbsEncryption,
  type EncryptionFacts,
  encryptionRefusals,
  encryptionWarnings,
} from './encryption.ts';
import type { AnyPlan, InstancePlan, Plan } from './execution-document.ts';
import { withoutAccount } from './sharing.ts';
import { OPEN, STEPS } from './tags.ts';

/** What the plan needs to know of AWS before it decides. All of it is read; nothing is changed. */
export interface TargetFacts {
  /** The account of the deployment. */
  readonly account: string;
  /** The region of the deployment. */
  readonly region: string;
  /** Regions that the account has enabled. */
  readonly enabledRegions: ReadonlySet<string>;
  /** Target regions in which the account blocks public images; asked only where the image is to be public. */
  readonly publicBlockedIn: readonly string[];
  /** What EBS encrypts with, by region: the deployment's, and the targets where EBS encrypts by default. */
  readonly encryption: ReadonlyMap<string, EbsEncryption>;
}

export interface Facts extends TargetFacts {
  /** The base image or snapshot; `undefined`: there is none. */
  readonly base: FoundImage | FoundSnapshot | undefined;
  /** Where a filter found no base: what it matches that its owner has deprecated. */
  readonly deprecated?: DeprecatedImages | undefined;
  /** Of the recipe's instance types those that the region knows, with their architectures. */
  readonly instanceTypes: ReadonlyMap<string, readonly string[]>;
  /** The subnets that the recipe names, or those of the deployment. */
  readonly subnets: readonly { id: string; vpcId: string }[];
  /** Subnet ids that were asked for and do not exist. */
  readonly missingSubnets: readonly string[];
  readonly securityGroup: { id: string; vpcId: string; inboundRules: number } | undefined;
  /** The SSM documents that the build will name. */
  readonly needed: readonly string[];
  /** Those of them that exist. */
  readonly documents: ReadonlyMap<string, FoundDocument>;
  /** The name of the document with the recipe's steps; `undefined`: there is none, or the recipe has no steps. */
  readonly stepsDocument: string | undefined;
}

export interface FoundDocument {
  readonly type: string;
  readonly latestVersion: string;
  /** Parameters by name, with whether they must be given. */
  readonly parameters: ReadonlyMap<string, boolean>;
}

export interface InstanceFacts extends TargetFacts {
  /** The instance to image; `undefined`: there is none. */
  readonly base: FoundInstance | undefined;
}

/** What is known of an image, and of an instance alike. */
interface FoundMachine extends MachineTraits {
  /** What its owner calls it. */
  readonly name: string;
  readonly state: string;
  readonly architecture: string;
  readonly rootDeviceType: string;
  readonly rootDeviceName: string;
}

export interface FoundImage extends FoundMachine {
  readonly imageId: string;
  readonly owner: string;
  /** The recipe that it was made by; absent: none of ours. */
  readonly madeBy?: string;
  /** From when on it is deprecated by its owner (ISO 8601); absent: it has no such time. */
  readonly deprecatedAt?: string;
}

export interface DeprecatedImages {
  readonly count: number;
  readonly newest: Pick<FoundImage, 'imageId' | 'name' | 'deprecatedAt'>;
}

/** The snapshot, and what the recipe says of it: nothing but its size can be seen from outside. */
export interface FoundSnapshot extends SnapshotBase {
  readonly owner: string;
  readonly state: string;
  readonly sizeGiB: number;
  readonly encrypted: boolean;
}

/** The instance, and how the recipe wants it imaged. */
export interface FoundInstance extends FoundMachine, InstanceBase {
  /** The value of the tag by which its owner opens it to the pipeline; absent: it has none. */
  readonly openTo?: string;
}

/** What the rest of the plan is made of besides the facts. */
export interface PlanContext {
  readonly version: string;
  /** When the execution began: a plan that is made again has the same warnings. */
  readonly startTime: string;
  readonly buildDocument: string;
  /** `undefined`: the recipe has no steps. */
  readonly steps: StepsDocument | undefined;
}

/** Decides what is to be done, or refuses with every reason that can be known before anything is launched. */
export function planBuild(asked: BuiltRecipe, facts: Facts, names: PlanContext): Plan {
  const { base, account } = facts;
  const recipe = { ...asked, share: withoutAccount(asked.share, account) };
  const reasons = [
    ...baseRefusals(recipe, facts),
    ...builderRefusals(recipe, facts),
    ...documentRefusals(recipe, facts, names),
    ...targetRefusals(recipe, facts),
  ];
  if (base === undefined || reasons.length > 0) throw refused(reasons);
  const warnings = [
    ...sharingWarnings(asked, facts),
    ...encryptionWarnings(recipe, encryptionFacts(facts)),
    ...deprecationWarnings(recipe, base, names.startTime),
  ];
  return {
    ...everyPlan(recipe, facts, names.version, warnings),
    base: plannedBase(base),
    instanceTypes: recipe.build.instanceTypes,
    subnets: facts.subnets.map(({ id }) => id),
    volumes: recipe.build.volumes,
    ssmAgent: recipe.build.ssmAgent,
    buildDocument: names.buildDocument,
    // A deployment that comes in between adds a version. Not the default one: CloudFormation does not always make the new version the
    // default (aws-cloudformation/cloudformation-coverage-roadmap#2539).
    buildDocumentVersion: facts.documents.get(names.buildDocument)?.latestVersion ?? '',
    stepsDocument: facts.stepsDocument ?? '',
    steps: names.steps?.steps ?? {},
    patch: recipe.patch,
  };
}

/** The same for an instance that is imaged as it is. */
export function planImaging(asked: InstanceRecipe, facts: InstanceFacts, version: string): InstancePlan {
  const { base, account } = facts;
  const recipe = { ...asked, share: withoutAccount(asked.share, account) };
  const reasons = [...instanceRefusals(recipe, facts), ...targetRefusals(recipe, facts)];
  if (base === undefined || reasons.length > 0) throw refused(reasons);
  const { instanceId, name, architecture, reboot } = base;
  const warnings = [...sharingWarnings(asked, facts), ...encryptionWarnings(recipe, encryptionFacts(facts))];
  return { ...everyPlan(recipe, facts, version, warnings), base: { instanceId, name, architecture, reboot } };
}

const refused = (reasons: readonly string[]) =>
  new InvalidInput(`Nothing was launched, because ${reasons.join('; and ')}`);

function everyPlan(
  recipe: Recipe,
  { region }: TargetFacts,
  version: string,
  warnings: string[],
): Omit<AnyPlan, 'base'> {
  const { name, description, platform, regions, share, tags } = recipe;
  const plan = { recipe: name, description, version, platform, region, regions, share, tags };
  return warnings.length === 0 ? plan : { ...plan, warnings };
}

function plannedBase(base: FoundImage | FoundSnapshot): Plan['base'] {
  if ('imageId' in base) {
    const { imageId, name, owner, architecture, products } = base;
    return { imageId, name, owner, architecture, products: [...products] };
  }
  const { snapshotId, architecture, bootMode, ena, rootDevice } = base;
  return { snapshotId, architecture, bootMode, ena, rootDevice };
}

function baseRefusals(recipe: BuiltRecipe, { base, region, deprecated }: Facts): string[] {
  if (base === undefined) return [`there is no base ${missingBase(recipe.base, region, deprecated)}`];
  if ('snapshotId' in base) return snapshotRefusals(recipe, base);
  const reasons: string[] = [];
  const image = describeBase(plannedBase(base));
  if (base.state !== 'available') reasons.push(`${image} is ${base.state}, not available`);
  if (base.rootDeviceType !== 'ebs') {
    reasons.push(
      `${image} is backed by an instance store, and only EBS-backed instances can be stopped and imaged`,
    );
  }
  if (base.madeBy === recipe.name) {
    reasons.push(
      `${image} is an image of this recipe itself, and each build would make the base of the next: ` +
        'start from an image that another recipe or somebody else makes',
    );
  }
  return [...reasons, ...machineRefusals(recipe, base, image, region)];
}

function snapshotRefusals({ share }: BuiltRecipe, base: FoundSnapshot): string[] {
  const reasons: string[] = [];
  const snapshot = describeBase(plannedBase(base));
  if (base.state !== 'completed') reasons.push(`${snapshot} is ${base.state}, not completed`);
  if (share.public && base.encrypted) {
    reasons.push(
      `${snapshot} is encrypted, so is every image made from it, and an encrypted image cannot be public`,
    );
  }
  return reasons;
}

/** States of an instance that EC2 makes an image of (EC2 API reference, CreateImage). */
const IMAGED_STATES = ['running', 'stopped'];

function instanceRefusals(recipe: InstanceRecipe, { base, region }: InstanceFacts): string[] {
  if (base === undefined)
    return [`this account has no instance ${recipe.base.instanceId} in ${region}, for base.instanceId`];
  const reasons: string[] = [];
  const instance = describeBase(base);
  if (base.openTo !== recipe.name && base.openTo !== '*') {
    const found = base.openTo === undefined ? `no tag ${OPEN}` : `the tag ${OPEN} with "${base.openTo}"`;
    reasons.push(
      `${instance} is not open to this recipe: it has ${found}, and its owner opens it by ` +
        `aws ec2 create-tags --region ${region} --resources ${base.instanceId} --tags Key=${OPEN},Value=${recipe.name}`,
    );
  }
  if (!IMAGED_STATES.includes(base.state)) {
    reasons.push(`${instance} is ${base.state}, and only one that is running or stopped can be imaged`);
  }
  if (base.rootDeviceType !== 'ebs') {
    reasons.push(`the root device of ${instance} is an instance store, and only EBS volumes can be imaged`);
  }
  return [...reasons, ...machineRefusals(recipe, base, instance, region)];
}

/** The names that root devices have on AWS's and the distributions' images. */
const ROOT_DEVICES = ['/dev/xvda', '/dev/sda1'];

function builderRefusals(recipe: BuiltRecipe, facts: Facts): string[] {
  const reasons: string[] = [];
  const { base, instanceTypes, securityGroup } = facts;
  const wanted = recipe.build.instanceTypes;
  const unknown = wanted.filter((type) => !instanceTypes.has(type));
  if (unknown.length > 0) reasons.push(`${facts.region} has no instance type ${unknown.join(', ')}`);
  if (base !== undefined) {
    const named = describeBase(plannedBase(base));
    const unfit = wanted.filter((type) => instanceTypes.get(type)?.includes(base.architecture) === false);
    if (unfit.length > 0) {
      const runs = unfit.map((type) => `${type} runs ${instanceTypes.get(type)?.join(' and ')}`);
      reasons.push(`${named} is for ${base.architecture}, and ${runs.join(', ')}`);
    }
    reasons.push(...volumeRefusals(recipe, base, named));
  }
  if (facts.missingSubnets.length > 0) {
    reasons.push(`${facts.region} has no subnet ${facts.missingSubnets.join(', ')}`);
  } else if (facts.subnets.length === 0) {
    reasons.push(`no subnet in ${facts.region} has the tags that build.subnets asks for`);
  }
  if (securityGroup === undefined) {
    reasons.push(`the security group of the deployment does not exist in ${facts.region}`);
  } else {
    if (securityGroup.inboundRules > 0) {
      reasons.push(
        `the security group ${securityGroup.id} has ${securityGroup.inboundRules} inbound rules, and a builder is open to nobody`,
      );
    }
    const elsewhere = facts.subnets.filter(({ vpcId }) => vpcId !== securityGroup.vpcId).map(({ id }) => id);
    if (elsewhere.length > 0) {
      reasons.push(
        `the subnets ${elsewhere.join(', ')} are in another VPC than the security group ${securityGroup.id}`,
      );
    }
  }
  return reasons;
}

function documentRefusals(recipe: BuiltRecipe, facts: Facts, { steps }: PlanContext): string[] {
  const reasons: string[] = [];
  const missing = facts.needed.filter((name) => !facts.documents.has(name));
  if (missing.length > 0) reasons.push(`${facts.region} has no SSM document ${missing.join(', ')}`);
  if (steps !== undefined && facts.stepsDocument === undefined) {
    reasons.push(
      `the recipe's steps are not those of the deployment (${facts.region} has no SSM document with the tag ${STEPS}=${steps.digest}): ` +
        'steps become a document when their recipe is deployed, so give no steps in overrides, and inline none, or deploy the recipe first',
    );
  }
  return [...reasons, ...recipe.steps.flatMap((item) => parameterRefusals(item, facts))];
}

function volumeRefusals({ build }: BuiltRecipe, base: FoundImage | FoundSnapshot, named: string): string[] {
  const { root, volumes } =
    'snapshotId' in base
      ? { root: base.rootDevice, volumes: [{ device: base.rootDevice, sizeGiB: base.sizeGiB }] }
      : { root: base.rootDeviceName, volumes: base.volumes };
  const reasons: string[] = [];
  for (const { device, sizeGiB, type } of build.volumes) {
    if (device === root && (type === 'st1' || type === 'sc1')) {
      reasons.push(`the root volume ${device} has the type ${type}, and EC2 does not boot from that`);
    }
    // Another root's name is no extra volume but a mistake: the size would be that of an empty disk beside the system's.
    const isThere = volumes.some((volume) => volume.device === device);
    const known = volumes.find((volume) => isSameDevice(volume.device, device))?.device;
    if (ROOT_DEVICES.includes(device) && !isThere) {
      reasons.push(`the root device of ${named} is ${root}, and build.volumes names ${device}`);
    } else if (known !== undefined && !isThere) {
      reasons.push(
        `build.volumes names ${device}, and ${named} has that device already, as ${known}: write ${known} to change that volume, ` +
          'or choose another letter for a new one',
      );
    }
    const least = volumes.find((volume) => volume.device === device)?.sizeGiB ?? 0;
    if (sizeGiB < least) {
      const what = 'snapshotId' in base ? named : 'the snapshot of the base image';
      reasons.push(`the volume ${device} has ${sizeGiB} GiB in the recipe, and ${what} needs ${least} GiB`);
    }
  }
  return reasons;
}

/** A step that runs a document must give it what it takes. */
function parameterRefusals(item: RecipeStep, { documents }: Facts): string[] {
  const found = 'document' in item ? documents.get(item.document) : undefined;
  if (!('document' in item) || found === undefined) return [];
  if (found.type !== 'Command') {
    return [
      `the step "${item.name}" runs ${item.document}, which is an SSM document of type ${found.type} and not Command`,
    ];
  }
  const takes = found.parameters;
  const given = Object.keys(item.parameters ?? {});
  const step = `the step "${item.name}"`;
  const unknown = given.filter((name) => !takes.has(name));
  const lacking = [...takes].flatMap(([name, mustBeGiven]) =>
    mustBeGiven && !given.includes(name) ? [name] : [],
  );
  const all = [...takes.keys()].join(', ') || 'no parameters';
  return [
    ...(unknown.length > 0
      ? [`${step} gives ${item.document} ${unknown.join(', ')}, and it takes ${all}`]
      : []),
    ...(lacking.length > 0 ? [`${step} does not give ${item.document} its ${lacking.join(', ')}`] : []),
  ];
}

function targetRefusals(recipe: Recipe, facts: Facts | InstanceFacts): string[] {
  const reasons: string[] = [];
  const disabled = recipe.regions.filter((region) => !facts.enabledRegions.has(region));
  if (disabled.length > 0) {
    reasons.push(
      `this account has not enabled ${disabled.join(', ')}: enable it in the account's settings, or remove it from regions`,
    );
  }
  if (facts.publicBlockedIn.length > 0) {
    reasons.push(
      `this account blocks public images in ${facts.publicBlockedIn.join(', ')}: ` +
        'set share.public to false, or lift the block (EC2, block public access for AMIs)',
    );
  }
  return [...reasons, ...encryptionRefusals(recipe, encryptionFacts(facts))];
}

/** The volumes that the base has, for what becomes of their encryption. */
function encryptionFacts({ account, region, encryption, base }: Facts | InstanceFacts): EncryptionFacts {
  const facts = { account, region, encryption };
  if (base === undefined) return { ...facts, volumes: undefined };
  const all = 'snapshotId' in base ? [{ device: base.rootDevice, encrypted: base.encrypted }] : base.volumes;
  return { ...facts, volumes: { owner: 'owner' in base ? base.owner : account, all } };
}

function missingBase(
  base: BuiltRecipe['base'],
  region: string,
  deprecated: DeprecatedImages | undefined,
): string {
  if ('snapshotId' in base) {
    return `snapshot ${base.snapshotId} in ${region}, or it is not shared with this account`;
  }
  const image = `image in ${region} for`;
  if ('imageId' in base)
    return `${image} base.imageId ${base.imageId}, or it is not shared with this account`;
  if ('ssmParameter' in base) return `${image} base.ssmParameter ${base.ssmParameter}`;
  if (deprecated !== undefined) return `${image} base.filter: ${describeDeprecated(deprecated)}`;
  const { name, owner, architecture } = base.filter;
  return `${image} base.filter: none of owner ${owner} is named ${name}${architecture ? ` and is for ${architecture}` : ''}`;
}

function describeDeprecated({ count, newest: { imageId, name, deprecatedAt } }: DeprecatedImages): string {
  const newest = `${imageId} (${name})`;
  const on = `on ${dayOf(deprecatedAt)}`;
  const found =
    count === 1
      ? `1 image matches, but its owner has deprecated it (${newest}, ${on})`
      : `${count} images match, but their owner has deprecated all of them (the newest, ${newest}, ${on})`;
  return `${found}: choose a base.filter that matches newer images, or give base.imageId: ${imageId} to use that one all the same`;
}

function sharingWarnings({ share }: Recipe, { account }: TargetFacts): string[] {
  if (!share.accounts.includes(account)) return [];
  return [
    `share.accounts names ${account}, the account of the pipeline, which owns the image and can launch it anyway. The image is not ` +
      'shared with it: remove it from share.accounts',
  ];
}

/** A deprecated image can be launched as before, but EC2 no longer lists it for others than its owner. */
function deprecationWarnings(
  { base: asked }: BuiltRecipe,
  base: FoundImage | FoundSnapshot,
  at: string,
): string[] {
  if (!('imageId' in base) || base.deprecatedAt === undefined) return [];
  const { imageId, name, owner, deprecatedAt } = base;
  if (new Date(deprecatedAt) > new Date(at)) return [];
  return [
    `The base image ${imageId} (${name}) is deprecated by its owner ${owner} since ${dayOf(deprecatedAt)}. The build uses it ` +
      `all the same, but it may have no updates: ${newerBase(asked)}`,
  ];
}

function newerBase(base: BuiltRecipe['base']): string {
  if ('ssmParameter' in base) return `point the SSM parameter ${base.ssmParameter} to a newer image`;
  if ('filter' in base) return 'choose a base.filter that matches newer images';
  return 'name a newer image in base.imageId';
}

const dayOf = (time = '') => time.slice(0, 10);
