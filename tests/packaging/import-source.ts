import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { onTestFinished } from 'vitest';

/** A folder outside the project, so that nothing in it finds the project's packages; it goes when the test ends. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'golden-bundles-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Bundles the source of a module, which imports from the given folder, and imports the outcome. */
export async function importSource<Module>(
  source: string,
  from: string,
  options: BuildOptions = {},
): Promise<Module> {
  const outfile = join(scratchFolder(), 'source.mjs');
  const { outputFiles } = await build({
    bundle: true,
    format: 'esm',
    platform: 'node',
    ...options,
    stdin: { contents: source, resolveDir: from },
    write: false,
  });
  writeFileSync(outfile, outputFiles?.[0]?.contents ?? '');
  return import(/* @vite-ignore */ pathToFileURL(outfile).href);
}
