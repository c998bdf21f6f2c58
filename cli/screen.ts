import { styleText } from 'node:util';
import { diskOf } from '../local/aws/inventory.ts';
import { HOME, type Pipeline, type RecipeFile } from '../local/pipeline.ts';
import type { Execution } from '../local/states/execution.ts';
import type { Copy, Share } from '../shared/domain/build.ts';
import { describeSeconds } from '../shared/domain/waiting.ts';
import type { Report } from './report.ts';
import { type Stage, secondsOf, type Timeline } from './timeline.ts';

/** What a person sees of a build. Fed with every event; on a terminal it also moves by itself in between. */
export interface Screen {
  begin(execution: Execution): void;
  update(timeline: Timeline, now: number): void;
  interrupted(): void;
  end(report: Report): void;
}

export const silentScreen: Screen = { begin() {}, update() {}, interrupted() {}, end() {} };

type Colour = Parameters<typeof styleText>[0];

// Taken before the simulation replaces the timers: a screen lives in real time.
const realSetInterval = setInterval;
const realClearInterval = clearInterval;
const realNow = performance.now.bind(performance);

const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const FRAME_MS = 80;

/** Shows a build on `out`: line by line, and on a terminal with the running stage redrawn in place. */
export function createScreen(
  out: NodeJS.WriteStream,
  {
    file,
    pipeline,
    seed,
    shownNow,
  }: { file: RecipeFile; pipeline: Pipeline; seed: number; shownNow: () => number },
): Screen {
  const { world } = pipeline;
  const paint = (colour: Colour, text: string) => styleText(colour, text, { stream: out });
  const began = realNow();
  let shown = 0;
  let timeline: Timeline | undefined;
  let drawn = 0;
  let frame = 0;
  const copiesShown = new Set<string>();
  let frames: NodeJS.Timeout | undefined;

  const erase = () => {
    // From the first column: a terminal echoes Ctrl-C where the cursor stands.
    if (drawn > 0) out.write(`\r\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };
  const print = (...lines: string[]) => out.write(lines.map((line) => `${line}\n`).join(''));

  /** What is printed once and stays: the stages that have ended. */
  const settle = () => {
    const stages = timeline?.stages ?? [];
    for (; shown < stages.length; shown++) {
      const stage = stages[shown];
      if (stage?.ended === undefined || timeline === undefined) return;
      print(stageLine(stage, timeline), ...detailLines(stage, timeline));
    }
  };
  const stageLine = (stage: Stage, { document }: Timeline) => {
    const mark = stage.failed ? paint('red', '✘') : paint('green', '✔');
    const took = describeSeconds(secondsOf(stage, world.now()));
    const outcome = stage.failed ? '' : outcomeOf(stage.name, document);
    return `${mark} ${stage.name.padEnd(12)}${paint('dim', took.padStart(10))}  ${outcome}`.trimEnd();
  };
  const detailLines = (stage: Stage, { document }: Timeline): string[] => {
    if (stage.name === 'CopyImages') {
      const copies = document.copies?.regions ?? [];
      return copies.filter(({ region }) => !copiesShown.has(region)).map(copyLine);
    }
    if (stage.name === 'Patch') return guestLines(document);
    return [];
  };
  const copyLine = ({ region, state, imageId = '', attempt, failures }: Copy) => {
    const again = attempt > 1 ? paint('yellow', `  attempt ${attempt}, after ${failures.at(-1)}`) : '';
    const colour = state === 'available' ? 'green' : 'dim';
    return `    ${region.padEnd(15)}${imageId.padEnd(23)}${paint(colour, state)}${again}`;
  };
  /** What happened on the guest: the packages that were updated, and the scripts that were recorded. */
  const guestLines = ({ plan, builder }: Timeline['document']): string[] => {
    const before = diskOf(world, plan?.base.imageId ?? '');
    const after = diskOf(world, builder?.instanceId ?? '');
    if (before === undefined || after === undefined) return [];
    const width = (out.columns ?? 120) - 24;
    const updated = Object.entries(after.packages).filter(
      ([name, version]) => name in before.packages && before.packages[name] !== version,
    );
    const lines =
      updated.length === 0
        ? []
        : [
            [
              'updated',
              `${updated.length} packages: ${updated.map(([name, version]) => `${name} ${version}`).join(', ')}`,
            ],
          ];
    for (const { document, step, script } of after.journal) {
      if (document === 'AWS-RunPatchBaseline') continue;
      const name = plan?.steps[step] ?? (document === 'user-data' ? 'user data' : 'sanitise');
      lines.push(['recorded, not run', `${name}: ${onOneLine(script)}`]);
    }
    return lines.map(([label = '', text = '']) =>
      paint('dim', `    ${label.padEnd(18)} ${shorten(text, width)}`),
    );
  };

  const draw = () => {
    if (timeline === undefined) return;
    erase();
    settle();
    const current = timeline.stages[shown];
    if (current === undefined) return;
    frame++;
    const spin = paint('cyan', SPINNER[frame % SPINNER.length] ?? '');
    const took = describeSeconds(secondsOf(current, shownNow())).padStart(10);
    const awaiting = shorten(awaitingOf(current.name, timeline.document), (out.columns ?? 120) - 28);
    const lines = [`${spin} ${current.name.padEnd(12)}${paint('dim', took)}  ${paint('dim', awaiting)}`];
    if (current.name === 'CopyImages') lines.push(...(timeline.document.copies?.regions ?? []).map(copyLine));
    print(...lines.slice(0, (out.rows ?? 24) - 1));
    drawn = Math.min(lines.length, (out.rows ?? 24) - 1);
  };

  return {
    begin: ({ name, startTime }) => {
      const { recipe } = file;
      print(
        `Baking ${paint('bold', recipe.name)}: ${recipe.description}`,
        `World      the embedded AWS in this process (account ${HOME.account}, ${HOME.region}); it is a simulation, nothing leaves this machine`,
        `Execution  ${name}, seed ${seed}, from ${new Date(startTime).toISOString()}`,
        '',
      );
      if (out.isTTY) frames = realSetInterval(draw, FRAME_MS);
    },
    update: (next) => {
      timeline = next;
      if (out.isTTY) return;
      // Without a terminal each copy is a line when it is done.
      for (const copy of next.document.copies?.regions ?? []) {
        if (copy.state !== 'available' || copiesShown.has(copy.region)) continue;
        copiesShown.add(copy.region);
        print(copyLine(copy));
      }
      settle();
    },
    interrupted: () => {
      erase();
      print(
        paint('yellow', 'Interrupted: the execution is stopped, clean-up runs. Once more to leave at once.'),
      );
    },
    end: (report) => {
      realClearInterval(frames);
      erase();
      settle();
      print('', ...summary(report, (realNow() - began) / 1000, paint));
      const idle = world.faults.flatMap((fault, index) =>
        world.faultsMet[index] ? [] : JSON.stringify(fault),
      );
      if (idle.length > 0) print(paint('yellow', `Faults that never struck: ${idle.join(', ')}`));
    },
  };
}

/** The noun that each stage adds to the document. */
const nouns: Readonly<Record<string, string>> = {
  Launch: 'builder',
  Patch: 'patches',
  Stop: 'shutdown',
  CreateImage: 'candidate',
  ShareImages: 'release',
  CleanUp: 'cleanup',
};

/** What a stage that goes on says that it awaits. */
function awaitingOf(stage: string, document: object): string {
  const reported = (document as Record<string, { awaiting?: string } | undefined>)[nouns[stage] ?? ''];
  return reported?.awaiting ? `awaits ${reported.awaiting}` : '';
}

function outcomeOf(
  stage: string,
  { plan, builder, candidate, release, cleanup }: Timeline['document'],
): string {
  if (stage === 'Plan' && plan) return `from ${plan.base.imageId} ${plan.base.name}`;
  if (stage === 'Launch' && builder) {
    const before = builder.refused.length > 0 ? `, after ${builder.refused.length} without capacity` : '';
    return `${builder.instanceId} ${builder.instanceType}${before}`;
  }
  if (stage === 'CreateImage' && candidate) return `${candidate.imageId} ${candidate.name}`;
  if (stage === 'ShareImages' && release?.images) {
    return release.images.length === 1 ? 'in 1 region' : `in ${release.images.length} regions`;
  }
  if (stage === 'CleanUp' && cleanup?.removed)
    return `removed ${cleanup.removed.map(({ id }) => id).join(', ') || 'nothing'}`;
  return '';
}

function summary(
  report: Report,
  realSeconds: number,
  paint: (colour: Colour, text: string) => string,
): string[] {
  const { status, images, error, cleanup, seconds, recipe, version, seed } = report;
  const took = `${describeSeconds(seconds)} simulated, ${realSeconds.toFixed(1)} s real`;
  const remaining = (cleanup?.remaining ?? []).map(({ region, kind, id, reason }) =>
    paint(
      'red',
      kind === 'region'
        ? `Not known of ${region}: ${reason}`
        : `Left behind: ${kind} ${id} in ${region}: ${reason}`,
    ),
  );
  const rows = images.map(({ region, imageId, snapshotIds, sharedWith }) => [
    region,
    imageId,
    snapshotIds.join(' '),
    describeShare(sharedWith),
  ]);
  const released =
    rows.length === 0 ? [] : [...table([['Region', 'AMI', 'Snapshots', 'Shared with'], ...rows], paint), ''];
  const again = `${recipe} ${version} (${took}; again with --seed ${seed})`;
  if (status === 'succeeded') return [...released, ...remaining, `${paint('green', 'Baked')} ${again}`];

  const removed = (cleanup?.removed ?? []).map(({ region, kind, id }) => `${kind} ${id} (${region})`);
  const nothing = remaining.length === 0 ? ['Clean-up found nothing to remove.'] : [];
  return [
    paint('red', `${status === 'aborted' ? 'Stopped' : 'Failed'} at ${error?.stage}: ${error?.name}`),
    error?.message ?? '',
    ...(error?.trace ?? []).slice(1).map((line) => paint('dim', line)),
    '',
    ...(released.length > 0 ? ['What was released before stands:', ...released] : []),
    ...(removed.length > 0 ? [`Clean-up removed ${removed.join(', ')}.`] : nothing),
    ...remaining,
    again,
  ];
}

function describeShare(share: Share): string {
  const parts = [
    ...(share.public ? ['everyone'] : []),
    ...share.accounts,
    ...share.organizations.map(lastPart),
    ...share.organizationalUnits.map(lastPart),
  ];
  if (parts.length === 0) return 'nobody';
  return parts.length <= 4
    ? parts.join(', ')
    : `${parts.slice(0, 3).join(', ')} and ${parts.length - 3} more`;
}

const lastPart = (arn: string) => arn.split('/').at(-1) ?? arn;

function table(
  rows: readonly (readonly string[])[],
  paint: (colour: Colour, text: string) => string,
): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row, index) => {
    const line = row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
    return index === 0 ? paint('bold', line) : line;
  });
}

/** A script's commands on one line: without comments, and without what only sets the shell up. */
function onOneLine(script: string): string {
  return script
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(#|set -|export |\$ErrorActionPreference)/.test(line))
    .join('; ');
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
