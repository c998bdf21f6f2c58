/**
 * Measures a build on the embedded AWS, as a complete command in a separate process. Prints minimum, median and maximum of several runs,
 * and the ratio of simulated time to real time.
 *
 *     npm run bench
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const RUNS = 5;
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
  const [minimum, median, maximum] = [runs[0], runs[Math.floor(RUNS / 2)], runs[RUNS - 1]];
  if (!minimum || !median || !maximum) throw new Error('there were no runs');
  const seconds = (value: number) => `${value.toFixed(2)} s`.padStart(9);
  console.log(
    `${label.padEnd(25)}${seconds(minimum.real)}${seconds(median.real)} ${seconds(maximum.real)}` +
      `${`${(median.simulated / 60).toFixed(0)} min`.padStart(12)}${`${Math.round(median.simulated / median.real)} : 1`.padStart(20)}`,
  );
}
rmSync(folder, { recursive: true });

/** The real and simulated seconds of `golden bake --speed max`. */
function time(recipe: string, seed: number): { real: number; simulated: number } {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [golden, 'bake', recipe, '--speed', 'max', '--fresh', '--state', state, '--seed', String(seed), '--json'],
    { encoding: 'utf8' },
  );
  const real = (performance.now() - began) / 1000;
  if (status !== 0)
    throw new Error(`the build of ${recipe} ended with exit code ${status}: ${stderr}${stdout}`);
  return { real, simulated: JSON.parse(stdout).seconds };
}
