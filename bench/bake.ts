/**
 * Measures a build on the embedded AWS, as a complete command in a separate process. Prints minimum, median and maximum of several runs,
 * the ratio of simulated time to real time, what the critical path needs at least, and what the orchestration of a build costs.
 *
 *     npm run bench
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isOnPath } from '../cli/screen/lines.ts';
import type { ReportedStage } from '../cli/screen/report.ts';

const RUNS = 5;

/** AWS's price lists: Step Functions standard workflows, and Lambda on arm64 with its requests left out (a hundredth of a cent). */
const PRICES = { date: 'November 2026', transition: 0.025 / 1000, gigabyteSecond: 0.0000133 };
/** The largest memory of a function (serverless.yml). */
const MEMORY_GB = 1;

interface Report {
  readonly seconds: number;
  readonly stages: readonly ReportedStage[];
}

/** The start of simulated time: with it, a seed gives the same build each time. */
const AT = '2026-11-22T03:00:00Z';

const golden = join(import.meta.dirname, '..', 'cli', 'golden.js');
const example = (name: string) => join(import.meta.dirname, '..', 'tests', 'recipes', `${name}.yml`);
const folder = mkdtempSync(join(tmpdir(), 'golden-bench-'));
const state = join(folder, 'world.json');

const regions = [
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1'],
  ...['eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-central-1', 'eu-north-1'],
  ...['ap-south-1', 'ap-southeast-1', 'ap-southeast-2', 'ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3'],
];
const accounts = Array.from({ length: 200 }, (_, index) => String(100_000_000_000 + index));
const wide = join(folder, 'wide.yml');
// JSON is valid YAML.
writeFileSync(
  wide,
  JSON.stringify({
    name: 'wide',
    description: 'Seventeen regions, two hundred accounts',
    platform: 'linux',
    base: { ssmParameter: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64' },
    build: { instanceTypes: ['m7i.large'] },
    regions,
    share: { accounts },
  }),
);

const measured: [label: string, reports: Report[]][] = [];
console.log(`${RUNS} runs per recipe, node ${process.version}\n`);
console.log('recipe                     minimum    median   maximum   simulated    simulated : real');
for (const [label, recipe] of [
  ['al2023, 2 regions', example('al2023')],
  ['ubuntu2404, 4 regions', example('ubuntu2404')],
  ['17 regions, 200 accounts', wide],
] as const) {
  const runs = Array.from({ length: RUNS }, (_, seed) => time(recipe, seed)).toSorted(
    (a, b) => a.real - b.real,
  );
  measured.push([label, runs.map(({ report }) => report)]);
  const [minimum, median, maximum] = [runs[0], runs[Math.floor(RUNS / 2)], runs[RUNS - 1]];
  if (!minimum || !median || !maximum) throw new Error('there were no runs');
  const seconds = (value: number) => `${value.toFixed(2)} s`.padStart(9);
  console.log(
    `${label.padEnd(25)}${seconds(minimum.real)}${seconds(median.real)} ${seconds(maximum.real)}` +
      `${`${(median.simulated / 60).toFixed(0)} min`.padStart(12)}${`${Math.round(median.simulated / median.real)} : 1`.padStart(20)}`,
  );
}

console.log(`\nmedians; list prices of us-east-1, ${PRICES.date}`);
console.log(
  'recipe                   simulated   AWS at least   lost at most     polls     calls   transitions    GB-s     US$',
);
for (const [label, reports] of measured) {
  const middle = (of: (report: Report) => number) =>
    reports.map(of).toSorted((one, other) => one - other)[Math.floor(reports.length / 2)] ?? Number.NaN;
  const sum = (report: Report, of: (stage: ReportedStage) => number) =>
    report.stages.reduce((total, stage) => total + of(stage), 0);
  const lost = ({ stages }: Report) =>
    stages.filter(isOnPath).reduce((total, { lostSeconds = 0 }) => total + lostSeconds, 0);
  // A stage is a Task and a Choice, and each poll is a Wait, a Task and a Choice.
  const transitions = (report: Report) => sum(report, ({ polls = 0 }) => 2 + 3 * polls);
  const gigabyteSeconds = (report: Report) =>
    sum(report, ({ seconds, waitingSeconds = 0 }) => Math.max(0, seconds - waitingSeconds) * MEMORY_GB);
  const dollars = (report: Report) =>
    transitions(report) * PRICES.transition + gigabyteSeconds(report) * PRICES.gigabyteSecond;
  const cell = (value: number, width: number, digits = 0) => value.toFixed(digits).padStart(width);
  console.log(
    `${label.padEnd(25)}${cell(
      middle((report) => report.seconds),
      7,
    )} s${cell(
      middle((report) => report.seconds - lost(report)),
      13,
    )} s` +
      `${cell(
        middle((report) => (100 * lost(report)) / report.seconds),
        13,
        1,
      )} %${cell(
        middle((report) => sum(report, ({ polls = 0 }) => polls)),
        10,
      )}` +
      `${cell(
        middle((report) => sum(report, ({ calls = 0 }) => calls)),
        10,
      )}${cell(middle(transitions), 14)}${cell(middle(gigabyteSeconds), 8)}${cell(middle(dollars), 8, 4)}`,
  );
}
rmSync(folder, { recursive: true });

/** The real and simulated seconds of `golden bake --speed max`, and its report. */
function time(recipe: string, seed: number): { real: number; simulated: number; report: Report } {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      golden,
      'bake',
      recipe,
      '--speed',
      'max',
      '--fresh',
      '--state',
      state,
      '--seed',
      String(seed),
      '--at',
      AT,
      '--json',
    ],
    { encoding: 'utf8' },
  );
  const real = (performance.now() - began) / 1000;
  if (status !== 0)
    throw new Error(`the build of ${recipe} ended with exit code ${status}: ${stderr}${stdout}`);
  const report: Report = JSON.parse(stdout);
  return { real, simulated: report.seconds, report };
}
