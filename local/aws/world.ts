import type { Fault, Faulty } from './faults.ts';
import { drawSeconds } from './latency.ts';
import { hex } from './random.ts';
import type * as R from './records.ts';
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
  /** Client tokens: what was asked with them, and the id that was answered. */
  readonly clientTokens: Map<string, { readonly asked: string; readonly id: string }>;
  /** Block public access for AMIs, by `account/region`; absent: `block-new-sharing`, as for new accounts. */
  readonly publicImages: Map<string, 'unblocked' | 'block-new-sharing'>;
  readonly transitions: Transition[];
  readonly counters: Map<string, number>;
}

/** Something that will happen to a resource by itself. */
export interface Transition {
  readonly at: number;
  /** Order among those that are due at the same time. */
  readonly turn: number;
  readonly kind: string;
  readonly id: string;
}

/** What a transition does, by its kind. Each service registers its own; a kind without a handler is an error. */
export type TransitionHandlers = Readonly<Record<string, (world: World, id: string, at: number) => void>>;

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
    clientTokens: new Map(),
    publicImages: new Map(),
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
}

/** Lets everything happen that is due by now, in order. A transition may schedule others. */
export function settle(world: World, handlers: TransitionHandlers): void {
  const now = world.now();
  for (;;) {
    let next = -1;
    for (const [index, { at, turn }] of world.transitions.entries()) {
      if (at > now) continue;
      const best = world.transitions[next];
      if (best === undefined || at < best.at || (at === best.at && turn < best.turn)) next = index;
    }
    const [due] = next === -1 ? [] : world.transitions.splice(next, 1);
    if (due === undefined) return;
    const handler = handlers[due.kind];
    if (handler === undefined) throw new Error(`no handler for the transition ${due.kind}`);
    handler(world, due.id, due.at);
  }
}
