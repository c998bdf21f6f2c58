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
import type { StepList, StepsDocument } from '../recipe/steps-document.ts';
import { type AllowedImages, baseWarnings, resultWarnings } from './allowed-images.ts';
import { describeBase, type MachineTraits, machineRefusals } from './base.ts';
import { copyWarnings } from './copying.ts';
import {
  type BaseVolume,
  copyKeyRefusals,
  type EbsEncryption,
  type EncryptionFacts,
  encryptionRefusals,
  encryptionWarnings,
} from './encryption.ts';
import type { EncryptionKey } from './encryption-key.ts';
import type { AnyPlan, FailedRegion, InstancePlan, Plan, TestPlan } from './execution-document.ts';
import {
  attributeRefusals,
  type InheritedAttributes,
  notInImage,
  plannedAttributes,
} from './image-attributes.ts';
import { failedRegionWarning } from './optional-regions.ts';
import { withoutAccount } from './sharing.ts';
import { OPEN, STEPS } from './tags.ts';

/** The facts about AWS that a plan needs. Reading them changes nothing. */
export interface TargetFacts {
  /** The account of the deployment. */
  readonly account: string;
  /** The region of the deployment. */
  readonly region: string;
  /** The regions that the account has enabled. */
  readonly enabledRegions: ReadonlySet<string>;
  /** Why the settings of an optional region could not be read, by region. */
  readonly unreadable: ReadonlyMap<string, string>;
  /** The target regions in which the account blocks public images; read only if the recipe makes the image public. */
  readonly publicBlockedIn: readonly string[];
  /** The settings of Allowed AMIs: in the deployment's region, and in the target regions if the recipe shares the image. */
  readonly allowedImages: ReadonlyMap<string, AllowedImages>;
  /** The same for snapshots; read only if the recipe makes the snapshots public, too. */
  readonly publicSnapshotsBlockedIn: readonly string[];
  /** The encryption settings of EBS by region: the deployment's region, and the target regions where EBS encrypts by default. */
  readonly encryption: ReadonlyMap<string, EbsEncryption>;
  /** The keys that the recipe names, by region: the deployment's region and the target regions. */
  readonly keys: ReadonlyMap<string, EncryptionKey>;
  /** The needed documents that exist, by name. */
  readonly documents: ReadonlyMap<string, FoundDocument>;
  /** The name of the document with the recipe's tests; `undefined`: it does not exist, or the recipe has no tests. */
  readonly testsDocument: string | undefined;
  /** Whether Inspector scans EC2 instances in the deployment's region; read only if the recipe has `gates.cve`. */
  readonly scansForCves?: boolean | undefined;
  /** What there is for a tester in each other region of `test.regions`. */
  readonly testNetworks: ReadonlyMap<string, TestNetwork>;
}

/** What a region has for a tester: its default VPC, and the wanted instance types that exist there. */
export interface TestNetwork {
  /** The subnets of the default VPC; empty: the region has no default VPC, or it has no default subnets. */
  readonly subnets: readonly string[];
  /** Whether the default security group of the VPC lets the agent reach Systems Manager: it has outbound rules. */
  readonly hasOutboundRules: boolean;
  readonly instanceTypes: readonly string[];
}

export interface Facts extends TargetFacts {
  /** The base image or snapshot; `undefined`: it does not exist. */
  readonly base: FoundImage | FoundSnapshot | undefined;
  /** If a filter found no base: the deprecated images that it matches. */
  readonly deprecated?: DeprecatedImages | undefined;
  /** The recipe's instance types that exist in the region, with their architectures. */
  readonly instanceTypes: ReadonlyMap<string, readonly string[]>;
  /** The subnets of the recipe, or else of the deployment. */
  readonly subnets: readonly { id: string; vpcId: string }[];
  /** The subnet ids in the recipe that do not exist. */
  readonly missingSubnets: readonly string[];
  readonly securityGroup: { id: string; vpcId: string; inboundRules: number } | undefined;
  /** The name of the document with the recipe's steps; `undefined`: it does not exist, or the recipe has no steps. */
  readonly stepsDocument: string | undefined;
}

export interface FoundDocument {
  readonly type: string;
  readonly latestVersion: string;
  /** For each parameter, whether it is required. */
  readonly parameters: ReadonlyMap<string, boolean>;
}

