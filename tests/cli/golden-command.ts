import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { copyProject, type ExampleProject } from '../example-project.ts';

export const ROOT = join(import.meta.dirname, '../..');

let project: ExampleProject | undefined;

/** A copy of the project with the example recipes, for all tests of this process. */
function projectFolder(): string {
  if (project === undefined) {
    project = copyProject();
    process.once('exit', project.remove);
  }
  return project.folder;
}

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  /** The folder of the command. Default: a new folder. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Receives the output so far and the process, each time the process prints. Such a run always has its own process. */
  readonly onOutput?: (out: string, child: ChildProcess) => void;
  /** Whether the run has its own process. Default: the run shares a process with other runs, one after the other. */
  readonly ownProcess?: boolean;
}

/** What a process for many runs needs to know about one run. */
export interface HostedRun {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Creates a folder that is removed after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'golden-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/**
 * Runs the command as a user's shell does, in a copy of the project with the example recipes. The command keeps its world in `world.json`
 * of its folder, unless the arguments name another file.
 */
export function golden(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { cwd = folder(), onOutput, ownProcess = onOutput !== undefined } = options;
  const namesState = args.some((arg) => arg.startsWith('--state'));
  const isEmbedded =
    args.includes('--local') || (['bake', 'serve', 'aws'].includes(args[0] ?? '') && !args.includes('--aws'));
  const all = isEmbedded && !namesState ? [...args, '--state', 'world.json'] : args;
  // The tests run in an npm script, which sets variables, and the user who runs the tests may have AWS settings.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|AWS_)/.test(name));
  const run = { args: all, cwd, env: { ...Object.fromEntries(inherited), ...options.env } };
  return ownProcess ? inOwnProcess(run, onOutput) : inHost(run);
}

function inOwnProcess({ args, cwd, env }: HostedRun, onOutput: RunOptions['onOutput']): Promise<Run> {
  const child = spawn(process.execPath, [join(projectFolder(), 'cli/golden.js'), ...args], { cwd, env });
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

/** Processes for many runs that have no run now. They end with the process of the tests. */
const idle: ChildProcess[] = [];

async function inHost(run: HostedRun): Promise<Run> {
  const host =
    idle.pop() ??
    fork(join(import.meta.dirname, 'command-host.ts'), [join(projectFolder(), 'cli/main.ts')], {
      execArgv: [],
    });
  const ended = new AbortController();
  host.ref();
  host.send(run);
  try {
    const [answer] = await Promise.race([
      once(host, 'message', ended),
      once(host, 'exit', ended).then(([code]) => {
        throw new Error(`the process of golden ${run.args.join(' ')} ended with ${code}`);
      }),
    ]);
    idle.push(host);
    return answer as Run;
  } finally {
    ended.abort();
    host.unref();
  }
}
