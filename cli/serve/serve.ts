import { devNull } from 'node:os';
import { join } from 'node:path';
import { styleText } from 'node:util';
import {
  type Answer,
  AwsError,
  accountOfAccessKey,
  services as all,
  answerTo,
  holdDuringCalls,
  keepAwake,
  type RunningServer,
  requestId,
  serve,
  typed,
  type WireCall,
} from 'embedded-aws';
import { deploy, HOME } from '../../local/pipeline.ts';
import { openRecipes } from '../../shared/recipe/open-recipe.ts';
import { describeProblem, type Problem } from '../../shared/recipe/problem.ts';
import { openFaults } from '../world/faults-file.ts';
import { describeOrigin, describeSaveFailure, type OpenedWorld, openWorld } from '../world/open-world.ts';
import { readServeOptions, SERVE_HELP, SERVE_SCRIPTS, type ServeOptions } from './options.ts';

const ROOT = join(import.meta.dirname, '../..');

// These are read before the clock is replaced, because the world is saved in real time.
const realSetInterval = setInterval;
const realClearInterval = clearInterval;
const KEEP_EVERY_MS = 1000;

/** Runs `golden serve` until the user interrupts it. Returns the exit code. */
export async function serveCommand(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(SERVE_HELP);
    return 0;
  }
  const { options, problems } = readServeOptions(args);
  if (problems.length > 0) return refuse(problems);
  const faults = options.faults === undefined ? { faults: [] } : openFaults(options.faults);
  if ('problems' in faults) return refuse(faults.problems);
  const opened = openWorld({ ...options, command: 'golden serve', faults: faults.faults });
  if ('problems' in opened) return refuse(opened.problems);
  const recipes = openRecipes(ROOT, new Date(opened.origin.at));
  if ('problems' in recipes) {
    opened.release();
    return refuse(recipes.problems);
  }
  return serveUntilStopped(opened, recipes, options);
}

async function serveUntilStopped(
  opened: OpenedWorld,
  recipes: Parameters<typeof deploy>[1],
  { port, speed, faults }: ServeOptions,
): Promise<number> {
  const { world, clock, origin } = opened;
  const time = clock.flow(speed);
  const services = typed(all);
  let changed = true;
  const answer = (call: WireCall): Answer => {
    time.catchUp();
    changed = true;
    const account = accountOfAccessKey(world, call, HOME.account, world.now());
    return answerTo(services, world, { ...call, account });
  };
  const onSurprise = (error: unknown) =>
    process.stderr.write(`${(error as Error)?.stack ?? String(error)}\n`);
  let server: RunningServer;
  try {
    server = await serve(port, {
      perform: (call) => logged(call, clock.now, () => answer(call)),
      requestId: () => requestId(world),
      onSurprise,
    });
  } catch (error) {
    await time.stop();
    opened.release();
    return refuse([portProblem(port, error)]);
  }
  world.origin = server.url;
  opened.announce(server.url);
  callOverTheWire(server.url);
  // The pipeline's functions call this endpoint over HTTP, like every client. Deploying into a kept world applies the transitions that
  // are due, and may invoke a function immediately. Therefore the endpoint starts first.
  const pipeline = deploy(world, recipes, {
    prepare: (client) => holdDuringCalls(client, time),
    triggers: true,
  });
  pipeline.resume();
  const onCaughtUp = () => {
    changed = true;
  };
  const stopWaking = keepAwake(world, services, { onCaughtUp, onSurprise });
  process.stdout.write(greeting(server.url, origin, speed, faults));
  const keeping = realSetInterval(() => {
    if (changed && opened.keepInPassing()) changed = false;
  }, KEEP_EVERY_MS);

  await interrupted();
  realClearInterval(keeping);
  stopWaking();
  await server.close();
  await time.stop();
  const isKept = keep(opened);
  opened.release();
  if (isKept) process.stdout.write(`Saved the world in ${origin.file}.\n`);
  // Running executions continue with the next command. In this process they wait for a clock that has stopped.
  process.exit(isKept ? 0 : 1);
}

/** Makes this process a client of the endpoint, and removes the user's own AWS settings. */
function callOverTheWire(url: string): void {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('AWS_')) delete process.env[name];
  }
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: OWN_KEY,
    AWS_SECRET_ACCESS_KEY: 'embedded',
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  });
}

