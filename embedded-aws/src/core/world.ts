import type { DynamoItemRecord, DynamoTableRecord } from '../dynamodb/records.ts';
import type { DeliveryRecord, EventBusRecord, EventRecord, EventRuleRecord } from '../eventbridge/records.ts';
import type { KeyAliasRecord, KeyGrantRecord, KeyRecord } from '../kms/records.ts';
import type {
  FunctionEventConfigRecord,
  FunctionEventRecord,
  FunctionPolicyRecord,
} from '../lambda/records.ts';
import type * as R from '../records.ts';
import type { InvocationRecord, ScheduleGroupRecord, ScheduleRecord } from '../scheduler/records.ts';
import type { EmailRecord, NotificationRecord, SubscriptionRecord, TopicRecord } from '../sns/records.ts';
import type { QueueMessageRecord, QueueRecord } from '../sqs/records.ts';
import type { SessionRecord } from '../sts/records.ts';
import type { Authorize } from './authorization.ts';
import { type Fault, type Faulty, isReadsFault, strike } from './faults.ts';
import { drawSeconds } from './latency.ts';
import { hex } from './random.ts';
import { regions } from './regions.ts';
import { Table } from './table.ts';
import type { Level } from './throttling.ts';

/**
 * All accounts and regions of a small AWS. What will happen by itself (an instance comes up, a copy ends) lies in
 * `transitions` as data; `settle` lets happen what is due before anybody looks. Nothing here runs on a timer.
 */
