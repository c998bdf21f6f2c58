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

/** Where the commands keep the embedded AWS unless `--state` names another file. */
export const DEFAULT_STATE = join(import.meta.dirname, '../..', '.golden', 'world.json');

export interface WorldRequest {
  /** The command that asks, as the user knows it: `golden bake`. Others are told of it while it has the world. */
  readonly command: string;
  /** A path; left out: `DEFAULT_STATE`. */
  readonly state: string | undefined;
  /** Whether a world that is kept there is to be replaced. */
  readonly fresh: boolean;
  readonly seed: number | undefined;
  /** When a fresh world begins; left out: now. */
  readonly at: Date | undefined;
  readonly faults?: readonly Fault[];
}

/** A world that this process alone works on, and the clock that it lives by, which is installed. */
export interface OpenedWorld {
  readonly world: World;
  readonly clock: SimulatedClock;
  readonly origin: Origin;
  /** Writes the world to its file, and throws what the file system says against it. */
  keep(): void;
  /** Writes it in passing, where that takes no more than a tenth of the time and the file system lets it; whether it did. */
  keepInPassing(): boolean;
  /** Tells whoever finds the world taken where it can be asked. */
  announce(endpoint: string): void;
  /** Gives file and clock back, without writing. Once more does nothing. */
  release(): void;
}

/** Which world a command acts on. */
export interface Origin {
  /** The path of its file, as the user would type it. */
  readonly file: string;
  /** Whether it begins with this command. */
  readonly fresh: boolean;
  /** When it began, and when this command began in it: milliseconds since the epoch, simulated. */
  readonly began: number;
  readonly at: number;
}

/** Whether the world is a new one, and its time: `kept since 2026-11-22T03:00:00.000Z, now 2026-11-22T03:28:11.402Z`. */
export function describeOrigin({ fresh, began, at }: Origin): string {
  const [since, now] = [began, at].map((time) => new Date(time).toISOString());
  return fresh ? `a fresh world at ${since}` : `kept since ${since}, now ${now}`;
}

const realNow = performance.now.bind(performance);

/**
 * Opens the world in a file, or a fresh one that will be kept there. What stands in the way comes back as problems; then nothing
 * was changed. Until it is released, a process that ends (by a signal or an uncaught error as well) keeps the world and gives its file back.
 */
export function openWorld(request: WorldRequest): OpenedWorld | { problems: [Problem] } {
  const { command, fresh, seed, at, faults = [] } = request;
  const place = stateFileOf(request.state);
  if ('problems' in place) return place;
  const { path, shown } = place;
  const taken = lock(path, shown, command);
  if ('problems' in taken) return taken;
  const stored = read(path, shown, fresh);
  const problems = 'problems' in stored ? stored.problems : timeProblems(shown, stored.world, at);
  if ('problems' in stored || problems !== undefined) {
    taken.release();
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
    taken.release();
    return { problems: [unreadableWorld(shown, error)] };
  }
  const origin = { file: shown, fresh: stored.world === undefined, began: kept.began.at, at: start };
  return { ...holding(path, kept, clock, taken), origin };
}

const wholeSecond = (time: Date): Date => new Date(Math.floor(time.getTime() / 1000) * 1000);

/** The world while it is held. */
function holding(
  path: string,
  kept: KeptWorld,
  clock: SimulatedClock,
  taken: Lock,
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
    taken.release();
    clock.uninstall();
  };
  const atExit = () => {
    try {
      keep();
    } catch (error) {
      process.stderr.write(`${describeUnkept(path, error)}\n`);
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
        // No reason to stop: it is tried again at the end, and said there.
        return false;
      }
    },
    announce: taken.announce,
    release,
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };

/** A signal that nobody else handles ends the process, as it would without this; but by `exit`, so that the world is kept. */
function atSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  process.exit(128 + SIGNAL_NUMBERS[signal as (typeof SIGNALS)[number]]);
}

/** What to tell the user whose world could not be written. */
export function describeUnkept(file: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `The world could not be kept in ${file}, which is as it was before: ${reason}`;
}

/** The file itself, behind any link, or why there can be none. */
function stateFileOf(state: string | undefined): { path: string; shown: string } | { problems: [Problem] } {
  const shown = state ?? typed(DEFAULT_STATE);
  const refuse = (found: string, fix: string) => refusal(shown, found, fix);
  try {
    if (state === undefined) mkdirSync(dirname(DEFAULT_STATE), { recursive: true });
    const given = resolve(state ?? DEFAULT_STATE);
    const path = realPath(given) ?? join(realpathSync(dirname(given)), basename(given));
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory() || /[\\/]$/.test(shown)) {
      return refuse('a folder', `name a file in it, such as --state ${join(shown, 'world.json')}`);
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
    return refuse('a file in a folder that does not exist', `make the folder, ${ANOTHER}`);
  if (code === 'ENOTDIR')
    return refuse('a file in something that is no folder', 'name another file with --state');
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return refuse('a file that may not be read and written here', `check permissions, ${ANOTHER}`);
  }
  return refuse(`a file that cannot be used (${code})`, `check the path, ${ANOTHER}`);
}

const ALLOWED = 'a file that golden keeps its world in, or a new one in a folder that may be written';

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
  const ask = endpoint === undefined ? '' : `ask it over its endpoint, ${endpoint}; or `;
  return fileProblem(shown, {
    found: `a world that is in use by ${quote(command).slice(1, -1)}, process ${pid} on ${host}, since ${since}`,
    allowed: 'one command at a time on one world',
    fix: `${ask}wait until it has ended, ${ANOTHER} (if there is no such process: remove ${typed(claim)})`,
  });
}

/** What stands in the file: nothing yet, a world, or something that must not be replaced. */
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
  const found = known?.message ?? `a world that nobody can make sense of (${String(error)})`;
  const begin = 'begin a new world in its place with --fresh';
  const fixes = {
    // It is somebody's file, and nothing of golden's ever overwrites it.
    foreign: 'name another file with --state, or remove this one',
    damaged: `${begin}, ${ANOTHER}`,
    newer: `use the golden that wrote it, ${begin}, ${ANOTHER}`,
  };
  return fileProblem(shown, { found, allowed: ALLOWED, fix: fixes[known?.reason ?? 'damaged'] });
}

/** A world has its own time, which nobody can set. */
function timeProblems(shown: string, stored: StoredWorld | undefined, at: Date | undefined) {
  if (stored === undefined || at === undefined) return undefined;
  const time = new Date(stored.at).toISOString();
  return [
    fileProblem('the command line', {
      found: `--at ${at.toISOString()}, for the world in ${shown}, where it is ${time} by now`,
      allowed: '--at for a fresh world only: a world that is kept goes on from its own time',
      fix: `leave --at out, or begin a new world in its place with --fresh, ${ANOTHER}`,
    }),
  ] satisfies [Problem];
}
