import type { Authorize } from './authorization.ts';
import { type Fault, type Faulty, strike } from './faults.ts';
import { drawSeconds, readLagShare } from './latency.ts';
import type { Membership } from './organizations.ts';
import { draw, hex } from './random.ts';
import { regions } from './regions.ts';
import type { Level } from './throttling.ts';

/**
 * A world is the in-memory state of one embedded AWS: all accounts and regions. Each service adds its tables
 * to this interface in its `state.ts`; the core knows no service. Future changes (an instance starts, a copy
 * completes) are data in `transitions`. Before each operation, `settle` applies the transitions that are due.
 * No change runs on a timer.
 */
export interface World extends Faulty {
  readonly seed: number;
  /** Milliseconds since the epoch, of the world's clock. */
  readonly now: () => number;
  /** Regions that are not enabled, by account. An account without an entry has not enabled any opt-in region. */
  readonly disabledRegions: ReadonlyMap<string, ReadonlySet<string>>;
  /** The place of accounts in AWS Organizations; absent: the account is in no organization. */
  readonly organizations: Map<string, Membership>;
  /** Client tokens: the request that used the token, and the id that was returned. */
  readonly clientTokens: Map<string, { readonly asked: string; readonly id: string }>;
  readonly transitions: Transition[];
  readonly counters: Map<string, number>;
  /** The level of each throttling bucket, by account, region and action; absent: nothing is throttled. */
  readonly throttling?: Map<string, Level>;
  /** Names of the fields that belong to the process: the world's file does not have them. */
  readonly transientFields: ReadonlySet<string>;
  /**
   * Called with the time of each new transition. `keepAwake` uses it to apply transitions even if there are
   * no calls.
   */
  wake?: (at: number) => void;
  /** The address that serves the world, such as `http://127.0.0.1:4566`. Queue URLs begin with it. */
  origin?: string;
  /** Decides what roles may do; absent: everything. */
  authorize?: Authorize;
}

/** Parts of a world, by the names of their fields: each entry makes an empty part. */
export type Parts = Readonly<Record<string, () => object>>;

/** The fields that a service's parts add to `World`. */
export type PartsOf<P extends Parts> = { readonly [Name in keyof P]: ReturnType<P[Name]> };

/** What a service adds to a world. */
export interface Stateful {
  /** Parts that the world's file keeps. */
  readonly kept?: Parts;
  /** Parts that belong to the process. */
  readonly transient?: Parts;
  /** Converts the records of a world that an earlier version wrote to the current form. */
  readonly upgrade?: (world: World, version: number) => void;
}

/** A future change of a resource. */
export interface Transition {
  readonly at: number;
  /** Order of the transitions that are due at the same time. */
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
  /** The place of accounts in AWS Organizations, by account. */
  readonly organizations?: Readonly<Record<string, Membership>>;
}

/** A world with the empty state of these services. Throws if two services declare the same field. */
export function makeWorld(
  services: readonly Stateful[],
  { seed, now, faults = [], disabledRegions = {}, organizations = {}, throttling = true }: WorldOptions,
): World {
  const core = {
    seed,
    now,
    faults,
    faultsMet: [],
    disabledRegions: new Map(
      Object.entries(disabledRegions).map(([account, regions]) => [account, new Set(regions)]),
    ),
    organizations: new Map(Object.entries(organizations)),
    clientTokens: new Map(),
    transitions: [],
    counters: new Map(),
    transientFields: new Set(services.flatMap(({ transient = {} }) => Object.keys(transient))),
    ...(throttling && { throttling: new Map() }),
  };
  const world: Record<string, unknown> = { ...core };
  for (const { kept, transient } of services) {
    for (const [name, make] of Object.entries({ ...kept, ...transient })) {
      if (name in world) throw new Error(`two services declare the field ${name} of the world`);
      world[name] = make();
    }
  }
  return world as unknown as World;
}

/**
 * Whether an account has enabled a region. An account without an entry in `disabledRegions` has enabled no
 * opt-in region.
 */
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
export function newId(world: World, prefix: string): string {
  return `${prefix}-0${hex(world.seed, 16, prefix, count(world, prefix))}`;
}

/**
 * How long callers do not see a write to this record, in milliseconds. Most writes are visible immediately.
 * Each write draws its own delay, unless a `reads` fault applies.
 */
export function lagMs(world: World, id: string): number {
  const fault = strike(world, 'reads', undefined, ({ of }) => of === undefined || id.startsWith(`${of}-`));
  if (fault !== undefined) return fault.seconds * 1000;
  const turn = count(world, `lag ${id}`);
  if (draw(world.seed, 'is lagging', id, turn) >= readLagShare) return 0;
  return drawSeconds(world.seed, 'read lag', id, turn) * 1000;
}

/** Schedules the transition `kind` of `id` for the time `at` (ms). */
export function schedule(world: World, kind: string, id: string, at: number): void {
  world.transitions.push({ at, turn: count(world, 'transition'), kind, id });
  world.wake?.(at);
}
