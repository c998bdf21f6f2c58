import { buildReport, type Report } from '../screen/report.ts';
import type { Screen, Shown } from '../screen/screen.ts';
import { advance, emptyTimeline } from '../screen/timeline.ts';
import { describeTrouble } from './aws-trouble.ts';
import { type Deployment, placeOf } from './deployment.ts';
import { follow, type Wait, WatchLost } from './follow.ts';

export interface Watched {
  readonly deployment: Deployment;
  readonly recipe: string;
  readonly execution: Shown;
  /** Whether it was started just now. */
  readonly isNew: boolean;
}

/** Time as AWS has it: this machine's clock may be wrong, and that of an embedded AWS is another altogether. */
export interface ServerClock {
  now(): number;
  /** It is this time now. */
  set(time: number): void;
}

export function serverClock(): ServerClock {
  let aheadMs = 0;
  return {
    now: () => Date.now() + aheadMs,
    set: (time) => {
      aheadMs = time - Date.now();
    },
  };
}

/** So many calls in a row come to nothing before it is worth a word. */
const TROUBLE_TIMES = 3;

/** Shows a build until it has ended or the signal comes. */
export async function watchBuild(
  { deployment, recipe, execution, isNew }: Watched,
  { screen, clock, signal, wait }: { screen: Screen; clock: ServerClock; signal: AbortSignal; wait?: Wait },
): Promise<Report> {
  const executionArn = deployment.executionArn(execution.name);
  let timeline = emptyTimeline;
  let lastSeen = execution.startTime;
  let lost: { name: string; message: string } | undefined;
  const watching = follow(deployment.sfn, executionArn, {
    signal,
    isNew,
    ...(wait && { wait }),
    onEvent: (event) => {
      lastSeen = event.timestamp;
      // What has happened lies in the past.
      if (lastSeen > clock.now()) clock.set(lastSeen);
      timeline = advance(timeline, event);
      screen.update(timeline);
    },
    onTrouble: (trouble, times) => {
      if (trouble !== undefined && times === TROUBLE_TIMES) {
        screen.note(`${describeTrouble(trouble)}. The build goes on, and so does the watch; Ctrl-C ends it.`);
      }
    },
  });
  const result = await watching.catch((error: unknown) => {
    if (!(error instanceof WatchLost)) throw error;
    lost = { name: error.trouble.name, message: describeTrouble(error.trouble) };
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
