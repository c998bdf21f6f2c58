import { styleText } from 'node:util';
import { copyLine, isWorthALine, liveLine, type Pen, stageLine, summary, warningLines } from './lines.ts';
import type { Report } from './report.ts';
import type { BuildDocument, Stage, Timeline } from './timeline.ts';

/** What a person sees of a build. Fed with every event; on a terminal it also moves by itself in between. */
export interface Screen {
  /** Which world the build is in; before anything is done there. */
  open(): void;
  /** `resumed`: those that an earlier command left under way. */
  begin(execution: ShownExecution, resumed?: readonly ShownExecution[]): void;
  update(timeline: Timeline): void;
  /** Says something in between. */
  note(text: string): void;
  end(report: Report): void;
}

export interface ShownExecution {
  readonly name: string;
  /** Milliseconds since the epoch, as the world has it. */
  readonly startTime: number;
}

/** What a screen shows besides the stages, as the world of the build can tell it. */
export interface View {
  /** What is built, and where. */
  heading(pen: Pen): string[];
  /** The time of that world, between the events as well. */
  now(): number;
  /** What can be seen of a stage that has just ended, besides its outcome. */
  details?(stage: Stage, document: BuildDocument, pen: Pen): string[];
  /** What there is to say when all is over. */
  closing?(pen: Pen): string[];
}

export const silentScreen: Screen = { open() {}, begin() {}, update() {}, note() {}, end() {} };

// Taken before the simulation replaces the timers: a screen lives in real time.
const realSetInterval = setInterval;
const realClearInterval = clearInterval;
const realNow = performance.now.bind(performance);

const FRAME_MS = 80;

/** Shows a build on `out`: line by line, and on a terminal with the running stage redrawn in place. */
export function createScreen(out: NodeJS.WriteStream, view: View): Screen {
  const pen: Pen = {
    paint: (colour, text) => styleText(colour, text, { stream: out }),
    // A terminal that does not know its width says 0.
    columns: out.columns || 120,
  };
  const began = realNow();
  let timeline: Timeline | undefined;
  /** How many stages were printed for good. */
  let settled = 0;
  /** How many lines of the running stage stand below them, to be redrawn. */
  let drawn = 0;
  let frame = 0;
  const copied = new Set<string>();
  let frames: NodeJS.Timeout | undefined;

  const print = (lines: readonly string[]) => out.write(lines.map((line) => `${line}\n`).join(''));
  const erase = () => {
    // From the first column: a terminal echoes Ctrl-C where the cursor stands.
    if (drawn > 0) out.write(`\r\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };

  /** Prints the stages that have ended, with what the world shows at this moment: later the builder is gone. */
  const settle = () => {
    const { stages = [], document = {} } = timeline ?? {};
    for (; stages[settled]?.ended !== undefined; settled++) {
      const stage = stages[settled] as Stage;
      if (!isWorthALine(stage, document)) continue;
      print([stageLine(stage, document, pen), ...detailLines(stage, document)]);
    }
  };
  const detailLines = (stage: Stage, document: BuildDocument): string[] => {
    if (stage.name === 'Plan') return warningLines(document, pen);
    if (stage.name !== 'CopyImages') return view.details?.(stage, document, pen) ?? [];
    const unprinted = (document.copies?.regions ?? []).filter(({ region }) => !copied.has(region));
    return unprinted.map((copy) => copyLine(copy, pen, stage.failed));
  };

  const draw = () => {
    const current = timeline?.stages[settled];
    erase();
    if (current === undefined || timeline === undefined) return;
    const { document } = timeline;
    const lines = [liveLine(current, document, view.now(), frame++, pen)];
    if (current.name === 'CopyImages')
      lines.push(...(document.copies?.regions ?? []).map((copy) => copyLine(copy, pen)));
    // What does not fit could not be erased again.
    const fitting = lines.slice(0, (out.rows || 24) - 1);
    print(fitting);
    drawn = fitting.length;
  };

  return {
    open: () => print(view.heading(pen)),
    begin: (execution, resumed = []) => {
      const line = (label: string, { name, startTime }: ShownExecution) =>
        `${label.padEnd(11)}${name} from ${new Date(startTime).toISOString()}`;
      print([line('Execution', execution), ...resumed.map((one) => line('Goes on', one)), '']);
      if (out.isTTY) frames = realSetInterval(draw, FRAME_MS);
    },
    update: (next) => {
      timeline = next;
      const isSettling = next.stages[settled]?.ended !== undefined;
      if (out.isTTY && isSettling) erase();
      for (const copy of out.isTTY ? [] : (next.document.copies?.regions ?? [])) {
        // Without a terminal each copy is a line when it is done.
        if (copy.state !== 'available' || copied.has(copy.region)) continue;
        copied.add(copy.region);
        print([copyLine(copy, pen)]);
      }
      settle();
    },
    note: (text) => {
      erase();
      print([pen.paint('yellow', text)]);
    },
    end: (report) => {
      realClearInterval(frames);
      erase();
      settle();
      const seconds = (realNow() - began) / 1000;
      print(['', ...summary(report, seconds, pen), ...(view.closing?.(pen) ?? [])]);
    },
  };
}
