/**
 * Compares the pipeline with Packer: the same image on the same embedded AWS, with the same seeds and latencies. Prints the simulated time
 * from the launch until the copies are shared, the ratio of each pair, and the calls.
 *
 *     npm run bench:packer -- [--seeds 10] [--first 1] [--jobs 3] [--speed 15]
 *
 * Packer runs in real time: `--speed` simulated seconds a second (1, 3, 5 or 15, because Packer polls after whole seconds). A busy machine needs
 * a lower speed, because its delays count as Packer's.
 */
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import type { Result, Tool, Work } from './packer-builds.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10' },
    first: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '3' },
    speed: { type: 'string', default: '15' },
  },
});
const [seeds, first, jobs] = [Number(values.seeds), Number(values.first), Number(values.jobs)];

if (!['1', '3', '5', '15'].includes(values.speed)) {
  console.error(`--speed is ${values.speed}, but must be 1, 3, 5 or 15`);
  process.exit(2);
}

const version = spawnSync('packer', ['version'], {
  encoding: 'utf8',
  env: { ...process.env, CHECKPOINT_DISABLE: '1' },
});
if (version.error !== undefined) {
  console.error(
    'Packer is not installed. On Debian: apt-get install packer (1.6.6). Elsewhere: https://developer.hashicorp.com/packer/install',
  );
  process.exit(2);
}

interface Run extends Work {
  readonly seed: number;
  readonly tool: Tool;
}

const allSeeds = Array.from({ length: seeds }, (_, index) => first + index);
const works: readonly (Work & { readonly title: string })[] = [
  { title: 'Without patches', patches: false, tests: false },
  { title: 'With patches', patches: true, tests: false },
  { title: 'With patches, and a test of a fresh instance', patches: true, tests: true },
];
const runs: readonly Run[] = works.flatMap(({ patches, tests }) =>
  allSeeds.flatMap((seed) =>
    (['packer', 'golden'] as const).map((tool): Run => ({ patches, tests, seed, tool })),
  ),
);
const results = new Map<string, Result>();
const waiting = [...runs];
let done = 0;
await Promise.all(Array.from({ length: jobs }, work));

console.log(
  `${version.stdout.split('\n')[0]}; ${seeds} seeds from ${first}; times in simulated seconds, medians of all seeds`,
);
for (const work of works) printTable(work);

function printTable({ title, patches, tests }: (typeof works)[number]): void {
  console.log(`\n${title}`);
  console.log(
    'seed     Packer   pipeline   ratio     from stop: Packer   pipeline   ratio     calls: Packer   pipeline',
  );
  const pairs = allSeeds.map((seed) => {
    const [packer, golden] = [
      resultOf({ patches, tests, seed, tool: 'packer' }),
      resultOf({ patches, tests, seed, tool: 'golden' }),
    ];
    printRow(
      String(seed),
      packer,
      golden,
      golden.seconds / packer.seconds,
      golden.imagingSeconds / packer.imagingSeconds,
    );
    return { packer, golden };
  });
  const of = (tool: Tool, key: keyof Result) => median(pairs.map((pair) => pair[tool][key] ?? 0));
  const medianResult = (tool: Tool): Result => ({
    seconds: of(tool, 'seconds'),
    imagingSeconds: of(tool, 'imagingSeconds'),
    calls: of(tool, 'calls'),
  });
  printRow(
    'median',
    medianResult('packer'),
    medianResult('golden'),
    median(pairs.map(({ packer, golden }) => golden.seconds / packer.seconds)),
    median(pairs.map(({ packer, golden }) => golden.imagingSeconds / packer.imagingSeconds)),
  );
  console.log(
    `Pipeline: at most ${of('golden', 'lostSeconds').toFixed(0)} s lost between checks, ${of('golden', 'states')} states entered (medians).`,
  );
}

/** Runs builds until none is left. Each build has its own process, because each has its own clock. */
async function work(): Promise<void> {
  for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
    const script = join(import.meta.dirname, 'packer-run.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [
      script,
      '--tool',
      run.tool,
      '--seed',
      String(run.seed),
      '--speed',
      values.speed,
      ...(run.patches ? ['--patches'] : []),
      ...(run.tests ? ['--tests'] : []),
    ]);
    results.set(nameOf(run), JSON.parse(stdout));
    done++;
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${runs.length} builds`);
  }
}

function resultOf(run: Run): Result {
  const result = results.get(nameOf(run));
  if (result === undefined) throw new Error(`the build of ${nameOf(run)} has no result`);
  return result;
}

function nameOf({ tool, seed, patches, tests }: Run): string {
  return `${tool} with seed ${seed}${patches ? ', with patches' : ''}${tests ? ', with a test' : ''}`;
}

function printRow(name: string, packer: Result, golden: Result, ratio: number, imagingRatio: number): void {
  const cell = (value: number, width: number, digits = 0) => value.toFixed(digits).padStart(width);
  console.log(
    `${name.padEnd(6)}${cell(packer.seconds, 9)}${cell(golden.seconds, 11)}${cell(ratio, 8, 2)}` +
      `${cell(packer.imagingSeconds, 22)}${cell(golden.imagingSeconds, 11)}${cell(imagingRatio, 8, 2)}` +
      `${cell(packer.calls, 18)}${cell(golden.calls, 11)}`,
  );
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
