import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { onTestFinished } from 'vitest';

/** A temporary folder for a test. The folder is outside the project, so that modules in it cannot import the project's packages. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'golden-bundles-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Bundles the source of a module and imports the result. The module resolves its imports from the folder `from`. */
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
