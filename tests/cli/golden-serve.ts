import type { ChildProcess } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { folder, golden, type Run } from './golden-command.ts';

export interface GoldenServe {
  readonly url: string;
  /** Stops the command as Ctrl-C does. Returns how the command ended. */
  stop(signal?: NodeJS.Signals): Promise<Run>;
}

/** The environment of a user whose account has the pipeline at the endpoint, without the AWS configuration of the user who runs the tests. */
export const environmentOf = (url: string) => ({
  AWS_REGION: 'us-east-1',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_ACCESS_KEY_ID: '999988887777',
  AWS_SECRET_ACCESS_KEY: 'any',
  AWS_ENDPOINT_URL: url,
});

/** Runs `golden serve` on a free port until the test ends. */
export async function goldenServe(args: readonly string[] = [], cwd = folder()): Promise<GoldenServe> {
  const served = await startServe(args, cwd);
  onTestFinished(async () => {
    await served.stop('SIGKILL');
  });
  return served;
}

/** Runs `golden serve` on a free port until the caller stops it. */
export async function startServe(args: readonly string[], cwd: string): Promise<GoldenServe> {
  let child: ChildProcess | undefined;
  let onUrl: (url: string) => void = () => {};
  const listening = new Promise<string>((resolve) => {
    onUrl = resolve;
  });
  const ended = golden(
    ['serve', '--port', '0', ...(args.includes('--speed') ? [] : ['--speed', '1000']), ...args],
    {
      cwd,
      onOutput: (printed, process) => {
        child = process;
        const [, url] = /Embedded AWS at (\S+),/.exec(printed) ?? [];
        if (url !== undefined && printed.includes('start-execution')) onUrl(url);
      },
    },
  );
  const stop = (signal: NodeJS.Signals = 'SIGINT') => {
    child?.kill(signal);
    return ended;
  };
  const early = ended.then(({ err }) => {
    throw new Error(`golden serve ended before it listened: ${err}`);
  });
  return { url: await Promise.race([listening, early]), stop };
}