export interface World extends Faulty {
  readonly seed: number;
  /** Milliseconds since the epoch, of the clock that the world lives by. */
  readonly now: () => number;
  /** Regions that are not enabled, by account; of an account that is absent, all that want an opt-in. */
  readonly disabledRegions: ReadonlyMap<string, ReadonlySet<string>>;
  readonly instances: Table<R.InstanceRecord>;
  readonly volumes: Table<R.VolumeRecord>;
  readonly snapshots: Table<R.SnapshotRecord>;
  readonly images: Table<R.ImageRecord>;
  readonly subnets: Table<R.SubnetRecord>;
  readonly securityGroups: Table<R.SecurityGroupRecord>;
  readonly networkInterfaces: Table<R.NetworkInterfaceRecord>;
  readonly instanceProfiles: Table<R.InstanceProfileRecord>;
  readonly parameters: Table<R.ParameterRecord>;
  /** Versions of parameters that are being validated. */
  readonly parameterDrafts: Table<R.ParameterDraftRecord>;
  readonly documents: Table<R.DocumentRecord>;
  readonly automations: Table<R.AutomationRecord>;
  readonly commands: Table<R.CommandRecord>;
  readonly commandInvocations: Table<R.CommandInvocationRecord>;
  readonly patchStates: Table<R.PatchStateRecord>;
  readonly vpcs: Table<R.VpcRecord>;
  readonly keyPairs: Table<R.KeyPairRecord>;
  readonly launchTemplates: Table<R.LaunchTemplateRecord>;
  readonly imageUsageReports: Table<R.ImageUsageReportRecord>;
  /** What was written to S3: whole outputs of commands. */
  readonly objects: Table<R.ObjectRecord>;
  readonly keys: Table<KeyRecord>;
  readonly keyAliases: Table<KeyAliasRecord>;
  readonly keyGrants: Table<KeyGrantRecord>;
  /** Events on their way. */
  readonly events: Table<EventRecord>;
  readonly eventBuses: Table<EventBusRecord>;
  readonly eventRules: Table<EventRuleRecord>;
  /** Events on their way from rules to targets. */
  readonly deliveries: Table<DeliveryRecord>;
  readonly schedules: Table<ScheduleRecord>;
  readonly scheduleGroups: Table<ScheduleGroupRecord>;
  /** Occurrences of schedules whose targets are still to be invoked. */
  readonly invocations: Table<InvocationRecord>;
  readonly dynamoTables: Table<DynamoTableRecord>;
  readonly dynamoItems: Table<DynamoItemRecord>;
  readonly queues: Table<QueueRecord>;
  readonly queueMessages: Table<QueueMessageRecord>;
  readonly topics: Table<TopicRecord>;
  readonly subscriptions: Table<SubscriptionRecord>;
  /** Messages on their way from topics to subscriptions. */
  readonly notifications: Table<NotificationRecord>;
  /** E-mails that were sent. */
  readonly emails: Table<EmailRecord>;
  /** Events that functions are invoked with later, or again. */
  readonly functionEvents: Table<FunctionEventRecord>;
  readonly functionPolicies: Table<FunctionPolicyRecord>;
  readonly functionEventConfigs: Table<FunctionEventConfigRecord>;
  /** Temporary credentials, by access key. */
  readonly sessions: Table<SessionRecord>;
  readonly stateMachines: Table<R.StateMachineRecord>;
  readonly executions: Table<R.ExecutionRecord>;
  /** Client tokens: what was asked with them, and the id that was answered. */
  readonly clientTokens: Map<string, { readonly asked: string; readonly id: string }>;
  /** Images that are gone, by their ids. */
  readonly formerImages: Map<string, R.FormerImage>;
  /** Who is subscribed to which products of AWS Marketplace, by `account/product code`: since when. */
  readonly marketplaceSubscriptions: Map<string, number>;
  /** Where accounts stand in AWS Organizations; absent: in none. */
  readonly organizations: Map<string, R.Membership>;
  /** Block public access for AMIs, by `account/region`; absent: `block-new-sharing`, as for new accounts. */
  readonly publicImages: Map<string, 'unblocked' | 'block-new-sharing'>;
  /** Block public access for EBS snapshots, by `account/region`; absent: `unblocked`. */
  readonly publicSnapshots: Map<string, 'block-all-sharing' | 'block-new-sharing'>;
  /** Encryption by default of new volumes, by `account/region`; absent: off, with the AWS managed key. */
  readonly ebsEncryption: Map<string, { readonly byDefault: boolean; readonly kmsKeyId?: string }>;
  /** What accounts say of instance metadata options, by `account/region`. */
  readonly metadataDefaults: Map<string, R.MetadataDefaults>;
  readonly transitions: Transition[];
  readonly counters: Map<string, number>;
  /** How full the buckets of calls are, by account, region and action; absent: nothing is throttled. */
  readonly repeatedAutomationTokens: 'answered' | 'refused';
  readonly throttling?: Map<string, Level>;
  /** Whoever lets the world catch up without being asked (schedules fire, events arrive) is told here when it has to. */
  wake?: (at: number) => void;
  /** Where the world is served, such as `http://127.0.0.1:4566`: addresses of queues begin with it. */
  origin?: string;
  /** Whoever is asked what roles may do; absent: everything. */
  authorize?: Authorize;
}

/** Something that will happen to a resource by itself. */
export interface Transition {
  readonly at: number;
  /** Order among those that are due at the same time. */
  readonly turn: number;
  readonly kind: string;
  readonly id: string;
}

export interface WorldOptions {
  readonly seed: number;
  readonly now: () => number;
  readonly faults?: readonly Fault[];
  readonly disabledRegions?: Readonly<Record<string, readonly string[]>>;
  /** Whether calls are throttled, as they are on AWS; only `false` turns it off. */
  readonly throttling?: boolean;
  /**
   * What a second StartAutomationExecution with the same token and parameters gets: the id of the first automation (the usual), or a
   * refusal. AWS does not document it.
   */
  readonly repeatedAutomationTokens?: 'answered' | 'refused';
  /** Where accounts stand in AWS Organizations, by account. */
  readonly organizations?: Readonly<Record<string, R.Membership>>;
}

