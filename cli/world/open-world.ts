import { randomInt } from 'node:crypto';
import { accessSync, constants, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import {
  beginWorld,
  decodeWorld,
  encodeWorld,
  type Fault,
  type Holder,
  installClock,
  type KeptWorld,
  type Lock,
  replaceFile,
  restoreWorld,
  type SimulatedClock,
  type StoredWorld,
  takeLock,
  UnreadableWorld,
  type World,
} from 'embedded-aws';
import { type Problem, quote } from '../../shared/recipe/problem.ts';
import { fileProblem } from '../../shared/recipe/source-file.ts';

/** The file of the embedded AWS, unless `--state` names another file. */
export const DEFAULT_STATE = join(import.meta.dirname, '../..', '.golden', 'world.json');

export interface WorldRequest {
  /** The command, such as `golden bake`. Other commands name it in their message while the world is in use. */
  readonly command: string;
  /** A path. Default: `DEFAULT_STATE`. */
  readonly state: string | undefined;
  /** Whether to replace the world in the file. */
  readonly fresh: boolean;
  readonly seed: number | undefined;
  /** When a fresh world begins. Default: now. */
  readonly at: Date | undefined;
  readonly faults?: readonly Fault[];
}

/** A world that only this process uses, and its clock, which is installed. */
export interface OpenedWorld {
  readonly world: World;
  readonly clock: SimulatedClock;
  readonly origin: Origin;
  /** Writes the world to its file. Throws the errors of the file system. */
  keep(): void;
  /** Writes the world if writing takes at most a tenth of the time. Returns whether the world was written. Never throws. */
  keepInPassing(): boolean;
  /** Publishes the endpoint for other commands that find the world in use. */
  announce(endpoint: string): void;
  /** Releases the file and the clock without writing. A second call has no effect. */
  release(): void;
}

/** The world that a command acts on. */
export interface Origin {
  /** The path of the file, as the user would type it. */
  readonly file: string;
  /** Whether the world begins with this command. */
  readonly fresh: boolean;
  /** When the world began, and when this command began: milliseconds since the epoch, simulated. */
  readonly began: number;
  readonly at: number;
}

/** Whether the world is new, and its time, such as `new world, simulated time 2026-11-22T03:00:00.000Z`. */
export function describeOrigin({ fresh, began, at }: Origin): string {
  const [start, now] = [began, at].map((time) => new Date(time).toISOString());
  return fresh
    ? `new world, simulated time ${start}`
    : `existing world, started ${start}, simulated time ${now}`;
}

const realNow = performance.now.bind(performance);

/**
 * Opens the world in a file, or creates a fresh world for the file. If that is not possible, returns problems and changes nothing. Until
 * the world is released, a process that ends (also by a signal or an uncaught error) saves the world and releases the file.
 */
export function openWorld(request: WorldRequest): OpenedWorld | { problems: [Problem] } {
  const { command, fresh, seed, at, faults = [] } = request;
  const place = stateFileOf(request.state);
  if ('problems' in place) return place;
  const { path, shown } = place;
  const claim = lock(path, shown, command);
  if ('problems' in claim) return claim;
  const stored = read(path, shown, fresh);
  const problems = 'problems' in stored ? stored.problems : timeProblems(shown, stored.world, at);
  if ('problems' in stored || problems !== undefined) {
    claim.release();
    return { problems: problems as [Problem] };
  }
  const start = stored.world?.at ?? (at ?? wholeSecond(new Date())).getTime();
  const usedSeed = seed ?? stored.world?.seed ?? randomInt(2 ** 31);
  const clock = installClock(new Date(start), usedSeed);
  let kept: KeptWorld;
  try {
    kept =
      stored.world === undefined
        ? beginWorld({ seed: usedSeed, now: clock.now, faults })
        : restoreWorld(stored.world, { seed: usedSeed, now: clock.now, faults });
  } catch (error) {
    clock.uninstall();
    claim.release();
    return { problems: [unreadableWorld(shown, error)] };
  }
  const origin = { file: shown, fresh: stored.world === undefined, began: kept.began.at, at: start };
  return { ...openedWorld(path, kept, clock, claim), origin };
}

const wholeSecond = (time: Date): Date => new Date(Math.floor(time.getTime() / 1000) * 1000);

/** The operations on an open world. */
function openedWorld(
  path: string,
  kept: KeptWorld,
  clock: SimulatedClock,
  claim: Lock,
): Omit<OpenedWorld, 'origin'> {
  let writtenAt = realNow();
  let writingMs = 0;
  const keep = () => {
    const began = realNow();
    replaceFile(path, encodeWorld(kept));
    writtenAt = realNow();
    writingMs = writtenAt - began;
  };
  const release = () => {
    process.off('exit', atExit);
    for (const signal of SIGNALS) process.off(signal, atSignal);
    claim.release();
    clock.uninstall();
  };
  const atExit = () => {
    try {
      keep();
    } catch (error) {
      process.stderr.write(`${describeSaveFailure(path, error)}\n`);
    } finally {
      release();
    }
  };
  process.on('exit', atExit);
  for (const signal of SIGNALS) process.on(signal, atSignal);
  return {
    world: kept.world,
    clock,
    keep,
    keepInPassing: () => {
      if (realNow() - writtenAt < 9 * writingMs) return false;
      try {
        keep();
        return true;
      } catch {
        // The command continues. It writes the world again at its end, and reports a failure then.
        return false;
      }
    },
    announce: claim.announce,
    release,
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };

/** If no other listener handles the signal, ends the process with `exit`, so that the world is saved. */
function atSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  process.exit(128 + SIGNAL_NUMBERS[signal as (typeof SIGNALS)[number]]);
}

/** The message if the world could not be written. */
export function describeSaveFailure(file: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `Could not save the world in ${file} (${reason}). The file is unchanged.`;
}

/** The path of the file after following links, or the problem with the file. */
function stateFileOf(state: string | undefined): { path: string; shown: string } | { problems: [Problem] } {
  const shown = state ?? typed(DEFAULT_STATE);
  const refuse = (found: string, fix: string) => refusal(shown, found, fix);
  try {
    if (state === undefined) mkdirSync(dirname(DEFAULT_STATE), { recursive: true });
    const given = resolve(state ?? DEFAULT_STATE);
    const path = realPath(given) ?? join(realpathSync(dirname(given)), basename(given));
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory() || /[\\/]$/.test(shown)) {
      return refuse('a folder', `name a file in the folder, such as --state ${join(shown, 'world.json')}`);
    }
    if (stat !== undefined && !stat.isFile()) return refuse('a device, pipe or socket', 'name a file');
    if (stat !== undefined) accessSync(path, constants.R_OK | constants.W_OK);
    return { path, shown };
  } catch (error) {
    return { problems: [unusablePlace(shown, error)] };
  }
}

