/**
 * What a cold start loads: the size of each function's module and the time to import it, as packaged and as esbuild's default for
 * Node would make it, side by side in one run. Each import is in a fresh process of this Node; the middle of the runs is shown.
 *
 *     npm run bench:coldstart
 *     npm run bench:coldstart -- --record    also records the sizes that the budget's test compares with (packaging/sizes.json)
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { bundleFunction, defaultOptions, functionKeys, packagedOptions } from '../packaging/bundles.ts';
import { BUDGET_BYTES, kilobytes, SIZES_FILE } from '../packaging/sizes.ts';

const { record, runs: wanted } = parseArgs({
  options: { record: { type: 'boolean', default: false }, runs: { type: 'string', default: '9' } },
}).values;
const runs = Number(wanted);
if (!Number.isInteger(runs) || runs < 1)
  throw new Error(`--runs is ${wanted}, and must be a whole number from 1`);

const folder = mkdtempSync(join(tmpdir(), 'golden-coldstart-'));
process.on('exit', () => rmSync(folder, { recursive: true }));

const [packaged, byDefault] = [await packagedOptions(), await defaultOptions()];
const keys = functionKeys();
const bundles = await Promise.all(
  keys.map(async (key) => ({
    key,
    packaged: await bundleFunction(key, packaged),
    byDefault: await bundleFunction(key, byDefault),
  })),
);
const write = (name: string, code: string | Uint8Array): string => {
  const file = join(folder, name);
  writeFileSync(file, code);
  return file;
};
const empty = { file: write('empty.mjs', ''), times: [] as number[] };
const rows = bundles.map(({ key, ...made }) => ({
  key,
  packaged: {
    bytes: made.packaged.code.length,
    file: write(`${key}.mjs`, made.packaged.code),
    times: [] as number[],
  },
  byDefault: {
    bytes: made.byDefault.code.length,
    file: write(`${key}-default.mjs`, made.byDefault.code),
    times: [] as number[],
  },
}));
// In turns, so that what else the machine does falls on all alike.
for (let run = 0; run < runs; run++) {
  for (const one of [empty, ...rows.flatMap((row) => [row.packaged, row.byDefault])]) {
    one.times.push(await importMs(one.file));
  }
}

const milliseconds = (times: number[]) => `${middle(times).toFixed(1)} ms`.padStart(10);
const size = (bytes: number) => kilobytes(bytes).padStart(9);
console.log(
  `node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}; ` +
    `the middle of ${runs} imports, each in a fresh process; an empty module takes ${milliseconds(empty.times).trim()}\n`,
);
console.log('                     size                            time to import');
console.log('function         packaged   default   budget       packaged   default   default : packaged');
for (const { key, packaged: ours, byDefault: usual } of rows) {
  const ratio = `${(middle(usual.times) / middle(ours.times)).toFixed(1)} : 1`;
  console.log(
    `${key.padEnd(16)}${size(ours.bytes)} ${size(usual.bytes)}${size(BUDGET_BYTES)}     ` +
      `${milliseconds(ours.times)}${milliseconds(usual.times)}${ratio.padStart(21)}`,
  );
}
if (record) {
  const origins = Object.fromEntries(bundles.map(({ key, packaged: { origins } }) => [key, sorted(origins)]));
  writeFileSync(SIZES_FILE, `${JSON.stringify(origins, null, 2)}\n`);
  console.log('\nThe sizes are recorded in packaging/sizes.json.');
}

/** How long a fresh process takes to import a module. */
async function importMs(file: string): Promise<number> {
  const script = `const began = performance.now(); await import(${JSON.stringify(pathToFileURL(file).href)}); console.log(performance.now() - began);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    env: {},
    cwd: folder,
  });
  return Number(stdout);
}

function middle(times: readonly number[]): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN;
}

function sorted(origins: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(origins).toSorted(([, one], [, other]) => other - one));
}
