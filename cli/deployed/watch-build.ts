import { buildReport, type Report } from '../screen/report.ts';
import type { Screen, ShownExecution } from '../screen/screen.ts';
import { advance, emptyTimeline } from '../screen/timeline.ts';
import { describeCallFailure } from './aws-call.ts';
import { type Deployment, placeOf } from './deployment.ts';
import { followExecution, type Wait, WatchLost } from './follow-execution.ts';
import type { ServerClock } from './server-clock.ts';

export interface BuildToWatch {
  readonly deployment: Deployment;
  readonly recipe: string;
  readonly execution: ShownExecution;
  /** Whether the execution was started just now. */
  readonly isNew: boolean;
}

/** The number of failed calls in a row before the user is told. */
const FAILURES_BEFORE_NOTE = 3;

/** Shows a build until the build ends or the signal comes. */
export async function watchBuild(
  { deployment, recipe, execution, isNew }: BuildToWatch,
  { screen, clock, signal, wait }: { screen: Screen; clock: ServerClock; signal: AbortSignal; wait?: Wait },
): Promise<Report> {
  const executionArn = deployment.executionArn(execution.name);
  let timeline = emptyTimeline;
  let lastSeen = execution.startTime;
  let lost: { name: string; message: string } | undefined;
  const watching = followExecution(deployment.sfn, executionArn, {
    signal,
    isNew,
    endpoint: deployment.endpoint,
    ...(wait && { wait }),
    onEvent: (event) => {
      lastSeen = event.timestamp;
      // An event cannot be in the future, so AWS's clock shows at least the time of the event.
      if (lastSeen > clock.now()) clock.set(lastSeen);
      timeline = advance(timeline, event);
      screen.update(timeline);
    },
    onCallFailure: (failure, times) => {
      if (failure !== undefined && times === FAILURES_BEFORE_NOTE) {
        screen.note(
          `${describeCallFailure(failure)}. Retrying. The build continues. Press Ctrl-C to stop watching.`,
        );
      }
    },
  });
  const result = await watching.catch((error: unknown) => {
    if (!(error instanceof WatchLost)) throw error;
    lost = { name: error.failure.name, message: describeCallFailure(error.failure) };
    return undefined;
  });
  const report = buildReport({
    place: placeOf(deployment),
    recipe,
    execution,
    origin: { executionArn },
    timeline,
    result,
    now: result === undefined ? clock.now() : lastSeen,
    lost,
  });
  screen.end(report);
  return report;
}
