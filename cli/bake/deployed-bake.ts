import { randomUUID } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { openRecipe } from '../../shared/recipe/open-recipe.ts';
import type { Problem } from '../../shared/recipe/problem.ts';
import { fileProblem } from '../../shared/recipe/source-file.ts';
import { type CallFailure, callAws, describeCallFailure } from '../deployed/aws-call.ts';
import { deployedView } from '../deployed/deployed-view.ts';
import { type Deployment, findDeployment, MACHINE, placeOf } from '../deployed/deployment.ts';
import { reportCallFailure } from '../deployed/report-call-failure.ts';
import { type ServerClock, serverClock } from '../deployed/server-clock.ts';
import { watchBuild } from '../deployed/watch-build.ts';
import { onInterrupt } from '../screen/interrupts.ts';
import { type BuildPlace, buildReport, exitCodeOf } from '../screen/report.ts';
import { createScreen, type ShownExecution, silentScreen } from '../screen/screen.ts';
import { emptyTimeline } from '../screen/timeline.ts';
import { readExecutionInput } from './execution-input.ts';
import type { DeployedBakeOptions } from './options.ts';

const ROOT = join(import.meta.dirname, '../..');

/** The limit for the input of an execution (Step Functions developer guide, "Service quotas"). */
const INPUT_BYTES_MAX = 262_144;

/**
 * Starts a build of the deployed pipeline and watches the build. Returns the exit code, or the problems of the options and files. If
 * there are problems, no AWS call was made.
 */
export async function bakeDeployed(options: DeployedBakeOptions): Promise<number | { problems: Problem[] }> {
  const build = openBuildToStart(options);
  if ('problems' in build) return build;
  const { json, region } = options;
  const refuse = (failure: CallFailure, place: BuildPlace) =>
    reportCallFailure(failure, { json, place, recipe: build.recipe, effect: 'nothing was started' });
  const deployment = await findDeployment(region);
  if ('failure' in deployment) {
    return refuse(deployment.failure, { world: 'aws', ...(region !== undefined && { region }) });
  }

  const clock = serverClock();
  const screen = json
    ? silentScreen
    : createScreen(process.stdout, deployedView(deployment, { verb: 'Baking', ...build }, clock.now));
  screen.open();
  const interrupt = new AbortController();
  const uninterrupt = onInterrupt(() => interrupt.abort());
  const execution = await start(deployment, build.input, clock);
  if ('failure' in execution) {
    const { failure } = execution;
    return failure.kind === 'passing'
      ? reportUnknownStart(execution, { deployment, recipe: build.recipe, json })
      : refuse(failure, placeOf(deployment));
  }
  screen.begin(execution);
  const watched = { deployment, recipe: build.recipe, execution, isNew: true };
  const report = await watchBuild(watched, { screen, clock, signal: interrupt.signal });
  uninterrupt();
  if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  return exitCodeOf(report);
}

interface BuildToStart {
  readonly recipe: string;
  readonly description?: string;
  /** The input of the execution. */
  readonly input: string;
}

/**
 * A name selects a deployed recipe. Only the deployment knows which recipes it has, so a name is not checked here. A file is sent in the
 * input. The file is checked first, so that a typing error does not count as a failed build.
 */
function openBuildToStart(options: DeployedBakeOptions): BuildToStart | { problems: Problem[] } {
  const { recipe: argument } = options;
  const now = new Date();
  const opened = openRecipe(argument, ROOT, now);
  const isPath = /[\\/]/.test(argument);
  const isPackaged = !isPath && 'path' in opened && dirname(resolve(opened.path)) === join(ROOT, 'recipes');
  if (isPackaged || !(isPath || /\.ya?ml$/.test(argument))) {
    const recipe = argument.replace(/\.ya?ml$/, '');
    const description = 'recipe' in opened ? { description: opened.recipe.description } : {};
    return inputOf({ recipe, ...description }, options, readExecutionInput(recipe, options));
  }
  if ('problems' in opened) return opened;
  const { name, description } = opened.recipe;
  const read = readExecutionInput({ ...opened.recipe }, options, { ...opened, now });
  return inputOf({ recipe: name, description }, options, read);
}

function inputOf(
  shown: Omit<BuildToStart, 'input'>,
  options: DeployedBakeOptions,
  read: ReturnType<typeof readExecutionInput>,
): BuildToStart | { problems: Problem[] } {
  if ('problems' in read) return read;
  const input = JSON.stringify(read.request);
  const bytes = Buffer.byteLength(input);
  if (bytes <= INPUT_BYTES_MAX) return { ...shown, input };
  const found = `an execution input of ${bytes} bytes`;
  const allowed = `at most ${INPUT_BYTES_MAX} bytes, the limit of Step Functions`;
  const fix = 'move long scripts out of the recipe';
  return { problems: [fileProblem(options.recipe, { found, allowed, fix })] };
}

/**
 * Starts the execution with a name that is chosen here. If the answer to the call is lost, the SDK repeats the call with the same name,
 * and AWS does not start a second build.
 */
async function start(
  deployment: Deployment,
  input: string,
  clock: ServerClock,
): Promise<ShownExecution | { name: string; failure: CallFailure }> {
  const { sfn, machineArn, account, region, endpoint } = deployment;
  const name = randomUUID();
  const started = await callAws(
    sfn.send(new StartExecutionCommand({ stateMachineArn: machineArn, name, input })),
    {
      action: 'states:StartExecution',
      on: machineArn,
      endpoint,
      missing: {
        found: `found no state machine ${MACHINE} in ${account}/${region}`,
        fix: 'deploy the pipeline there, or set --region',
      },
    },
  );
  if (!('failure' in started)) {
    const startTime = started.startDate?.getTime() ?? clock.now();
    clock.set(startTime);
    return { name, startTime };
  }
  // The name is unique: the execution began, the answer was lost, and the execution has already ended.
  if (started.failure.name === 'ExecutionAlreadyExists') return { name, startTime: clock.now() };
  return { name, failure: started.failure };
}

/** AWS may have started the build before the answer was lost. The message tells the user to check before starting another build. */
function reportUnknownStart(
  { name, failure }: { name: string; failure: CallFailure },
  { deployment, recipe, json }: { deployment: Deployment; recipe: string; json: boolean },
): number {
  const executionArn = deployment.executionArn(name);
  const message = `${describeCallFailure(failure)}; the build may have started, check with golden watch ${executionArn}`;
  const now = Date.now();
  const report = buildReport({
    place: placeOf(deployment),
    recipe,
    execution: { name, startTime: now },
    origin: { executionArn },
    timeline: emptyTimeline,
    result: undefined,
    now,
    lost: { name: failure.name, message },
  });
  if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else process.stderr.write(`${message}\n`);
  return exitCodeOf(report);
}
