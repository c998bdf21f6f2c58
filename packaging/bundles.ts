import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..');

/** The package of a function in serverless.yml: one ES module. */
export interface Bundle {
  readonly key: string;
  readonly code: Uint8Array;
  /** The path in the archive, to which the handler in serverless.yml refers. */
  readonly path: string;
  /** The file name: the name of the module with the extension `.mjs`. */
  readonly file: string;
  /** The bytes by their origin: an npm package or a folder of this project. */
  readonly origins: Readonly<Record<string, number>>;
}

interface Stack {
  readonly functions: Readonly<Record<string, { readonly handler: string }>>;
  readonly custom: {
    readonly esbuild: BuildOptions & {
      readonly plugins: string;
      readonly exclude: readonly string[];
      readonly outputFileExtension: string;
    };
  };
}

const readStack = (): Stack => parse(readFileSync(join(ROOT, 'serverless.yml'), 'utf8'));

/** The keys of all functions in serverless.yml. */
export const functionKeys = (): string[] => Object.keys(readStack().functions);

/** The esbuild options in serverless.yml, with the plugins that it names. */
export async function packagedOptions(): Promise<BuildOptions> {
  const { plugins, exclude, outputFileExtension, ...options } = readStack().custom.esbuild;
  return {
    ...options,
    external: [...exclude],
    plugins: (await import(join(ROOT, plugins))).default,
    outExtension: { '.js': outputFileExtension },
  };
}

/** esbuild's default options for a minified Node module of the same format, without the plugins and the other options of this project. */
export async function defaultOptions(): Promise<BuildOptions> {
  const {
    bundle = true,
    minify = true,
    format,
    platform,
    target,
    banner,
    outExtension,
  } = await packagedOptions();
  return {
    bundle,
    minify,
    platform: platform ?? 'node',
    ...(format === undefined ? {} : { format }),
    ...(target === undefined ? {} : { target }),
    ...(banner === undefined ? {} : { banner }),
    ...(outExtension === undefined ? {} : { outExtension }),
  };
}

/** Bundles one function in memory. */
export async function bundleFunction(key: string, options: BuildOptions): Promise<Bundle> {
  const [bundle] = await bundleFunctions([key], options);
  if (bundle === undefined) throw new Error(`esbuild created no output for ${key}`);
  return bundle;
}

/**
 * Bundles functions in memory. The result is the same as with one call for each function, but esbuild reads and parses the modules that the
 * functions share only once.
 */
export async function bundleFunctions(keys: readonly string[], options: BuildOptions): Promise<Bundle[]> {
  const { functions } = readStack();
  const entries = keys.map((key) => {
    const handler = functions[key]?.handler;
    if (handler === undefined) throw new Error(`serverless.yml has no function ${key}`);
    return { key, entry: handler.replace(/\.\w+$/, '') };
  });
  const { outputFiles, metafile } = await build({
    ...options,
    absWorkingDir: ROOT,
    entryPoints: [...new Set(entries.map(({ entry }) => `${entry}.ts`))],
    outbase: '.',
    outdir: 'bundles',
    write: false,
    metafile: true,
    logLevel: 'error',
  });
  const codes = new Map(outputFiles.map(({ path, contents }) => [path, contents]));
  const outputs = Object.entries(metafile.outputs);
  return entries.map(({ key, entry }) => {
    const [path, output] = outputs.find(([, { entryPoint }]) => entryPoint === `${entry}.ts`) ?? [];
    const code = path && codes.get(join(ROOT, path));
    if (!code || output === undefined) throw new Error(`esbuild created no output for ${entry}.ts`);
    const origins: Record<string, number> = {};
    for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
      const origin = originOf(input);
      if (bytesInOutput > 0) origins[origin] = (origins[origin] ?? 0) + bytesInOutput;
    }
    return {
      key,
      code,
      path: `${entry}.mjs`,
      file: `${entry.slice(entry.lastIndexOf('/') + 1)}.mjs`,
      origins,
    };
  });
}

/** The origin of the recipes in a function. Recipes do not count for the size budget, because the owner of the deployment adds them. */
export const RECIPES = 'recipes';

/** The origin of `node_modules/@scope/name/dist/x.js` is `@scope/name`. The origin of `shared/build/x.ts` is `shared/build`. */
function originOf(input: string): string {
  if (input.endsWith('shared/lambda/packaged-recipes.ts')) return RECIPES;
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input) ?? [];
  return name ?? input.slice(0, Math.max(input.lastIndexOf('/'), 0));
}