export interface InstanceFacts extends TargetFacts {
  /** The instance to image; `undefined`: it does not exist. */
  readonly base: FoundInstance | undefined;
  /** The subnets of the deployment. */
  readonly subnets: readonly string[];
}

/** The common properties of a base image and a base instance. */
interface FoundMachine extends MachineTraits, InheritedAttributes {
  /** The name that its owner gave it. */
  readonly name: string;
  readonly state: string;
  readonly architecture: string;
  readonly rootDeviceType: string;
  readonly rootDeviceName: string;
}

export interface FoundImage extends FoundMachine {
  readonly imageId: string;
  readonly owner: string;
  /** Whether the image meets the account's criteria for Allowed AMIs; absent: there are none. */
  readonly allowed?: boolean;
  /** The devices that the image maps to instance stores. */
  readonly instanceStores: readonly string[];
  /** The recipe that created the image; absent: the pipeline did not create it. */
  readonly madeBy?: string;
  /** The time of its deprecation (ISO 8601), which may be in the future; absent: none. */
  readonly deprecatedAt?: string;
}

export interface DeprecatedImages {
  readonly count: number;
  readonly newest: Pick<FoundImage, 'imageId' | 'name' | 'deprecatedAt'>;
}

/** The snapshot, with the properties that the recipe states: EC2 shows neither architecture nor boot mode of a snapshot. */
export interface FoundSnapshot extends SnapshotBase {
  readonly owner: string;
  readonly state: string;
  readonly sizeGiB: number;
  readonly encrypted: boolean;
}

/** The instance, with the recipe's settings for its image. */
export interface FoundInstance extends FoundMachine, InstanceBase {
  readonly instanceType: string;
  /** The value of the tag `golden-image:open`; absent: the instance does not have this tag. */
  readonly openTo?: string;
}

/** The inputs of every plan besides the recipe and the facts. */
export interface AnyPlanContext {
  readonly version: string;
  /** The start time of the execution. Warnings and the deprecation use this time, so that a repeated plan is the same. */
  readonly startTime: string;
  readonly checkDocument: string;
  /** `undefined`: the recipe has no tests. */
  readonly tests: StepsDocument | undefined;
}

/** The inputs of a plan besides the recipe and the facts. */
export interface PlanContext extends AnyPlanContext {
  readonly buildDocument: string;
  /** `undefined`: the recipe has no steps. */
  readonly steps: StepsDocument | undefined;
}

/**
 * Returns the plan of a build, or throws with all reasons to refuse the build that can be known before a launch. Each reason names the
 * field of the recipe or the resource, and ends with a colon and the fix.
 */
export function planBuild(requested: BuiltRecipe, facts: Facts, context: PlanContext): Plan {
  const { base } = facts;
  const { recipe, optional } = withTargets(requested, facts);
  const reasons = [
    ...baseRefusals(recipe, facts),
    ...builderRefusals(recipe, facts),
    ...documentRefusals(recipe, facts, context),
    ...targetRefusals(recipe, facts),
  ];
  if (base === undefined || reasons.length > 0) throw refused(reasons);
  const warnings = [
    ...optional.failedRegions.map(failedRegionWarning),
    ...sharingWarnings(requested, facts),
    ...encryptionWarnings(recipe, encryptionFacts(facts)),
    ...deprecationWarnings(recipe, base, context.startTime),
    ...copyWarnings(recipe, facts.region),
    ...allowedWarnings(recipe, facts, context),
    ...testWarnings(recipe),
  ];
  return {
    ...everyPlan(recipe, facts, context, warnings),
    ...plannedOptional(optional),
    ...plannedTest(recipe, facts, context, {
      scan: recipe.patch.install,
      instanceTypes: recipe.build.instanceTypes,
      subnets: facts.subnets.map(({ id }) => id),
      ...(recipe.patch.patchGroup && { patchGroup: recipe.patch.patchGroup }),
    }),
    base: plannedBase(base, recipe.build),
    ...(notInImage(recipe).length === 0 ? {} : { notInImage: notInImage(recipe) }),
    instanceTypes: recipe.build.instanceTypes,
    subnets: facts.subnets.map(({ id }) => id),
    volumes: recipe.build.volumes,
    ...(recipe.encryption && { baseVolumes: volumesOf(base).map(({ device }) => device) }),
    ssmAgent: recipe.build.ssmAgent,
    buildDocument: context.buildDocument,
    // Pins the version, because a deployment during the build adds another version. Pins the latest version and not the default version,
    // because CloudFormation does not always make a new version the default (aws-cloudformation/cloudformation-coverage-roadmap#2539).
    buildDocumentVersion: facts.documents.get(context.buildDocument)?.latestVersion ?? '',
    stepsDocument: facts.stepsDocument ?? '',
    steps: context.steps?.steps ?? {},
    patch: recipe.patch,
  };
}

