import type { DynamoTableRecord } from './dynamodb/records.ts';
import type { EventBusRecord, EventRecord, EventRuleRecord } from './eventbridge/records.ts';
import type { Fault, Faulty } from './faults.ts';
import type { KeyAliasRecord, KeyGrantRecord, KeyRecord } from './kms/records.ts';
import { drawSeconds } from './latency.ts';
import { hex } from './random.ts';
import type * as R from './records.ts';
import type { ScheduleGroupRecord, ScheduleRecord } from './scheduler/records.ts';
import type { SessionRecord } from './sts/records.ts';
import { Table } from './table.ts';

/**
 * All accounts and regions of a small AWS. What will happen by itself (an instance comes up, a copy ends) lies in
 * `transitions` as data; `settle` lets happen what is due before anybody looks. Nothing here runs on a timer.
 */
export interface World extends Faulty {
  readonly seed: number;
  /** Milliseconds since the epoch, of the clock that the world lives by. */
  readonly now: () => number;
  /** Regions that are not enabled, by account. */
  readonly disabledRegions: ReadonlyMap<string, ReadonlySet<string>>;
  readonly instances: Table<R.InstanceRecord>;
  readonly volumes: Table<R.VolumeRecord>;
  readonly snapshots: Table<R.SnapshotRecord>;
  readonly images: Table<R.ImageRecord>;
  readonly subnets: Table<R.SubnetRecord>;
  readonly securityGroups: Table<R.SecurityGroupRecord>;
  readonly instanceProfiles: Table<R.InstanceProfileRecord>;
  readonly parameters: Table<R.ParameterRecord>;
  readonly documents: Table<R.DocumentRecord>;
  readonly automations: Table<R.AutomationRecord>;
  readonly commands: Table<R.CommandRecord>;
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
  readonly schedules: Table<ScheduleRecord>;
  readonly scheduleGroups: Table<ScheduleGroupRecord>;
  readonly dynamoTables: Table<DynamoTableRecord>;
  /** Temporary credentials, by access key. */
  readonly sessions: Table<SessionRecord>;
  readonly stateMachines: Table<R.StateMachineRecord>;
  readonly executions: Table<R.ExecutionRecord>;
  /** Client tokens: what was asked with them, and the id that was answered. */
  readonly clientTokens: Map<string, { readonly asked: string; readonly id: string }>;
  /** Block public access for AMIs, by `account/region`; absent: `block-new-sharing`, as for new accounts. */
  readonly publicImages: Map<string, 'unblocked' | 'block-new-sharing'>;
  /** Encryption by default of new volumes, by `account/region`; absent: off, with the AWS managed key. */
  readonly ebsEncryption: Map<string, { readonly byDefault: boolean; readonly kmsKeyId?: string }>;
  readonly transitions: Transition[];
  readonly counters: Map<string, number>;
  /** Whoever lets the world catch up without being asked (schedules fire, events arrive) is told here when it has to. */
  wake?: (at: number) => void;
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
}

/** A world with nothing in it. `catalog/` fills it with what AWS brings along. */
export function emptyWorld({ seed, now, faults = [], disabledRegions = {} }: WorldOptions): World {
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
    instanceProfiles: new Table(),
    parameters: new Table(),
    documents: new Table(),
    automations: new Table(),
    commands: new Table(),
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
    schedules: new Table(),
    scheduleGroups: new Table(),
    dynamoTables: new Table(),
    sessions: new Table(),
    stateMachines: new Table(),
    executions: new Table(),
    clientTokens: new Map(),
    publicImages: new Map(),
    ebsEncryption: new Map(),
    transitions: [],
    counters: new Map(),
  };
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
  prefix: 'i' | 'vol' | 'snap' | 'ami' | 'eni' | 'r' | 'sg' | 'subnet' | 'vpc',
): string {
  return `${prefix}-0${hex(world.seed, 16, prefix, count(world, prefix))}`;
}

/** Milliseconds for which callers do not see a write to this record yet. Drawn anew for each write. */
export function lagMs(world: World, id: string): number {
  return drawSeconds(world.seed, 'read lag', id, count(world, `lag ${id}`)) * 1000;
}

/** Lets `kind` happen to `id` at time `at` (ms). */
export function schedule(world: World, kind: string, id: string, at: number): void {
  world.transitions.push({ at, turn: count(world, 'transition'), kind, id });
  world.wake?.(at);
}
