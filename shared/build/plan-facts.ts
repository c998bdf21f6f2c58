import type { InstanceBase, SnapshotBase } from '../recipe/recipe.ts';
import type { StepsDocument } from '../recipe/steps-document.ts';
import type { AllowedImages } from './allowed-images.ts';
import type { MachineTraits } from './base.ts';
import type { ClosedConsumer } from './consumer-roles.ts';
import type { EbsEncryption } from './encryption.ts';
import type { EncryptionKey } from './encryption-key.ts';
import type { InheritedAttributes } from './image-attributes.ts';
import type { FoundTemplate } from './template-versions.ts';

/** The facts about AWS that a plan needs. Reading them changes nothing. */
export interface TargetFacts {
  /** The account of the pipeline. */
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
  /** The consumer accounts and regions in which the parameters cannot be read; read only for the roles in `publish.roles`. */
  readonly closedConsumers: readonly ClosedConsumer[];
  /** The launch templates that the recipe names. */
  readonly launchTemplates: readonly FoundTemplate[];
  /** The needed documents that exist, by name. */
  readonly documents: ReadonlyMap<string, FoundDocument>;
  /** Read only if the recipe asks for fast launches. */
  readonly fastLaunches?: FastLaunchFacts;
  /** The name of the document with the recipe's tests; `undefined`: it does not exist, or the recipe has no tests. */
  readonly testsDocument: string | undefined;
  /** Whether Inspector scans EC2 instances in the deployment's region; read only if the recipe has `gates.cve`. */
  readonly scansForCves?: boolean | undefined;
  /** What there is for a tester in each other region of `test.regions`. */
  readonly testNetworks: ReadonlyMap<string, TestNetwork>;
}

/** The settings of the target regions of any image. */
export type RegionFacts = Pick<
  TargetFacts,
  | 'account'
  | 'region'
  | 'enabledRegions'
  | 'publicBlockedIn'
  | 'allowedImages'
  | 'publicSnapshotsBlockedIn'
  | 'encryption'
  | 'keys'
>;

/** What is known of the things that follow a release: parameters in consumer accounts, launch templates and fast launches. */
export type PublishingFacts = Pick<TargetFacts, 'closedConsumers' | 'launchTemplates' | 'fastLaunches'>;

/** What a region has for a tester: its default VPC, and the wanted instance types that exist there. */
export interface TestNetwork {
  /** The subnets of the default VPC; empty: the region has no default VPC, or it has no default subnets. */
  readonly subnets: readonly string[];
  /** Whether the default security group of the VPC lets the agent reach Systems Manager: it has outbound rules. */
  readonly hasOutboundRules: boolean;
  readonly instanceTypes: readonly string[];
}

/** The facts about the regions in which the recipe wants fast launches. */
export interface FastLaunchFacts {
  /** The Availability Zones that can have fast snapshot restore, by region. */
  readonly zones: ReadonlyMap<string, readonly string[]>;
  /** The number of other snapshots that have fast snapshot restore, by region: not of this recipe. */
  readonly restored: ReadonlyMap<string, number>;
  /** The regions of `image.fastLaunch` without a default VPC. */
  readonly withoutDefaultVpc: readonly string[];
}

export interface Facts extends TargetFacts {
  /** The base image or snapshot; `undefined`: it does not exist. */
  readonly base: FoundImage | FoundSnapshot | undefined;
  /** The snapshots of the base image; read only if the recipe copies it. */
  readonly baseSnapshots: readonly BaseSnapshot[];
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
  readonly snapshotIds: readonly string[];
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

/** A snapshot of the base image. */
export interface BaseSnapshot {
  readonly snapshotId: string;
  /** Whether this account can read it. EC2 copies an image only for accounts that can read its snapshots. */
  readonly isReadable: boolean;
  /** Absent: it is not encrypted, or not readable. */
  readonly key?: EncryptionKey;
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
  /** The channels of the deployed recipes, by recipe; absent: not known. */
  readonly channels?: Readonly<Record<string, readonly string[]>>;
}

/** The inputs of a plan besides the recipe and the facts. */
export interface PlanContext extends AnyPlanContext {
  readonly buildDocument: string;
  /** `undefined`: the recipe has no steps. */
  readonly steps: StepsDocument | undefined;
}
