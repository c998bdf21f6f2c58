import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { zipSync } from 'fflate';
import { bundleFunctions, packagedOptions } from './bundles.ts';

/** The parts of Serverless that the plugin uses. */
interface Serverless {
  readonly serviceDir: string;
  readonly service: {
    getAllFunctions(): string[];
    getFunction(key: string): { package?: { artifact?: string } };
  };
}

// The same code must give the same archive at any time and in any time zone: CloudFormation updates a function whose archive has changed.
// The time in an archive is local time.
const ZIPPED_AT = new Date(1980, 0, 1);
/** A regular file that everyone can read. Lambda runs the code as another user. */
const READABLE = (0o100644 << 16) >>> 0;
const UNIX = 3;

/** A Serverless plugin that bundles the functions and gives Serverless one archive for each function. */
export default class BundleFunctions {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;
  readonly #serverless: Serverless;

  constructor(serverless: Serverless) {
    this.#serverless = serverless;
    this.hooks = { 'before:package:createDeploymentArtifacts': () => this.#bundle() };
  }

  async #bundle(): Promise<void> {
    const { serviceDir, service } = this.#serverless;
    const folder = join(serviceDir, '.serverless');
    mkdirSync(folder, { recursive: true });
    for (const { key, code, path } of await bundleFunctions(
      service.getAllFunctions(),
      await packagedOptions(),
    )) {
      const archive = join(folder, `${key}.zip`);
      const attributes = { mtime: ZIPPED_AT, os: UNIX, attrs: READABLE, level: 9 } as const;
      writeFileSync(archive, zipSync({ [path]: [code, attributes] }));
      const definition = service.getFunction(key);
      definition.package = { ...definition.package, artifact: relative(serviceDir, archive) };
    }
  }
}
