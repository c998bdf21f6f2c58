/**
 * Runs the command many times in one process, one run after the other. Each run evaluates cli/main.ts anew, with the arguments, folder and
 * environment of the run, as a new process does. The modules that cli/main.ts imports are loaded only once, which takes most of the time of
 * a short command. Node.js runs this file directly, without the test runner.
 */
import { pathToFileURL } from 'node:url';
import type { HostedRun, Run } from './golden-command.ts';

const [, , main = ''] = process.argv;
const URL_OF_COMMAND = pathToFileURL(main).href;
const ENDINGS = ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
let runs = 0;

/** Collects what is written to a stream. Returns a function that ends this and returns the text. */
function capture(stream: NodeJS.WriteStream): () => string {
  const { write } = stream;
  const listeners = stream.listeners('error');
  const pieces: string[] = [];
  stream.write = (piece: string | Uint8Array, ...rest: unknown[]) => {
    pieces.push(typeof piece === 'string' ? piece : Buffer.from(piece).toString());
    const done = rest.at(-1);
    if (typeof done === 'function') process.nextTick(done);
    return true;
  };
  return () => {
    stream.write = write;
    for (const listener of stream.listeners('error')) {
      if (!listeners.includes(listener)) stream.off('error', listener as () => void);
    }
    return pieces.join('');
  };
}

async function run({ args, cwd, env }: HostedRun): Promise<Run> {
  process.argv = [process.execPath, main, ...args];
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  process.exitCode = undefined;
  const [out, err] = [capture(process.stdout), capture(process.stderr)];
  runs += 1;
  try {
    await import(`${URL_OF_COMMAND}?run=${runs}`);
  } catch (error) {
    // What Node.js does with an error that nothing catches.
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exitCode = 1;
  }
  const code = Number(process.exitCode ?? 0);
  // The end of a process: its last listeners run, and nothing of them remains.
  for (const listener of process.listeners('exit')) listener.call(process, code);
  for (const event of ENDINGS) process.removeAllListeners(event);
  return { code, out: out(), err: err() };
}

process.on('message', async (message: HostedRun) => {
  process.send?.(await run(message));
});