/** Returns the plan of a build from an instance, which is imaged without changes, or throws. */
export function planImaging(
  requested: InstanceRecipe,
  facts: InstanceFacts,
  context: AnyPlanContext,
): InstancePlan {
  const { base } = facts;
  const { recipe, optional } = withTargets(requested, facts);
  const reasons = [
    ...instanceRefusals(recipe, facts),
    ...testRefusals(recipe, facts, { ...context, checkDocument: '' }),
    ...targetRefusals(recipe, facts),
  ];
  if (base === undefined || reasons.length > 0) throw refused(reasons);
  const { instanceId, instanceType, name, architecture, reboot } = base;
  const warnings = [
    ...optional.failedRegions.map(failedRegionWarning),
    ...sharingWarnings(requested, facts),
    ...encryptionWarnings(recipe, encryptionFacts(facts)),
    ...copyWarnings(recipe, facts.region),
    ...allowedWarnings(recipe, facts, context),
    ...testWarnings(recipe),
  ];
  return {
    ...everyPlan(recipe, facts, context, warnings),
    ...plannedOptional(optional),
    // The instance is imaged without changes: its owner decides about updates and about the identity of the machine.
    ...plannedTest(
      recipe,
      facts,
      { ...context, checkDocument: '' },
      {
        scan: false,
        instanceTypes: [instanceType],
        subnets: [...facts.subnets],
      },
    ),
    base: { instanceId, name, architecture, reboot },
  };
}

/** The optional regions of a build, and those that it leaves out from the start. */
interface OptionalTargets {
  readonly regions: readonly string[];
  readonly failedRegions: FailedRegion[];
}

/** The recipe with all target regions in `regions`, and without the accounts that need no permission. */
function withTargets<R extends Recipe>(
  requested: R,
  facts: Facts | InstanceFacts,
): { recipe: R; optional: OptionalTargets } {
  const share = withoutAccount(requested.share, facts.account);
  const wanted = requested.optionalRegions.map((region) => {
    const recipe = { ...requested, share, regions: [region] };
    const unreadable = facts.unreadable.get(region);
    const reasons = unreadable === undefined ? targetRefusals(recipe, facts) : [unreadable];
    return { region, reasons };
  });
  const regions = wanted.flatMap(({ region, reasons }) => (reasons.length === 0 ? [region] : []));
  const failedRegions = wanted.flatMap(({ region, reasons }) =>
    reasons.length === 0 ? [] : [{ region, reason: reasons.join('; and ') }],
  );
  return {
    recipe: { ...requested, share, regions: [...requested.regions, ...regions] },
    optional: { regions, failedRegions },
  };
}

const plannedOptional = ({ regions, failedRegions }: OptionalTargets) => ({
  ...(regions.length > 0 && { optionalRegions: [...regions] }),
  ...(failedRegions.length > 0 && { failedRegions }),
});

/** The test of the image, unless the recipe turns it off. */
function plannedTest(
  { test, gates }: Recipe,
  facts: TargetFacts,
  { checkDocument, tests }: AnyPlanContext,
  tester: Pick<TestPlan, 'scan' | 'instanceTypes' | 'subnets' | 'patchGroup'>,
): Pick<AnyPlan, 'test'> {
  if (!test.boot) return {};
  return {
    test: {
      checkDocument,
      checkDocumentVersion: facts.documents.get(checkDocument)?.latestVersion ?? '',
      testsDocument: facts.testsDocument ?? '',
      tests: tests?.steps ?? {},
      ...tester,
      ...(gates?.cve && { cve: gates.cve }),
      ...(facts.testNetworks.size > 0 && { copies: plannedCopyTests(facts, tester.instanceTypes) }),
    },
  };
}