/** Writes the world, or prints why that failed. Returns whether the world was written. */
function keep({ keep: write, origin }: OpenedWorld): boolean {
  try {
    write();
    return true;
  } catch (error) {
    process.stderr.write(`${describeSaveFailure(origin.file, error)}\n`);
    return false;
  }
}

/**
 * Resolves at the first Ctrl-C or SIGTERM. The second one ends the process immediately. npm does not forward signals to the process that
 * it runs, so the end of npm counts as a signal.
 */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    const parent = process.ppid;
    if (SERVE_SCRIPTS.includes(process.env.npm_lifecycle_event ?? '')) {
      realSetInterval(() => process.ppid !== parent && resolve(), KEEP_EVERY_MS).unref();
    }
    let first = true;
    const listener = () => {
      if (!first) process.exit(130);
      first = false;
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, listener);
  });
}

const paint = (colour: Parameters<typeof styleText>[0], text: string) =>
  styleText(colour, text, { stream: process.stdout });

/** The access key of the pipeline's own functions. No account owns this key, so it selects the default account. */
const OWN_KEY = 'GOLDENIMAGEPIPELINE0';

/** The names of services in the aws CLI, where they differ from the names in the SDK. */
const CLI_NAMES: Readonly<Record<string, string>> = { sfn: 'stepfunctions', eventbridge: 'events' };

/**
 * Prints one line for each call: simulated time, access key, region, operation and result. The pipeline makes many calls, so its own calls
 * are printed only if they were refused.
 */
function logged<T>({ service, operation, region, accessKey }: WireCall, now: () => number, act: () => T): T {
  const line = (outcome: string) => {
    const time = new Date(now()).toISOString().slice(0, 19).replace('T', ' ');
    process.stdout.write(
      `${paint('dim', `${time}  ${accessKey.padEnd(20)}  ${region.padEnd(14)}`)}  ${CLI_NAMES[service] ?? service}:${operation}  ${outcome}\n`,
    );
  };
  try {
    const result = act();
    if (accessKey !== OWN_KEY) line(paint('green', 'ok'));
    return result;
  } catch (error) {
    line(
      error instanceof AwsError
        ? `${paint('red', error.code)}  ${error.message}`
        : paint('red', 'InternalFailure'),
    );
    throw error;
  }
}

function greeting(
  url: string,
  origin: OpenedWorld['origin'],
  speed: number,
  faults: string | undefined,
): string {
  const injected = faults === undefined ? '' : `Injected faults: ${faults}\n`;
  return `${paint('bold', `Embedded AWS at ${url}`)}, ${describeOrigin(origin)}
Time runs ${speed} times as fast as real time. Signatures are not checked.
${injected}
  export AWS_ENDPOINT_URL=${url} AWS_ACCESS_KEY_ID=${HOME.account} AWS_SECRET_ACCESS_KEY=any AWS_REGION=${HOME.region} AWS_DEFAULT_REGION=${HOME.region}
  aws ec2 describe-images --owners self    # aws CLI before 2.13: add --endpoint-url $AWS_ENDPOINT_URL
  aws sqs list-queues --endpoint-url $AWS_ENDPOINT_URL    # aws CLI 1 ignores AWS_ENDPOINT_URL for sqs and calls the real AWS
  aws stepfunctions start-execution --input '{"recipe": "al2023"}' \\
    --state-machine-arn arn:aws:states:${HOME.region}:${HOME.account}:stateMachine:golden-image-bake

`;
}

function portProblem(port: number, error: unknown): Problem {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
  return {
    file: 'the command line',
    line: 0,
    column: 0,
    field: '--port',
    found:
      code === 'EADDRINUSE' ? `${port}, which another process uses` : `${port}, which this user may not use`,
    allowed: 'a free port on 127.0.0.1',
    fix: 'try --port 0, which selects a free port',
  };
}

function refuse(problems: readonly Problem[]): number {
  const count = problems.length === 1 ? 'One problem' : `${problems.length} problems`;
  process.stderr.write(`${problems.map(describeProblem).join('\n\n')}\n\n${count}; nothing was started.\n`);
  return 2;
}
