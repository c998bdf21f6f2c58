/**
 * One process at a time works on a file. Each lays a claim beside it, a file of its own, and looks then whether there are others: of two
 * that come at the same time at least one sees the other, and gives way. A claim is only ever removed by its owner, or by
 * anybody when its owner is dead; since no two claims have one name, that can hit no other.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** As the user knows it: `golden bake`. */
  readonly command: string;
  /** When it took the file, in real time (ISO 8601). */
  readonly since: string;
  /** Where it can be asked, if it answers. */
  readonly endpoint?: string;
}

export interface Lock {
  /** Tells others where the holder can be asked. */
  announce(endpoint: string): void;
  /** Gives the file back. Once more does nothing. */
  release(): void;
}

/** How often two that see each other's claims give way to one another before the later is refused. */
const ATTEMPTS = 50;

/** Takes the file at `path`, or tells who has it, and by which claim. What the file system refuses is thrown. */
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
    // Who was there before and stayed does not give way: it holds the file.
    const lasting = others.find((other) => seenBefore.has(other.claim));
    if (lasting !== undefined || attempt === ATTEMPTS) return lasting ?? first;
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

/** Nobody ever reads half a claim. */
function writeClaim(claim: string, holder: Holder): void {
  const temporary = join(dirname(claim), `.${basename(claim)}`);
  writeFileSync(temporary, `${JSON.stringify(holder)}\n`);
  renameSync(temporary, claim);
}

/** The claims of others that live; those of the dead are removed. */
function claimsBeside(path: string, own: string): { holder: Holder; claim: string }[] {
  const folder = dirname(path);
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(path)}.lock-`) && name !== basename(own))
    .flatMap((name) => {
      const claim = join(folder, name);
      const holder = readClaim(claim);
      if (holder !== undefined && lives(holder)) return [{ holder, claim }];
      rmSync(claim, { force: true });
      return [];
    });
}

function readClaim(claim: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(claim, 'utf8')) as Holder;
  } catch (error) {
    // Its owner has just removed it, or it is no claim: claims are never written in part.
    const isGone = error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (isGone) return undefined;
    throw error;
  }
}

/** Of another machine nobody can tell from here, so its processes count as living. */
function lives({ pid, host }: Holder): boolean {
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