/** The tests of the copies, each with the instance types that its region has, in the order of preference. */
const plannedCopyTests = ({ testNetworks }: TargetFacts, wanted: readonly string[]) =>
  [...testNetworks].map(([region, { subnets, instanceTypes }]) => ({
    region,
    subnets: [...subnets],
    instanceTypes: wanted.filter((type) => instanceTypes.includes(type)),
  }));

const testWarnings = ({ test }: Recipe): string[] =>
  test.boot ? [] : ['test.boot is false, so the image is shared without having been tested'];

const refused = (reasons: readonly string[]) =>
  new InvalidInput(`Nothing was launched, because ${reasons.join('; and ')}`);

function everyPlan(
  recipe: Recipe,
  { region, keys }: TargetFacts,
  { version, startTime }: Pick<PlanContext, 'version' | 'startTime'>,
  warnings: string[],
): Omit<AnyPlan, 'base'> {
  const { name, description, platform, regions, share, publish, tags, gates } = recipe;
  const [channel] = publish.channels;
  const image = plannedAttributes(recipe.image, startTime);
  const copyMinutes = recipe.copy?.completionMinutes;
  const plan = {
    recipe: name,
    description,
    version,
    platform,
    region,
    regions,
    image,
    ...(copyMinutes === undefined ? {} : { copyMinutes }),
    // Their ARNs: if an alias moves to another key during the build, all volumes and copies still have the keys that Plan checked.
    ...(keys.size > 0 && { keys: Object.fromEntries([...keys].map(([where, { id }]) => [where, id])) }),
    share,
    channel,
    tags,
    ...(gates?.approval === undefined ? {} : { approval: gates.approval }),
  };
  return warnings.length === 0 ? plan : { ...plan, warnings };
}

/**
 * The base in the plan. The builder gets no instance stores from its base image, because the image that is created from the builder would
 * inherit them (hashicorp/packer#8362). A device that `build` names becomes a volume.
 */
function plannedBase(base: FoundImage | FoundSnapshot, build?: BuiltRecipe['build']): Plan['base'] {
  if ('imageId' in base) {
    const { imageId, name, owner, architecture, products } = base;
    const planned = { imageId, name, owner, architecture, products: [...products] };
    const isVolume = (device: string) => build?.volumes.some((volume) => volume.device === device);
    const instanceStores = base.instanceStores.filter((device) => !isVolume(device));
    return instanceStores.length === 0 ? planned : { ...planned, instanceStores };
  }
  const { snapshotId, architecture, bootMode, ena, rootDevice } = base;
  return { snapshotId, architecture, bootMode, ena, rootDevice };
}

