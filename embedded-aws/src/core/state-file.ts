/**
 * A world in a file. Whatever field a `World` has is written; what every fresh world brings along (the public images and
 * parameters) is left out for as long as it is untouched, since it is more than all the rest. Faults are not written: they
 * belong to a run.
 *
 * The file is one JSON document with a fixed head, whose form no later version changes:
 *
 *     {"format":"golden-world","version":1,"sha256":"…","bytes":…,"world":{…}}
 *
 * `bytes` is the length of what stands under `world`, and `sha256` is taken of the version, a line feed and these bytes.
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import type { Fault } from './faults.ts';
import { type Row, Table } from './table.ts';
import { fromTaggedJson, toTaggedJson } from './tagged-json.ts';
import type { World, WorldOptions } from './world.ts';

const VERSION = 1;
const START = '{"format":"golden-world","version":';
const HEAD =
  /^\{"format":"golden-world","version":(\d{1,9}),"sha256":"([0-9a-f]{64})","bytes":(\d{1,15}),"world":/;
const HEAD_BYTES_MAX = 200;
const TAIL = '}\n';

/** A world that can be kept: with what it began as. */
export interface KeptWorld {
  readonly world: World;
  readonly began: Beginning;
  /** What it brought along, by field and id. The very records: one that is still there was never written since. */
  readonly brought: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
}

/** What makes a fresh world the same again. */
export interface Beginning {
  readonly seed: number;
  /** Milliseconds since the epoch, simulated. */
  readonly at: number;
}

/** What stands in a file. */
export interface StoredWorld {
  readonly began: Beginning;
  readonly seed: number;
  /** The time of the world when it was written; it goes on from there. */
  readonly at: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Why the content of a file is no world that can be read. The message is a noun phrase: `a world that …`. */
export class UnreadableWorld extends Error {
  override name = 'UnreadableWorld';
  readonly reason: 'foreign' | 'damaged' | 'newer';

