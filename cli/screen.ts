import { styleText } from 'node:util';
import type { Fault } from '../local/aws/faults.ts';
import { diskOf, type Item, inventory } from '../local/aws/inventory.ts';
import { HOME, type Pipeline, type RecipeFile } from '../local/pipeline.ts';
import type { Execution } from '../local/states/execution.ts';
import { copyLine, guestLines, liveLine, type Pen, stageLine, summary } from './lines.ts';
import type { Report } from './report.ts';
import type { Stage, Timeline } from './timeline.ts';
import type { Origin } from './world.ts';

/** What a person sees of a build. Fed with every event; on a terminal it also moves by itself in between. */
export interface Screen {
  /** `resumed`: those that an earlier command left under way. */
  begin(execution: Execution, resumed: readonly Execution[]): void;
  update(timeline: Timeline): void;
  interrupted(): void;
  end(report: Report): void;
}

export const silentScreen: Screen = { begin() {}, update() {}, interrupted() {}, end() {} };

// Taken before the simulation replaces the timers: a screen lives in real time.
const realSetInterval = setInterval;
const realClearInterval = clearInterval;
const realNow = performance.now.bind(performance);

const FRAME_MS = 80;

/** Shows a build on `out`: line by line, and on a terminal with the running stage redrawn in place. */
export function createScreen(
  out: NodeJS.WriteStream,
  {
    file,
    origin,
    faults,
    pipeline,
    shownNow,
  }: {
    file: RecipeFile;
    origin: Origin;
    faults: string | undefined;
    pipeline: Pipeline;
    shownNow: () => number;
  },
): Screen {
  const { world } = pipeline;
  const pen: Pen = {
    paint: (colour, text) => styleText(colour, text, { stream: out }),
    columns: out.columns ?? 120,
  };
  const began = realNow();
  const standing = () => describeInventory(inventory(pipeline, HOME.account));
  const before = standing();
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
      print([stageLine(stage, document, world.now(), pen), ...detailLines(stage)]);
    }
  };
  const detailLines = (stage: Stage): string[] => {
    const { plan, builder, copies } = timeline?.document ?? {};
    if (stage.name === 'CopyImages') {
      const unprinted = (copies?.regions ?? []).filter(({ region }) => !copied.has(region));
      return unprinted.map((copy) => copyLine(copy, pen, stage.failed));
    }
    const base = diskOf(pipeline, plan?.base.imageId ?? '');
    const built = diskOf(pipeline, builder?.instanceId ?? '');
    return stage.name === 'Patch' && base && built ? guestLines(base, built, plan?.steps ?? {}, pen) : [];
  };

  const draw = () => {
    const current = timeline?.stages[settled];
    erase();
    if (current === undefined || timeline === undefined) return;
    const { document } = timeline;
    const lines = [liveLine(current, document, shownNow(), frame++, pen)];
    if (current.name === 'CopyImages')
      lines.push(...(document.copies?.regions ?? []).map((copy) => copyLine(copy, pen)));
    // What does not fit could not be erased again.
    const fitting = lines.slice(0, (out.rows ?? 24) - 1);
    print(fitting);
    drawn = fitting.length;
  };

  return {
    begin: ({ name, startTime }, resumed) => {
      const { recipe } = file;
      print([
        `Baking ${pen.paint('bold', recipe.name)}: ${recipe.description}`,
        `World      embedded AWS (a simulation), account ${HOME.account}, ${HOME.region}`,
        `State      ${origin.file}, ${describeOrigin(origin)}`,
        ...(faults === undefined ? [] : [`Faults     ${faults}`]),
        `Execution  ${name} from ${new Date(startTime).toISOString()}`,
        ...resumed.map((one) => `Goes on    ${one.name} from ${new Date(one.startTime).toISOString()}`),
        '',
      ]);
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
    interrupted: () => {
      erase();
      print([
        pen.paint(
          'yellow',
          'Interrupted: the execution is stopped, clean-up runs. Once more to leave at once.',
        ),
      ]);
    },
    end: (report) => {
      realClearInterval(frames);
      erase();
      settle();
      const stands = pen.paint('dim', `Inventory  before: ${before}; after: ${standing()}`);
      print(['', ...summary(report, (realNow() - began) / 1000, pen), stands]);
      const idle = world.faults.flatMap((fault, index) =>
        world.faultsMet[index] ? [] : describeFault(fault, index),
      );
      if (idle.length > 0) print([pen.paint('yellow', `Faults that never struck: ${idle.join(', ')}`)]);
    },
  };
}

/** Whether the world is a new one, and its time: `kept since 2026-11-22T03:00:00.000Z, now 2026-11-22T03:28:11.402Z`. */
export function describeOrigin({ fresh, began, at }: Origin): string {
  const [since, now] = [began, at].map((time) => new Date(time).toISOString());
  return fresh ? `a fresh world at ${since}` : `kept since ${since}, now ${now}`;
}

/** A fault by its place in the file and what it strikes: `2 (call: RunInstances)`. */
function describeFault(fault: Fault, index: number): string {
  const [kind, what] = Object.entries(fault)[0] ?? [];
  return `${index + 1} (${kind}: ${what})`;
}

/** What stands in the account, in all regions: `2 images, 2 snapshots`. */
function describeInventory(items: readonly Item[]): string {
  const byKind = Map.groupBy(items, ({ kind }) => kind);
  const counts = [...byKind].map(([kind, { length }]) => `${length} ${kind}${length === 1 ? '' : 's'}`);
  return counts.join(', ') || 'nothing';
}
