import type { ChildProcess } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { folder, golden, type Run } from './golden-command.ts';

export interface GoldenServe {
  readonly url: string;
  /** Interrupts it as Ctrl-C does, and tells how it ended. */
  stop(signal?: NodeJS.Signals): Promise<Run>;
}

/** Runs `golden serve` on a port of its own until the test ends. */
export async function goldenServe(args: readonly string[] = [], cwd = folder()): Promise<GoldenServe> {
  let child: ChildProcess | undefined;
  let heard: (url: string) => void = () => {};
  const listening = new Promise<string>((resolve) => {
    heard = resolve;
  });
  const ended = golden(
    ['serve', '--port', '0', ...(args.includes('--speed') ? [] : ['--speed', '1000']), ...args],
    {
      cwd,
      onOutput: (printed, process) => {
        child = process;
        const [, url] = /Embedded AWS at (\S+),/.exec(printed) ?? [];
        if (url !== undefined && printed.includes('start-execution')) heard(url);
      },
    },
  );
  const stop = (signal: NodeJS.Signals = 'SIGINT') => {
    child?.kill(signal);
    return ended;
  };
  onTestFinished(async () => {
    await stop('SIGKILL');
  });
  const early = ended.then(({ err }) => {
    throw new Error(`it ended before it listened: ${err}`);
  });
  return { url: await Promise.race([listening, early]), stop };
}
