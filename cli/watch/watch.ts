import { describeProblem } from '../../shared/recipe/problem.ts';
import { deployedView } from '../deployed/deployed-view.ts';
import { placeOf } from '../deployed/deployment.ts';
import { locateExecution } from '../deployed/locate-execution.ts';
import { reportCallFailure } from '../deployed/report-call-failure.ts';
import { serverClock } from '../deployed/server-clock.ts';
import { watchBuild } from '../deployed/watch-build.ts';
import { onInterrupt } from '../screen/interrupts.ts';
import { type BuildPlace, exitCodeOf, invalidReport } from '../screen/report.ts';
import { createScreen, silentScreen } from '../screen/screen.ts';
import { readWatchOptions, WATCH_HELP } from './options.ts';

/** Runs `golden watch`; returns the exit code. */
export async function watchCommand(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(WATCH_HELP);
    return 0;
  }
  const { options, problems } = readWatchOptions(args);
  const { json, region } = options;
  const place: BuildPlace = { world: 'aws', ...(region !== undefined && { region }) };
  if (problems.length > 0) {
    const report = invalidReport({ ...place, recipe: '' }, problems);
    if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    else process.stderr.write(`${problems.map(describeProblem).join('\n\n')}\n`);
    return exitCodeOf(report);
  }
  const found = await locateExecution(options);
  if ('failure' in found) {
    const { failure, deployment } = found;
    return reportCallFailure(failure, { json, place: deployment ? placeOf(deployment) : place, recipe: '' });
  }
  const { deployment, recipe, description } = found;
  const clock = serverClock();
  const view = deployedView(deployment, { verb: 'Watching', recipe }, clock.now);
  const screen = json ? silentScreen : createScreen(process.stdout, view);
  const execution = { name: options.execution, startTime: description.startDate?.getTime() ?? clock.now() };
  const interrupt = new AbortController();
  const uninterrupt = onInterrupt(() => interrupt.abort());
  screen.open();
  screen.begin(execution);
  const watched = { deployment, recipe, execution, isNew: false };
  const report = await watchBuild(watched, { screen, clock, signal: interrupt.signal });
  uninterrupt();
  if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  return exitCodeOf(report);
}