function baseRefusals(recipe: BuiltRecipe, { base, region, deprecated, allowedImages }: Facts): string[] {
  if (base === undefined) {
    const missing = missingBase(recipe.base, region, deprecated);
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

function snapshotRefusals({ image, share }: BuiltRecipe, base: FoundSnapshot): string[] {
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

function instanceRefusals(recipe: InstanceRecipe, { base, region }: InstanceFacts): string[] {
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
      `${instance} is not open to this recipe, because it ${found}: the owner of the instance can open it with ` +
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

/** The usual names of root devices, on images of AWS and of the distributions. */
const ROOT_DEVICES = ['/dev/xvda', '/dev/sda1'];

function builderRefusals(recipe: BuiltRecipe, facts: Facts): string[] {
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

function networkRefusals({ build }: BuiltRecipe, facts: Facts): string[] {
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

function documentRefusals(recipe: BuiltRecipe, facts: Facts, context: PlanContext): string[] {
  const { region } = facts;
  const { buildDocument, steps } = context;
  const reasons: string[] = [];
  if (!facts.documents.has(buildDocument)) reasons.push(notDeployed(buildDocument, region));
  if (steps !== undefined && facts.stepsDocument === undefined) {
    reasons.push(
      `the recipe's steps are not deployed (${facts.region} has no SSM document with the tag ${STEPS}=${steps.digest}): ` +
        'deploy the recipe first, or leave steps out of the overrides and of the inline recipe',
    );
  }
  return [
    ...reasons,
    ...namedDocumentRefusals(recipe, 'steps', facts),
    ...testRefusals(recipe, facts, context),
  ];
}

function testRefusals(
  recipe: Recipe,
  facts: TargetFacts,
  { checkDocument, tests }: AnyPlanContext,
): string[] {
  if (!recipe.test.boot) return [];
  const { region } = facts;
  const reasons: string[] = [];
  if (checkDocument !== '' && !facts.documents.has(checkDocument))
    reasons.push(notDeployed(checkDocument, region));
  if (tests !== undefined && facts.testsDocument === undefined) {
    reasons.push(
      `the recipe's tests are not deployed (${region} has no SSM document with the tag ${STEPS}=${tests.digest}): ` +
        'deploy the recipe first, or leave tests out of the overrides and of the inline recipe',
    );
  }
  return [
    ...reasons,
    ...namedDocumentRefusals(recipe, 'tests', facts),
    ...[...facts.testNetworks].flatMap(([one, network]) => copyTestRefusals(one, network)),
    ...cveRefusals(recipe, facts),
  ];
}

function copyTestRefusals(
  region: string,
  { subnets, hasOutboundRules, instanceTypes }: TestNetwork,
): string[] {
  const orRemove = `or remove ${region} from test.regions`;
  const reasons: string[] = [];
  if (subnets.length === 0) {
    reasons.push(
      `test.regions: ${region} has no default VPC with subnets: add one (aws ec2 create-default-vpc --region ${region}, ` +
        `or create-default-subnet), ${orRemove}`,
    );
  } else if (!hasOutboundRules) {
    reasons.push(
      `test.regions: the default security group of the default VPC in ${region} has no outbound rules, so no instance there can reach ` +
        `Systems Manager: add an outbound rule for HTTPS, ${orRemove}`,
    );
  }
  if (instanceTypes.length === 0) {
    reasons.push(
      `test.regions: ${region} has none of the instance types of the build: add a type that ${region} has to build.instanceTypes, ${orRemove}`,
    );
  }
  return reasons;
}

/** The tag that keeps Inspector away from an instance (Inspector user guide, "Excluding instances from scans"). */
const EXCLUDED_FROM_SCANS = 'InspectorEc2Exclusion';

function cveRefusals({ gates, tags }: Recipe, { region, scansForCves }: TargetFacts): string[] {
  if (gates?.cve === undefined) return [];
  const reasons: string[] = [];
  if (scansForCves !== true) {
    reasons.push(
      `Amazon Inspector does not scan EC2 instances in ${region}, so nothing is known for gates.cve: enable the scans ` +
        `(aws inspector2 enable --resource-types EC2 --region ${region}; AWS charges for every instance that Inspector scans), or remove gates.cve`,
    );
  }
  if (EXCLUDED_FROM_SCANS in tags) {
    reasons.push(
      `Amazon Inspector does not scan instances with the tag ${EXCLUDED_FROM_SCANS}: remove it from tags, or remove gates.cve`,
    );
  }
  return reasons;
}

const notDeployed = (document: string, region: string) =>
  `${region} has no SSM document ${document}, a part of the deployment: remove the pipeline and deploy it again (docs/operations.md)`;

/** Checks the documents that a list of steps or tests names, and their parameters. */
function namedDocumentRefusals(recipe: Recipe, list: StepList, facts: TargetFacts): string[] {
  const { region, documents } = facts;
  const named = recipe[list].flatMap((item) => ('document' in item ? [item.document] : []));
  const missing = [...new Set(named)].filter((name) => !documents.has(name));
  const reasons = recipe[list].flatMap((item) => parameterRefusals(item, list, facts));
  if (missing.length === 0) return reasons;
  return [
    `${region} has no SSM document ${missing.join(', ')}: correct document in ${list} (aws ssm list-documents --region ${region} ` +
      '--filters Key=DocumentType,Values=Command lists the documents), or create the document',
    ...reasons,
  ];
}

function volumeRefusals({ build }: BuiltRecipe, base: FoundImage | FoundSnapshot, named: string): string[] {
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

/** Checks that a step gives its document all required parameters and no unknown ones. */
function parameterRefusals(item: RecipeStep, list: StepList, { documents }: TargetFacts): string[] {
  const found = 'document' in item ? documents.get(item.document) : undefined;
  if (!('document' in item) || found === undefined) return [];
  const step = `the ${list === 'steps' ? 'step' : 'test'} "${item.name}"`;
  if (found.type !== 'Command') {
    return [
      `${step} runs ${item.document}, an SSM document of type ${found.type}, but only the type Command is allowed: ` +
        'choose a Command document',
    ];
  }
  const accepted = found.parameters;
  const given = Object.keys(item.parameters ?? {});
  const unknown = given.filter((name) => !accepted.has(name));
  const missing = [...accepted].flatMap(([name, isRequired]) =>
    isRequired && !given.includes(name) ? [name] : [],
  );
  const all = [...accepted.keys()].join(', ') || 'no parameters';
  return [
    ...(unknown.length > 0
      ? [
          `${step} gives ${item.document} the unknown parameters ${unknown.join(', ')}, but ${item.document} accepts ${all}: ` +
            'correct or remove the unknown parameters',
        ]
      : []),
    ...(missing.length > 0
      ? [
          `${step} does not give ${item.document} the required parameters ${missing.join(', ')}: add them to parameters`,
        ]
      : []),
  ];
}

/** Reasons why a copy of an existing image would fail, or could not be shared. `target`: the region, and who gets the copy. */
export function copyRefusals(
  recipe: Recipe,
  target: Pick<Recipe, 'regions' | 'share'>,
  facts: RegionFacts,
  image: FoundImage,
): string[] {
  // As for the image of an instance: there is no builder whose volumes count.
  const { build: _build, patch: _patch, ...others } = recipe;
  const imaged: InstanceRecipe = { ...others, ...target, base: { instanceId: image.imageId, reboot: false } };
  const known = { ...facts, base: image };
  return [...regionRefusals(imaged, known), ...copyKeyRefusals(imaged, encryptionFacts(known))];
}

/** What is known of the target regions of any image. */
export type RegionFacts = Omit<TargetFacts, 'documents' | 'testsDocument' | 'testNetworks' | 'scansForCves'>;
/** The facts that decide about the target regions. */
type ImagedFacts = RegionFacts & Pick<Facts | InstanceFacts, 'base'>;

const targetRefusals = (recipe: Recipe, facts: ImagedFacts): string[] => [
  ...regionRefusals(recipe, facts),
  ...encryptionRefusals(recipe, encryptionFacts(facts)),
];

function regionRefusals(recipe: Recipe, facts: RegionFacts): string[] {
  const reasons: string[] = [];
  const disabled = recipe.regions.filter((region) => !facts.enabledRegions.has(region));
  if (disabled.length > 0) {
    reasons.push(
      `this account has not enabled ${disabled.join(', ')}: enable each region in the account's settings, or remove it from the recipe`,
    );
  }
  const isTarget = (region: string) => recipe.regions.some((one) => one === region);
  const publicBlockedIn = facts.publicBlockedIn.filter(isTarget);
  if (publicBlockedIn.length > 0) {
    reasons.push(
      `this account blocks public images in ${publicBlockedIn.join(', ')}: ` +
        'set share.public to false, or turn off the block (EC2, block public access for AMIs)',
    );
  }
  const snapshotsBlockedIn = facts.publicSnapshotsBlockedIn.filter(isTarget);
  if (snapshotsBlockedIn.length > 0) {
    reasons.push(
      `this account blocks public snapshots in ${snapshotsBlockedIn.join(', ')}, and share.copyable makes the snapshots public: ` +
        'set share.copyable to false, or turn off the block (EC2, block public access for EBS snapshots)',
    );
  }
  return reasons;
}

/** The facts about encryption, with the volumes of the base. */
function encryptionFacts({ account, region, encryption, keys, base }: ImagedFacts): EncryptionFacts {
  const facts = { account, region, encryption, keys };
  if (base === undefined) return { ...facts, volumes: undefined };
  return { ...facts, volumes: { owner: 'owner' in base ? base.owner : account, all: volumesOf(base) } };
}

const volumesOf = (base: FoundImage | FoundSnapshot | FoundInstance): readonly BaseVolume[] =>
  'snapshotId' in base ? [{ device: base.rootDevice, encrypted: base.encrypted }] : base.volumes;

function missingBase(
  base: BuiltRecipe['base'],
  region: string,
  deprecated: DeprecatedImages | undefined,
): string {
  const isMissing = `does not exist in ${region}, or is not shared with this account`;
  const correct = (kind: string) =>
    `choose ${kind} of ${region}, because each id is valid in one region only, or ask its owner to share it`;
  if ('snapshotId' in base) {
    return `the base snapshot ${base.snapshotId} (base.snapshotId) ${isMissing}: ${correct('a snapshot')}`;
  }
  if ('imageId' in base) {
    return `the base image ${base.imageId} (base.imageId) ${isMissing}: ${correct('an image')}`;
  }
  if ('ssmParameter' in base) {
    const name = base.ssmParameter;
    return `base.ssmParameter ${name} names no image in ${region}: check the parameter and the image that it names (${howToLook(name, region)})`;
  }
  const notFound = `base.filter finds no image in ${region}`;
  if (deprecated !== undefined) return `${notFound}: ${describeDeprecated(deprecated)}`;
  const { name, owner, architecture } = base.filter;
  const forArchitecture = architecture ? ` for ${architecture}` : '';
  return (
    `${notFound}, because the owner ${owner} has no available image${forArchitecture} with the name ${name}: correct the filter ` +
    `(aws ec2 describe-images --region ${region} --owners ${owner} --query 'Images[].Name' lists the names)`
  );
}

/** The commands that show a parameter and, for a path, the parameters beside it. */
function howToLook(name: string, region: string): string {
  const get = `aws ssm get-parameter --region ${region} --name ${name} shows the parameter`;
  const path = /^(\/.+)\/[^/]+$/.exec(name)?.[1];
  if (path === undefined) return get;
  const list = `aws ssm get-parameters-by-path --region ${region} --path ${path} --query 'Parameters[].Name' lists its neighbours`;
  return `${get}, and ${list}`;
}

function describeDeprecated({ count, newest: { imageId, name, deprecatedAt } }: DeprecatedImages): string {
  const newest = `${imageId} (${name})`;
  const on = `on ${dayOf(deprecatedAt)}`;
  const found =
    count === 1
      ? `1 image matches, but its owner has deprecated it (${newest}, ${on})`
      : `${count} images match, but their owner has deprecated all of them (the newest, ${newest}, ${on})`;
  return `${found}: choose a base.filter that matches newer images, or set base.imageId: ${imageId} to use this image anyway`;
}

function sharingWarnings({ share }: Recipe, { account }: TargetFacts): string[] {
  if (!share.accounts.includes(account)) return [];
  return [
    `share.accounts contains ${account}, the pipeline's own account. It owns the image and can always launch it, so the pipeline does ` +
      `not share the image with it: remove ${account} from share.accounts`,
  ];
}

/** Warnings that Allowed AMIs hides the base or the result, now or when it is enabled. */
function allowedWarnings(
  { name, regions, share }: Recipe,
  { account, region, base, allowedImages }: Facts | InstanceFacts,
  { version }: Pick<PlanContext, 'version'>,
): string[] {
  if (base === undefined) return [];
  const { products = [], watermarks = [] } = 'snapshotId' in base ? {} : base;
  const plan = { recipe: name, version, regions, share };
  return [
    ...('imageId' in base ? baseWarnings(base, describeBase(plannedBase(base)), region) : []),
    ...resultWarnings(plan, allowedImages, { owner: account, products, watermarks }),
  ];
}

/** A deprecated image can still be launched, but EC2 lists it only for its owner. */
function deprecationWarnings(
  { base: requested }: BuiltRecipe,
  base: FoundImage | FoundSnapshot,
  at: string,
): string[] {
  if (!('imageId' in base) || base.deprecatedAt === undefined) return [];
  const { imageId, name, owner, deprecatedAt } = base;
  if (new Date(deprecatedAt) > new Date(at)) return [];
  return [
    `The base image ${imageId} (${name}) has been deprecated by its owner ${owner} since ${dayOf(deprecatedAt)}. The build uses this ` +
      `image anyway, but the image may no longer get updates: ${newerBase(requested)}`,
  ];
}

function newerBase(base: BuiltRecipe['base']): string {
  if ('ssmParameter' in base) return `point the SSM parameter ${base.ssmParameter} to a newer image`;
  if ('filter' in base) return 'choose a base.filter that matches newer images';
  return 'set base.imageId to a newer image';
}

const dayOf = (time = '') => time.slice(0, 10);
