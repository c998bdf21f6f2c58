/**
 * Measures cold starts: the size of each function's module and its import time, as packaged and with esbuild's default options. Each import
 * runs in a new process. The output contains the median of all runs.
 *
 *     npm run bench:coldstart
 *     npm run bench:coldstart -- --record    also writes the sizes to packaging/sizes.json for the size test
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
  throw new Error(`--runs is ${wanted}, but must be a whole number of at least 1`);

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
// Alternates between the modules, so that other work on the machine affects all modules equally.
for (let run = 0; run < runs; run++) {
  for (const module of [empty, ...rows.flatMap((row) => [row.packaged, row.byDefault])]) {
    module.times.push(await importMs(module.file));
  }
}

const milliseconds = (times: number[]) => `${median(times).toFixed(1)} ms`.padStart(10);
const size = (bytes: number) => kilobytes(bytes).padStart(9);
console.log(
  `node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}; ` +
    `median of ${runs} imports, each in a new process; an empty module takes ${milliseconds(empty.times).trim()}\n`,
);
console.log('                     size                            time to import');
console.log('function         packaged   default   budget       packaged   default   default : packaged');
for (const { key, packaged: ours, byDefault: usual } of rows) {
  const ratio = `${(median(usual.times) / median(ours.times)).toFixed(1)} : 1`;
  console.log(
    `${key.padEnd(16)}${size(ours.bytes)} ${size(usual.bytes)}${size(BUDGET_BYTES)}     ` +
      `${milliseconds(ours.times)}${milliseconds(usual.times)}${ratio.padStart(21)}`,
  );
}
if (record) {
  const origins = Object.fromEntries(bundles.map(({ key, packaged: { origins } }) => [key, sorted(origins)]));
  writeFileSync(SIZES_FILE, `${JSON.stringify(origins, null, 2)}\n`);
  console.log('\nUpdated packaging/sizes.json.');
}

/** The time to import a module in a new process, in milliseconds. */
async function importMs(file: string): Promise<number> {
  const script = `const began = performance.now(); await import(${JSON.stringify(pathToFileURL(file).href)}); console.log(performance.now() - began);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    env: {},
    cwd: folder,
  });
  return Number(stdout);
}

function median(times: readonly number[]): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN;
}

function sorted(origins: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(origins).toSorted(([, one], [, other]) => other - one));
}
