import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';
import { copyProject, type ExampleProject } from '../example-project.ts';

export const ROOT = join(import.meta.dirname, '../..');

let project: ExampleProject | undefined;
afterAll(() => project?.remove());

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  /** The folder of the command. Default: a new folder. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Receives the output so far and the process, each time the process prints. */
  readonly onOutput?: (out: string, child: ChildProcess) => void;
}

/** Creates a folder that is removed after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'golden-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/**
 * Runs the command as a user's shell does, in a copy of the project with the example recipes. The command keeps its world in `world.json` of its folder, unless the arguments name another
 * file.
 */
export function golden(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { cwd = folder(), env = {}, onOutput } = options;
  const namesState = args.some((arg) => arg.startsWith('--state'));
  const isEmbedded = ['bake', 'serve', 'aws'].includes(args[0] ?? '') && !args.includes('--aws');
  const all = isEmbedded && !namesState ? [...args, '--state', 'world.json'] : args;
  // The tests run in an npm script, which sets variables, and the user who runs the tests may have AWS settings.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|AWS_)/.test(name));
  project ??= copyProject();
  const child = spawn(process.execPath, [join(project.folder, 'cli/golden.js'), ...all], {
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
