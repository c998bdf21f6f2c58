/**
 * A lock: one process at a time works on a file. Each process creates a claim (a separate file beside it), and then
 * checks for other claims. If two processes start at the same time, at least one of them sees the other claim and
 * yields. A claim is removed by its owner, or by any process when its owner is dead. All claims have different names,
 * so no process removes a live claim.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** The command that the user entered, such as `golden bake`. */
  readonly command: string;
  /** When it took the lock, in real time (ISO 8601). */
  readonly since: string;
  /** The endpoint that the holder serves, if any. */
  readonly endpoint?: string;
}

export interface Lock {
  /** Publishes the endpoint of the holder in its claim. */
  announce(endpoint: string): void;
  /** Releases the lock. A second call has no effect. */
  release(): void;
}

/** How often two competing processes yield to each other before the later process is refused. */
const ATTEMPTS = 50;

/**
 * Takes the lock of the file at `path`, or returns its holder and the holder's claim. Throws the errors of the file
 * system.
 */
export function takeLock(path: string, command: string): Lock | { holder: Holder; claim: string } {
  const holder: Holder = { pid: process.pid, host: hostname(), command, since: new Date().toISOString() };
  let seenBefore = new Set<string>();
  for (let attempt = 1; ; attempt++) {
    const claim = `${path}.lock-${process.pid}-${randomBytes(4).toString('hex')}`;
    writeClaim(claim, holder);
    const others = claimsBeside(path, claim);
    const [first] = others;
    if (first === undefined) return lockOf(claim, holder);
    rmSync(claim, { force: true });
    // A process that already had a claim at the previous attempt holds the lock and does not yield.
    const persistent = others.find((other) => seenBefore.has(other.claim));
    if (persistent !== undefined || attempt === ATTEMPTS) return persistent ?? first;
    seenBefore = new Set(others.map((other) => other.claim));
    pause(5 + Math.random() * 25);
  }
}

function lockOf(claim: string, holder: Holder): Lock {
  let released = false;
  return {
    announce: (endpoint) => {
      if (!released) writeClaim(claim, { ...holder, endpoint });
    },
    release: () => {
      if (!released) rmSync(claim, { force: true });
      released = true;
    },
  };
}

/** Writes the claim atomically, so that no process reads an incomplete claim. */
function writeClaim(claim: string, holder: Holder): void {
  const temporary = join(dirname(claim), `.${basename(claim)}`);
  writeFileSync(temporary, `${JSON.stringify(holder)}\n`);
  renameSync(temporary, claim);
}

/** The claims of other live processes. Removes the claims of dead processes. */
function claimsBeside(path: string, own: string): { holder: Holder; claim: string }[] {
  const folder = dirname(path);
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(path)}.lock-`) && name !== basename(own))
    .flatMap((name) => {
      const claim = join(folder, name);
      const holder = readClaim(claim);
      if (holder !== undefined && isAlive(holder)) return [{ holder, claim }];
      rmSync(claim, { force: true });
      return [];
    });
}

function readClaim(claim: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(claim, 'utf8')) as Holder;
  } catch (error) {
    // The owner has just removed it, or the file is not a claim: claims are never incomplete.
    const isGone = error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (isGone) return undefined;
    throw error;
  }
}

/** Processes of another machine cannot be checked from here, so they count as alive. */
function isAlive({ pid, host }: Holder): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
