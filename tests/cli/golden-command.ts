import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const ROOT = join(import.meta.dirname, '../..');

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  /** Where it is run; a new folder of its own, if left out. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** May act on the process as it prints. */
  readonly onOutput?: (out: string, child: ChildProcess) => void;
}

/** A folder that is gone after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'golden-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/**
 * Runs the command as a user's shell would. A command keeps its world in `world.json` of the folder where it is run, unless the
 * arguments say otherwise.
 */
export function golden(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { cwd = folder(), env = {}, onOutput } = options;
  const namesState = args.some((arg) => arg.startsWith('--state'));
  const isEmbedded = ['bake', 'serve', 'aws'].includes(args[0] ?? '') && !args.includes('--aws');
  const all = isEmbedded && !namesState ? [...args, '--state', 'world.json'] : args;
  // The tests themselves run in a script of npm, which leaves its mark in the environment; and whoever runs them may have an account.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|AWS_)/.test(name));
  const child = spawn(process.execPath, [join(ROOT, 'cli/golden.js'), ...all], {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (data) => {
    out += data;
    onOutput?.(out, child);
  });
  child.stderr.on('data', (data) => {
    err += data;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}
