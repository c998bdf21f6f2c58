import { InvalidInput } from '../errors.ts';
import type { Plan } from './build.ts';
import type { Recipe, RecipeStep } from './recipe.ts';

/** What the plan needs to know of AWS before it decides. All of it is read; nothing is changed. */
export interface Facts {
  /** The region of the deployment. */
  readonly region: string;
  /** The base image; `undefined`: there is none. */
  readonly base: BaseImage | undefined;
  /** Of the recipe's instance types those that the region knows, with their architectures. */
  readonly instanceTypes: ReadonlyMap<string, readonly string[]>;
  /** The subnets that the recipe names, or those of the deployment. */
  readonly subnets: readonly { id: string; vpcId: string }[];
  /** Subnet ids that were asked for and do not exist. */
  readonly missingSubnets: readonly string[];
  readonly securityGroup: { id: string; vpcId: string; inboundRules: number } | undefined;
  /** Regions that the account has enabled. */
  readonly enabledRegions: ReadonlySet<string>;
  /** Target regions in which the account blocks public images; asked only where the image is to be public. */
  readonly publicBlockedIn: readonly string[];
  /** The SSM documents that the build will name. */
  readonly needed: readonly string[];
  /** Those of them that exist: their type, and their parameters by name, with whether they must be given. */
  readonly documents: ReadonlyMap<
    string,
    { readonly type: string; readonly parameters: ReadonlyMap<string, boolean> }
  >;
}

export interface BaseImage {
  readonly imageId: string;
  readonly name: string;
  readonly owner: string;
  readonly state: string;
  readonly architecture: string;
  readonly platform: 'linux' | 'windows';
  readonly rootDeviceType: string;
  readonly rootDeviceName: string;
  /** Sizes by device. */
  readonly volumes: readonly { device: string; sizeGiB: number; encrypted: boolean }[];
  readonly marketplace: boolean;
}

/** What the rest of the plan is made of besides the facts. */
export interface Names {
  readonly version: string;
  readonly buildDocument: string;
  readonly stepsDocument: string;
  readonly steps: Record<string, string>;
}

/** Decides what is to be done, or refuses with every reason that can be known before anything is launched. */
export function planBuild(recipe: Recipe, facts: Facts, names: Names): Plan {
  const { base } = facts;
  const reasons = refusals(recipe, facts);
  if (base === undefined || reasons.length > 0) {
    throw new InvalidInput(`Nothing was launched, because ${reasons.join('; and ')}`);
  }
  return {
    recipe: recipe.name,
    description: recipe.description,
    version: names.version,
    platform: recipe.platform,
    region: facts.region,
    base: {
      imageId: base.imageId,
      name: base.name,
      owner: base.owner,
      architecture: base.architecture,
    },
    instanceTypes: recipe.build.instanceTypes,
    subnets: facts.subnets.map(({ id }) => id),
    volumes: recipe.build.volumes,
    ssmAgent: recipe.build.ssmAgent,
    buildDocument: names.buildDocument,
    stepsDocument: names.stepsDocument,
    steps: names.steps,
    patch: recipe.patch,
    regions: recipe.regions,
    share: recipe.share,
    tags: recipe.tags,
  };
}

/** Every reason why this build is known to fail, as the end of a sentence that begins with "because". Empty: none is known. */
export function refusals(recipe: Recipe, facts: Facts): string[] {
  return [
    ...baseRefusals(recipe, facts),
    ...builderRefusals(recipe, facts),
    ...targetRefusals(recipe, facts),
  ];
}