/** A world with nothing in it. `catalog/` fills it with what AWS brings along. */
export function emptyWorld({
  seed,
  now,
  faults = [],
  disabledRegions = {},
  organizations = {},
  throttling = true,
  repeatedAutomationTokens = 'answered',
}: WorldOptions): World {
  return {
    seed,
    now,
    faults,
    faultsMet: [],
    disabledRegions: new Map(
      Object.entries(disabledRegions).map(([account, regions]) => [account, new Set(regions)]),
    ),
    instances: new Table(),
    volumes: new Table(),
    snapshots: new Table(),
    images: new Table(),
    subnets: new Table(),
    securityGroups: new Table(),
    networkInterfaces: new Table(),
    instanceProfiles: new Table(),
    parameters: new Table(),
    parameterDrafts: new Table(),
    documents: new Table(),
    automations: new Table(),
    commands: new Table(),
    commandInvocations: new Table(),
    patchStates: new Table(),
    vpcs: new Table(),
    keyPairs: new Table(),
    launchTemplates: new Table(),
    imageUsageReports: new Table(),
    objects: new Table(),
    keys: new Table(),
    keyAliases: new Table(),
    keyGrants: new Table(),
    events: new Table(),
    eventBuses: new Table(),
    eventRules: new Table(),
    deliveries: new Table(),
    schedules: new Table(),
    scheduleGroups: new Table(),
    invocations: new Table(),
    dynamoTables: new Table(),
    dynamoItems: new Table(),
    queues: new Table(),
    queueMessages: new Table(),
    topics: new Table(),
    subscriptions: new Table(),
    notifications: new Table(),
    emails: new Table(),
    functionEvents: new Table(),
    functionPolicies: new Table(),
    functionEventConfigs: new Table(),
    sessions: new Table(),
    stateMachines: new Table(),
    executions: new Table(),
    clientTokens: new Map(),
    formerImages: new Map(),
    marketplaceSubscriptions: new Map(),
    organizations: new Map(Object.entries(organizations)),
    publicImages: new Map(),
    publicSnapshots: new Map(),
    ebsEncryption: new Map(),
    metadataDefaults: new Map(),
    transitions: [],
    counters: new Map(),
    repeatedAutomationTokens,
    ...(throttling && { throttling: new Map() }),
  };
}

/** Whether an account has enabled a region: where the world says nothing of the account, it has opted in to none. */
export function isEnabled({ disabledRegions }: World, account: string, region: string): boolean {
  const disabled = disabledRegions.get(account);
  return disabled === undefined ? !regions[region]?.optIn : !disabled.has(region);
}

/** The next number of a series, from 1. */
export function count(world: World, series: string): number {
  const next = (world.counters.get(series) ?? 0) + 1;
  world.counters.set(series, next);
  return next;
}

/** A new id in EC2's form: the prefix, a hyphen, 17 hexadecimal digits. */
export function newId(
  world: World,
  prefix:
    | 'ami'
    | 'amiur'
    | 'eni'
    | 'eni-attach'
    | 'i'
    | 'iip-assoc'
    | 'key'
    | 'lt'
    | 'r'
    | 'sg'
    | 'sgr'
    | 'snap'
    | 'subnet'
    | 'vol'
    | 'vpc',
): string {
  return `${prefix}-0${hex(world.seed, 16, prefix, count(world, prefix))}`;
}

/** Milliseconds for which callers do not see a write to this record yet. Drawn anew for each write. */
export function lagMs(world: World, id: string): number {
  const fault = strike(
    world,
    isReadsFault,
    undefined,
    ({ of }) => of === undefined || id.startsWith(`${of}-`),
  );
  if (fault !== undefined) return fault.seconds * 1000;
  return drawSeconds(world.seed, 'read lag', id, count(world, `lag ${id}`)) * 1000;
}

/** Lets `kind` happen to `id` at time `at` (ms). */
export function schedule(world: World, kind: string, id: string, at: number): void {
  world.transitions.push({ at, turn: count(world, 'transition'), kind, id });
  world.wake?.(at);
}