const typed = (path: string): string => relative(process.cwd(), path);

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const ANOTHER = 'or name another file with --state';

function unusablePlace(shown: string, error: unknown): Problem {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const refuse = (found: string, fix: string) => refusal(shown, found, fix).problems[0];
  if (code === 'ENOENT')
    return refuse('a file in a folder that does not exist', `create the folder, ${ANOTHER}`);
  if (code === 'ENOTDIR')
    return refuse('a file in something that is not a folder', 'name another file with --state');
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return refuse('a file without read and write permission', `check the permissions, ${ANOTHER}`);
  }
  return refuse(`a file that cannot be used (${code})`, `check the path, ${ANOTHER}`);
}

const ALLOWED = 'a world file of golden, or a new file in a writable folder';

function refusal(file: string, found: string, fix: string, allowed = ALLOWED): { problems: [Problem] } {
  return { problems: [fileProblem(file, { found, allowed, fix })] };
}

function lock(path: string, shown: string, command: string): Lock | { problems: [Problem] } {
  try {
    const taken = takeLock(path, command);
    return 'release' in taken ? taken : { problems: [inUse(shown, taken)] };
  } catch (error) {
    return { problems: [unusablePlace(shown, error)] };
  }
}

function inUse(shown: string, { holder, claim }: { holder: Holder; claim: string }): Problem {
  const { pid, host, command, since, endpoint } = holder;
  const call = endpoint === undefined ? '' : `call the endpoint ${endpoint}, `;
  return fileProblem(shown, {
    found: `a world that is in use by ${quote(command).slice(1, -1)}, process ${pid} on ${host}, since ${since}`,
    allowed: 'one command at a time for each world',
    fix: `${call}wait until the process has ended, ${ANOTHER} (if the process does not exist, remove ${typed(claim)})`,
  });
}

/** Reads the world in the file; `undefined`: there is no file, or its world will be replaced. */
function read(
  path: string,
  shown: string,
  fresh: boolean,
): { world: StoredWorld | undefined } | { problems: [Problem] } {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { world: undefined };
    return { problems: [unusablePlace(shown, error)] };
  }
  try {
    const world = decodeWorld(bytes);
    return { world: fresh ? undefined : world };
  } catch (error) {
    const isForeign = error instanceof UnreadableWorld && error.reason === 'foreign';
    return fresh && !isForeign ? { world: undefined } : { problems: [unreadableWorld(shown, error)] };
  }
}

function unreadableWorld(shown: string, error: unknown): Problem {
  const known = error instanceof UnreadableWorld ? error : undefined;
  const found = known?.message ?? `a world that cannot be read (${String(error)})`;
  const begin = 'start a new world with --fresh';
  const fixes = {
    // The file belongs to the user. golden never overwrites such a file.
    foreign: 'name another file with --state, or remove this file',
    damaged: `${begin}, ${ANOTHER}`,
    newer: `use the version of golden that wrote the file, ${begin}, ${ANOTHER}`,
  };
  return fileProblem(shown, { found, allowed: ALLOWED, fix: fixes[known?.reason ?? 'damaged'] });
}

/** The time of an existing world cannot be set. */
function timeProblems(shown: string, stored: StoredWorld | undefined, at: Date | undefined) {
  if (stored === undefined || at === undefined) return undefined;
  const time = new Date(stored.at).toISOString();
  return [
    fileProblem('the command line', {
      found: `--at ${at.toISOString()}, but the world in ${shown} is already at ${time}`,
      allowed: '--at only for a new world: an existing world continues from its own time',
      fix: `remove --at, start a new world with --fresh, ${ANOTHER}`,
    }),
  ] satisfies [Problem];
}
