import { randomUUID } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { BuildRequest } from '../../shared/build/execution-document.ts';
import { InvalidInput } from '../../shared/errors.ts';
import { openRecipe } from '../../shared/recipe/open-recipe.ts';
import { type Problem, quote } from '../../shared/recipe/problem.ts';
import { requestedRecipe } from '../../shared/recipe/requested-recipe.ts';
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

/** What Step Functions takes as the input of an execution (Step Functions developer guide, "Service quotas"). */
const INPUT_BYTES_MAX = 262_144;

/**
 * Starts a build of the deployed pipeline and watches it. Returns the exit code, or what is wrong with what was given; then AWS was
 * asked for nothing.
 */
export async function bakeDeployed(options: DeployedBakeOptions): Promise<number | { problems: Problem[] }> {
  const asked = openBuildToStart(options);
  if ('problems' in asked) return asked;
  const { json, region } = options;
  const refuse = (failure: CallFailure, place: BuildPlace) =>
    reportCallFailure(failure, { json, place, recipe: asked.recipe, instead: 'nothing was started' });
  const deployment = await findDeployment(region);
  if ('failure' in deployment) {
    return refuse(deployment.failure, { world: 'aws', ...(region !== undefined && { region }) });
  }

  const clock = serverClock();
  const screen = json
    ? silentScreen
    : createScreen(process.stdout, deployedView(deployment, { verb: 'Baking', ...asked }, clock.now));
  screen.open();
  const interrupt = new AbortController();
  const uninterrupt = onInterrupt(() => interrupt.abort());
  const execution = await start(deployment, asked.input, clock);
  if ('failure' in execution) {
    const { failure } = execution;
    return failure.kind === 'passing'
      ? reportUnknownStart(execution, { deployment, recipe: asked.recipe, json })
      : refuse(failure, placeOf(deployment));
  }
  screen.begin(execution);
  const watched = { deployment, recipe: asked.recipe, execution, isNew: true };
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
 * A name means a recipe of the deployment, which alone knows what it has. A file goes along in the input; it is checked here first, so
 * that a slip of the pen does not count as a build that failed.
 */
function openBuildToStart(options: DeployedBakeOptions): BuildToStart | { problems: Problem[] } {
  const { recipe: argument } = options;
  const opened = openRecipe(argument, ROOT, new Date());
  const isPath = /[\\/]/.test(argument);
  const isPackaged = !isPath && 'path' in opened && dirname(resolve(opened.path)) === join(ROOT, 'recipes');
  if (isPackaged || !(isPath || /\.ya?ml$/.test(argument))) {
    const recipe = argument.replace(/\.ya?ml$/, '');
    const description = 'recipe' in opened ? { description: opened.recipe.description } : {};
    return inputOf(recipe, { recipe, ...description }, options);
  }
  if ('problems' in opened) return opened;
  const { name, description } = opened.recipe;
  return inputOf({ ...opened.recipe }, { recipe: name, description }, options);
}

function inputOf(
  recipe: BuildRequest['recipe'],
  shown: Omit<BuildToStart, 'input'>,
  options: DeployedBakeOptions,
): BuildToStart | { problems: Problem[] } {
  const asked = readExecutionInput(recipe, options);
  if ('problems' in asked) return asked;
  const { request } = asked;
  if (typeof recipe !== 'string' && request.overrides !== undefined) {
    const wrong = overridesProblem(request, options);
    if (wrong !== undefined) return { problems: [wrong] };
  }
  const input = JSON.stringify(request);
  const bytes = Buffer.byteLength(input);
  if (bytes <= INPUT_BYTES_MAX) return { ...shown, input };
  const found = `a build that takes ${bytes} bytes to ask for`;
  const allowed = `${INPUT_BYTES_MAX} bytes: what Step Functions takes`;
  return { problems: [fileProblem(options.recipe, { found, allowed, fix: 'move long scripts elsewhere' })] };
}

/** What the overrides make wrong of a recipe that was right. */
function overridesProblem(
  request: BuildRequest,
  { recipe, overrides }: DeployedBakeOptions,
): Problem | undefined {
  try {
    requestedRecipe(request, {}, new Date());
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const allowed = `overrides that leave ${quote(recipe)} a recipe`;
    return fileProblem(overrides ?? '', { found: error.message, allowed, fix: 'mend the overrides' });
  }
}

/**
 * Starts the execution under a name of ours: so a call whose answer was lost on the way is the same call when the SDK makes it again,
 * and no second build.
 */
async function start(
  deployment: Deployment,
  input: string,
  clock: ServerClock,
): Promise<ShownExecution | { name: string; failure: CallFailure }> {
  const { sfn, machineArn, account, region } = deployment;
  const name = randomUUID();
  const started = await callAws(
    sfn.send(new StartExecutionCommand({ stateMachineArn: machineArn, name, input })),
    {
      action: 'states:StartExecution',
      on: machineArn,
      missing: {
        found: `there is no ${MACHINE} in ${account}/${region}`,
        fix: 'deploy it there, or give --region',
      },
    },
  );
  if (!('failure' in started)) {
    const startTime = started.startDate?.getTime() ?? clock.now();
    clock.set(startTime);
    return { name, startTime };
  }
  // Nobody else has this name: it began, its answer was lost, and it is over already.
  if (started.failure.name === 'ExecutionAlreadyExists') return { name, startTime: clock.now() };
  return { name, failure: started.failure };
}

/** AWS may have started the build before the answer was lost: who asked is not to ask again without a look. */
function reportUnknownStart(
  { name, failure }: { name: string; failure: CallFailure },
  { deployment, recipe, json }: { deployment: Deployment; recipe: string; json: boolean },
): number {
  const executionArn = deployment.executionArn(name);
  const message = `${describeCallFailure(failure)}; whether the build was started is shown by golden watch ${executionArn}`;
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
