/**
 * A world in a file. All fields of `World` are written. Public images and parameters, which every new world has, are
 * left out while they are unchanged, because they are larger than the rest of the file. Faults are not written:
 * they belong to a run.
 *
 * The file is one JSON document with a fixed head. Later versions keep the form of the head:
 *
 *     {"format":"golden-world","version":2,"sha256":"…","bytes":…,"world":{…}}
 *
 * `bytes` is the length of the value of `world`. `sha256` is the checksum of the version, a line feed and these
 * bytes.
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import type { Fault } from './faults.ts';
import { type Row, Table } from './table.ts';
import { fromTaggedJson, toTaggedJson } from './tagged-json.ts';
import type { World, WorldOptions } from './world.ts';

const VERSION = 2;
/** The oldest version that can be read: services upgrade its fields. */
const OLDEST_VERSION = 1;
const START = '{"format":"golden-world","version":';
const HEAD =
  /^\{"format":"golden-world","version":(\d{1,9}),"sha256":"([0-9a-f]{64})","bytes":(\d{1,15}),"world":/;
const HEAD_BYTES_MAX = 200;
const TAIL = '}\n';

/** A world that can be written to a file, with its initial state. */
export interface KeptWorld {
  readonly world: World;
  readonly began: Beginning;
  /**
   * The initial records, by field and id. The objects are compared by identity: if an object is still in the
   * world, its record was not written again.
   */
  readonly initialRecords: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
}

/** The options that produce the same new world again. */
export interface Beginning {
  readonly seed: number;
  /** Milliseconds since the epoch, simulated. */
  readonly at: number;
}

/** The content of a file. */
export interface StoredWorld {
  readonly version: number;
  readonly began: Beginning;
  readonly seed: number;
  /** The world's time when it was written. The world continues from there. */
  readonly at: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The reason why a file is not a readable world. The message is a noun phrase: `a world that …`. */
export class UnreadableWorld extends Error {
  override name = 'UnreadableWorld';
  readonly reason: 'foreign' | 'damaged' | 'newer';

  constructor(reason: UnreadableWorld['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

interface StoredTable {
  /** Ids of initial records that this world no longer has. */
  readonly gone: readonly string[];
  /** Whether `rows` contains all rows, because their order differs from the initial order. */
  readonly whole: boolean;
  readonly rows: readonly StoredRow[];
}

interface StoredRow {
  readonly id: string;
  /** Absent: removed, although some callers still see it. */
  readonly current?: { readonly id: string };
  /** Absent: all callers see the current record. */
  readonly history?: Row<unknown>['history'];
}

/** A new world from `fresh` that can be written to a file. */
export function beginWorld(fresh: (options: WorldOptions) => World, options: WorldOptions): KeptWorld {
  const began = { seed: options.seed, at: options.now() };
  const world = fresh(options);
  return { world, began, initialRecords: recordsOf(world) };
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

/** Fields that belong to the process and are not written. */
const PROCESS_FIELDS = new Set([
  'seed',
  'now',
  'wake',
  'origin',
  'authorize',
  'faults',
  'faultsMet',
  'transientFields',
] satisfies (keyof World)[]) as Set<string>;

/** Fields of earlier versions: `deadLetters` existed before there were queues. */
const REMOVED_FIELDS: ReadonlySet<string> = new Set(['deadLetters']);

const fieldsOf = (world: World): [name: string, field: unknown][] =>
  Object.entries(world).filter(([name]) => !PROCESS_FIELDS.has(name) && !world.transientFields.has(name));

/** The content of a world's file. */
export function encodeWorld({ world, began, initialRecords }: KeptWorld): Uint8Array {
  const at = world.now();
  const fields = fieldsOf(world).map(([name, field]) => {
    try {
      const stored =
        field instanceof Table
          ? storedTable(field, initialRecords.get(name) ?? new Map(), at)
          : storedField(field);
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

function storedTable(table: AnyTable, initialRecords: ReadonlyMap<string, unknown>, at: number): StoredTable {
  const all = [...table.rows()].flatMap(([id, { current, history }]): StoredRow[] => {
    const stillSeen = history.filter(({ until }) => until > at);
    if (current === undefined && stillSeen.length === 0) return [];
    return [
      {
        id,
        ...(current === undefined ? {} : { current }),
        ...(stillSeen.length === 0 ? {} : { history: stillSeen }),
      },
    ];
  });
  const ids = new Set(all.map(({ id }) => id));
  const still = [...initialRecords.keys()].filter((id) => ids.has(id));
  if (still.some((id, index) => all[index]?.id !== id)) return { gone: [], whole: true, rows: all };
  return {
    gone: initialRecords.size === still.length ? [] : [...initialRecords.keys()].filter((id) => !ids.has(id)),
    whole: false,
    rows: all.filter(
      ({ id, current, history }) =>
        current === undefined || history !== undefined || initialRecords.get(id) !== current,
    ),
  };
}

const checksum = (version: number, content: Uint8Array): string =>
  createHash('sha256').update(`${version}\n`).update(content).digest('hex');

/**
 * Reads the content of a file. Throws `UnreadableWorld` unless it is a complete and unchanged world of a version that can be read.
 */
export function decodeWorld(bytes: Uint8Array): StoredWorld {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length === 0) throw new UnreadableWorld('damaged', 'an empty file');
  const top = buffer.toString('latin1', 0, HEAD_BYTES_MAX);
  if (!top.startsWith(START)) {
    if (START.startsWith(top)) throw new UnreadableWorld('damaged', 'a world that was cut short');
    throw new UnreadableWorld('foreign', 'a file that is not a golden world');
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
    throw new UnreadableWorld('damaged', 'a world that was damaged or changed (its checksum does not match)');
  }
  if (Number(version) > VERSION || Number(version) < OLDEST_VERSION) {
    const found = `a world of version ${version}, but this version of golden reads version ${OLDEST_VERSION} to ${VERSION}`;
    throw new UnreadableWorld('newer', found);
  }
  return {
    version: Number(version),
    ...(fromTaggedJson(content.toString()) as Omit<StoredWorld, 'version'>),
  };
}

/** The stored world on a new clock. If a seed is given, it replaces the world's own seed. */
export function restoreWorld(
  fresh: (options: WorldOptions) => World,
  { began, seed: storedSeed, fields }: StoredWorld,
  { now, seed = storedSeed, faults = [] }: { now: () => number; seed?: number; faults?: readonly Fault[] },
): KeptWorld {
  const original = fresh({ seed: began.seed, now: () => began.at });
  const initialRecords = recordsOf(original);
  const known = new Map(fieldsOf(original));
  const values: Record<string, unknown> = {};
  for (const [name, stored] of Object.entries(fields)) {
    if (REMOVED_FIELDS.has(name)) continue;
    if (!known.has(name)) {
      throw new UnreadableWorld(
        'newer',
        `a world with the field ${name}, written by a newer version of golden`,
      );
    }
    const field = known.get(name);
    if (field instanceof Table) values[name] = restoredTable(field, stored as StoredTable);
    else values[name] = field instanceof Map ? new Map(stored as [unknown, unknown][]) : stored;
  }
  return { world: { ...original, ...values, seed, now, faults, faultsMet: [] }, began, initialRecords };
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
 * Replaces the file completely or not at all, even if the process is killed. The caller must hold the lock of the
 * file.
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