  constructor(reason: UnreadableWorld['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

interface StoredTable {
  /** What the fresh world had and this one has no more. */
  readonly gone: readonly string[];
  /** Whether all rows are here, since they stand in another order than the fresh world's. */
  readonly whole: boolean;
  readonly rows: readonly StoredRow[];
}

interface StoredRow {
  readonly id: string;
  /** Absent: removed, though somebody still sees it. */
  readonly current?: { readonly id: string };
  /** Absent: everybody sees what is true. */
  readonly history?: Row<unknown>['history'];
}

/** A fresh world as `fresh` makes it, ready to be kept in a file. */
export function beginWorld(fresh: (options: WorldOptions) => World, options: WorldOptions): KeptWorld {
  const began = { seed: options.seed, at: options.now() };
  const world = fresh(options);
  return { world, began, brought: recordsOf(world) };
}

function recordsOf(world: World): Map<string, Map<string, unknown>> {
  const tables = Object.entries(world).filter(([, field]) => field instanceof Table);
  return new Map(
    tables.map(([name, table]) => [
      name,
      new Map((table as AnyTable).all().map((record) => [record.id, record])),
    ]),
  );
}

type AnyTable = Table<{ readonly id: string }>;

/** Fields of the process, not of the world. */
const UNKEPT = new Set([
  'seed',
  'now',
  'wake',
  'origin',
  'authorize',
  'faults',
  'faultsMet',
  'transientFields',
] satisfies (keyof World)[]) as Set<string>;

/** What worlds had once: dead letters, before there were queues. */
const FORMER: ReadonlySet<string> = new Set(['deadLetters']);

const fieldsOf = (world: World): [name: string, field: unknown][] =>
  Object.entries(world).filter(([name]) => !UNKEPT.has(name) && !world.transientFields.has(name));

/** The content of the file of a world. */
export function encodeWorld({ world, began, brought }: KeptWorld): Uint8Array {
  const at = world.now();
  const fields = fieldsOf(world).map(([name, field]) => {
    try {
      const stored =
        field instanceof Table ? storedTable(field, brought.get(name) ?? new Map(), at) : storedField(field);
      return `${JSON.stringify(name)}:${toTaggedJson(stored)}`;
    } catch (error) {
      if (error instanceof TypeError) error.message = `${name} of the world: ${error.message}`;
      throw error;
    }
  });
  const seeds = `"began":${JSON.stringify(began)},"seed":${world.seed},"at":${at}`;
  const content = Buffer.from(`{${seeds},"fields":{${fields.join(',\n')}}}`);
  const sha256 = checksum(VERSION, content);
  return Buffer.concat([
    Buffer.from(`${START}${VERSION},"sha256":"${sha256}","bytes":${content.length},"world":`),
    content,
    Buffer.from(TAIL),
  ]);
}

const storedField = (field: unknown): unknown => (field instanceof Map ? [...field] : field);

function storedTable(table: AnyTable, brought: ReadonlyMap<string, unknown>, at: number): StoredTable {
  const all = [...table.rows()].flatMap(([id, { current, history }]): StoredRow[] => {
    const seenYet = history.filter(({ until }) => until > at);
    if (current === undefined && seenYet.length === 0) return [];
    return [
      {
        id,
        ...(current === undefined ? {} : { current }),
        ...(seenYet.length === 0 ? {} : { history: seenYet }),
      },
    ];
  });
  const ids = new Set(all.map(({ id }) => id));
  const still = [...brought.keys()].filter((id) => ids.has(id));
  if (still.some((id, index) => all[index]?.id !== id)) return { gone: [], whole: true, rows: all };
  return {
    gone: brought.size === still.length ? [] : [...brought.keys()].filter((id) => !ids.has(id)),
    whole: false,
    rows: all.filter(
      ({ id, current, history }) =>
        current === undefined || history !== undefined || brought.get(id) !== current,
    ),
  };
}

const checksum = (version: number, content: Uint8Array): string =>
  createHash('sha256').update(`${version}\n`).update(content).digest('hex');

/** Reads the content of a file; throws `UnreadableWorld` for whatever is no world of this version, whole and unchanged. */
export function decodeWorld(bytes: Uint8Array): StoredWorld {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length === 0) throw new UnreadableWorld('damaged', 'an empty file');
  const top = buffer.toString('latin1', 0, HEAD_BYTES_MAX);
  if (!top.startsWith(START)) {
    if (START.startsWith(top)) throw new UnreadableWorld('damaged', 'a world that was cut short');
    throw new UnreadableWorld('foreign', 'a file that is no world of golden');
  }
  const [head, version, sha256, length] = HEAD.exec(top) ?? [];
  if (head === undefined) throw new UnreadableWorld('damaged', 'a world whose first line is damaged');
  const end = head.length + Number(length);
  if (buffer.length < end + TAIL.length) {
    const whole = end + TAIL.length;
    throw new UnreadableWorld('damaged', `a world that was cut short (${buffer.length} of ${whole} bytes)`);
  }
  const content = buffer.subarray(head.length, end);
  if (buffer.toString('latin1', end) !== TAIL || checksum(Number(version), content) !== sha256) {
    throw new UnreadableWorld('damaged', 'a world that was damaged or changed (its checksum does not fit)');
  }
  if (Number(version) !== VERSION) {
    const found = `a world of version ${version}, written by another golden; this one reads version ${VERSION}`;
    throw new UnreadableWorld('newer', found);
  }
  return fromTaggedJson(content.toString()) as StoredWorld;
}

/** The world that was stored, living by another clock from now on. A seed that is given takes the place of its own. */
export function restoreWorld(
  fresh: (options: WorldOptions) => World,
  { began, seed: storedSeed, fields }: StoredWorld,
  { now, seed = storedSeed, faults = [] }: { now: () => number; seed?: number; faults?: readonly Fault[] },
): KeptWorld {
  const original = fresh({ seed: began.seed, now: () => began.at });
  const brought = recordsOf(original);
  const known = new Map(fieldsOf(original));
  const values: Record<string, unknown> = {};
  for (const [name, stored] of Object.entries(fields)) {
    if (FORMER.has(name)) continue;
    if (!known.has(name)) {
      throw new UnreadableWorld('newer', `a world with ${name} in it, written by a newer golden`);
    }
    const field = known.get(name);
    if (field instanceof Table) values[name] = restoredTable(field, stored as StoredTable);
    else values[name] = field instanceof Map ? new Map(stored as [unknown, unknown][]) : stored;
  }
  return { world: { ...original, ...values, seed, now, faults, faultsMet: [] }, began, brought };
}

function restoredTable(fresh: AnyTable, { gone, whole, rows }: StoredTable): AnyTable {
  const table: AnyTable = whole ? new Table() : fresh;
  for (const id of gone) table.delete(id);
  for (const { id, current, history = [] } of rows) {
    table.restore(id, { current, history: history as Row<{ id: string }>['history'] });
  }
  return table;
}

/**
 * Puts the content into the file, whole or not at all, whenever the process is killed. Whoever calls holds the lock of the file, so that
 * nobody else writes beside it.
 */
export function replaceFile(path: string, content: Uint8Array): void {
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, 'w');
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