function baseRefusals(recipe: Recipe, { base, region }: Facts): string[] {
  if (base === undefined) return [`there is no base image in ${region} for ${describeBase(recipe)}`];
  const reasons: string[] = [];
  const image = `the base image ${base.imageId} (${base.name})`;
  if (base.state !== 'available') reasons.push(`${image} is ${base.state}, not available`);
  if (base.rootDeviceType !== 'ebs') {
    reasons.push(
      `${image} is backed by an instance store, and only EBS-backed instances can be stopped and imaged`,
    );
  }
  if (base.platform !== recipe.platform) {
    reasons.push(`${image} is for ${base.platform}, and the recipe says platform: ${recipe.platform}`);
  }
  const { public: isPublic, accounts, organizations, organizationalUnits } = recipe.share;
  const encrypted = base.volumes.filter((volume) => volume.encrypted).map(({ device }) => device);
  if (isPublic && encrypted.length > 0) {
    reasons.push(
      `${image} is encrypted (${encrypted.join(', ')}), so is every image made from it, and an encrypted image cannot be public`,
    );
  }
  const isShared = isPublic || accounts.length + organizations.length + organizationalUnits.length > 0;
  const isCopied = recipe.regions.some((target) => target !== region);
  if (base.marketplace && (isShared || isCopied)) {
    const asked = [isShared ? 'shared' : '', isCopied ? 'copied to other regions' : '']
      .filter(Boolean)
      .join(' and ');
    reasons.push(
      `${image} is from AWS Marketplace, images made from it carry its product code, and those may not be ${asked}: ` +
        `give only ${region} as region and share with nobody`,
    );
  }
  return reasons;
}

/** The names that root devices have on AWS's and the distributions' images. */
const ROOT_DEVICES = ['/dev/xvda', '/dev/sda1'];

function builderRefusals(recipe: Recipe, facts: Facts): string[] {
  const reasons: string[] = [];
  const { base, instanceTypes, securityGroup } = facts;
  const wanted = recipe.build.instanceTypes;
  const unknown = wanted.filter((type) => !instanceTypes.has(type));
  if (unknown.length > 0) reasons.push(`${facts.region} has no instance type ${unknown.join(', ')}`);
  if (base !== undefined) {
    const unfit = wanted.filter((type) => instanceTypes.get(type)?.includes(base.architecture) === false);
    if (unfit.length > 0) {
      const runs = unfit.map((type) => `${type} runs ${instanceTypes.get(type)?.join(' and ')}`);
      reasons.push(
        `the base image ${base.imageId} (${base.name}) is for ${base.architecture}, and ${runs.join(', ')}`,
      );
    }
    for (const { device, sizeGiB, type } of recipe.build.volumes) {
      if (device === base.rootDeviceName && (type === 'st1' || type === 'sc1')) {
        reasons.push(`the root volume ${device} has the type ${type}, and EC2 does not boot from that`);
      }
      // Another root's name is no extra volume but a mistake: the size would be that of an empty disk beside the system's.
      if (ROOT_DEVICES.includes(device) && !base.volumes.some((volume) => volume.device === device)) {
        reasons.push(
          `the root device of the base image ${base.imageId} (${base.name}) is ${base.rootDeviceName}, and build.volumes names ${device}`,
        );
      }
      const least = base.volumes.find((volume) => volume.device === device)?.sizeGiB ?? 0;
      if (sizeGiB < least) {
        reasons.push(
          `the volume ${device} has ${sizeGiB} GiB in the recipe, and the snapshot of the base image needs ${least} GiB`,
        );
      }
    }
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
  const missing = facts.needed.filter((name) => !facts.documents.has(name));
  if (missing.length > 0) reasons.push(`${facts.region} has no SSM document ${missing.join(', ')}`);
  return [...reasons, ...recipe.steps.flatMap((item) => parameterRefusals(item, facts))];
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

function targetRefusals(recipe: Recipe, facts: Facts): string[] {
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
  return reasons;
}

function describeBase({ base }: Recipe): string {
  if ('imageId' in base) return `base.imageId ${base.imageId}, or it is not shared with this account`;
  if ('ssmParameter' in base) return `base.ssmParameter ${base.ssmParameter}`;
  const { name, owner, architecture } = base.filter;
  return `base.filter: none of owner ${owner} is named ${name}${architecture ? ` and is for ${architecture}` : ''}`;
}
