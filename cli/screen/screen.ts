import { styleText } from 'node:util';
import { warningsAfterRelease } from './after-release.ts';
import { followerLines } from './followers.ts';
import { copyLine, hasLine, liveLine, type Pen, stageLine, summary, warningLines } from './lines.ts';
import { type Report, unannounced } from './report.ts';
import type { BuildDocument, Stage, Timeline } from './timeline.ts';

/** Shows a build to the user. It is updated with every event; on a terminal, it is also redrawn between events. */
export interface Screen {
  /** Prints the heading, before anything runs. */
  open(): void;
  begin(execution: ShownExecution): void;
  update(timeline: Timeline): void;
  /** Prints a message between the stages. */
  note(text: string): void;
  end(report: Report): void;
}

export interface ShownExecution {
  readonly name: string;
  /** Milliseconds since the epoch (embedded: simulated). */
  readonly startTime: number;
}

/** What a screen shows in addition to the stages. It depends on where the build runs. */
export interface View {
  /** The recipe, and where the build runs. */
  heading(pen: Pen): string[];
  /** The current time where the build runs, also between events. */
  now(): number;
  /** Details of a stage that has just ended. */
  details?(stage: Stage, document: BuildDocument, pen: Pen): string[];
  /** The last lines after the build. */
  closing?(pen: Pen): string[];
}

export const silentScreen: Screen = { open() {}, begin() {}, update() {}, note() {}, end() {} };

// These are read before the simulation replaces the timers, because a screen runs in real time.
const realSetInterval = setInterval;
const realClearInterval = clearInterval;
const realNow = performance.now.bind(performance);

const FRAME_MS = 80;

/** Shows a build on `out`, line by line. On a terminal, the running stage is redrawn in place. */
export function createScreen(out: NodeJS.WriteStream, view: View): Screen {
  const pen: Pen = {
    paint: (colour, text) => styleText(colour, text, { stream: out }),
    // A terminal that does not know its width reports 0.
    columns: out.columns || 120,
  };
  const began = realNow();
  let timeline: Timeline | undefined;
  /** The number of stages that are printed and no longer change. */
  let printed = 0;
  /** The number of lines of the running stage, which will be redrawn. */
  let drawn = 0;
  let frame = 0;
  let frames: NodeJS.Timeout | undefined;

  const print = (lines: readonly string[]) => out.write(lines.map((line) => `${line}\n`).join(''));
  const erase = () => {
    // Start at the first column, because a terminal prints ^C at the cursor.
    if (drawn > 0) out.write(`\r\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };

  /** Prints the stages that have ended, with their details. Details must be read now, because the builder is removed later. */
  const printEnded = () => {
    const { stages = [], document = {} } = timeline ?? {};
    for (; stages[printed]?.ended !== undefined; printed++) {
      const stage = stages[printed] as Stage;
      if (!hasLine(stage, document)) continue;
      print([stageLine(stage, document, pen), ...detailLines(stage, document)]);
    }
  };
  const detailLines = (stage: Stage, document: BuildDocument): string[] => {
    if (stage.name === 'Plan') return warningLines(document.plan?.warnings, pen);
    if (stage.name === 'TestImage') return warningLines(document.verdict?.warnings, pen);
    if (stage.name === 'ShareImages') return warningLines(document.release?.warnings, pen);
    if (stage.name === 'Publish') return followerLines(document.publication ?? {});
    if (stage.name === 'Announce') return warningLines(unannounced(document.announcement), pen);
    if (stage.name === 'ProtectImages')
      return warningLines(warningsAfterRelease(stage.name, document.protection), pen);
    if (stage.name === 'Accelerate')
      return warningLines(warningsAfterRelease(stage.name, document.acceleration), pen);
    if (stage.name === 'RefreshInstances')
      return warningLines(warningsAfterRelease(stage.name, document.refreshes), pen);
    if (stage.name !== 'CopyImages') return view.details?.(stage, document, pen) ?? [];
    return (document.copies?.regions ?? []).map((copy) => copyLine(copy, pen, stage.failed));
  };

  const liveLines = (stage: Stage, document: BuildDocument): string[] => {
    const line = liveLine(stage, document, view.now(), frame, pen);
    if (stage.name !== 'CopyImages') return [line];
    return [line, ...(document.copies?.regions ?? []).map((copy) => copyLine(copy, pen))];
  };

  const draw = () => {
    const { stages = [], document = {} } = timeline ?? {};
    erase();
    frame++;
    // Stages that run at the same time may end in another order.
    const lines = stages
      .slice(printed)
      .flatMap((stage) =>
        stage.ended === undefined ? liveLines(stage, document) : [stageLine(stage, document, pen)],
      );
    if (lines.length === 0) return;
    // Lines that do not fit on the screen cannot be erased.
    const fitting = lines.slice(0, (out.rows || 24) - 1);
    print(fitting);
    drawn = fitting.length;
  };

  return {
    open: () => print(view.heading(pen)),
    begin: ({ name, startTime }) => {
      print([`Execution  ${name}, started ${new Date(startTime).toISOString()}`, '']);
      if (out.isTTY) frames = realSetInterval(draw, FRAME_MS);
    },
    update: (next) => {
      timeline = next;
      const hasStageEnded = next.stages[printed]?.ended !== undefined;
      if (out.isTTY && hasStageEnded) erase();
      printEnded();
    },
    note: (text) => {
      erase();
      print([pen.paint('yellow', text)]);
    },
    end: (report) => {
      realClearInterval(frames);
      erase();
      printEnded();
      const seconds = (realNow() - began) / 1000;
      print(['', ...summary(report, seconds, pen), ...(view.closing?.(pen) ?? [])]);
    },
  };
}
