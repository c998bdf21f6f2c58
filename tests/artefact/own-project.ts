import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { stringify } from 'yaml';
import type { Template } from '../stack/packaged.ts';

const ROOT = join(import.meta.dirname, '../..');

/** What packaging reads of the project. */
const PARTS = [
  ...['cli', 'documents', 'functions', 'local', 'packaging', 'recipes', 'scripts', 'shared', 'stack'],
  ...['statemachines', 'package.json', 'serverless.yml', 'tsconfig.json'],
];

/** The examples of AWS's documentation that stand in recipes for readers, and who reads there instead. */
const READERS: Readonly<Record<string, string>> = {
  '111122223333': '210987654321',
  '123456789012': '109876543210',
  '444455556666': '321098765432',
  '999999999999': '432109876543',
  'o-exampleorgid': 'o-a1b2c3d4e5',
  'ou-examplerootid111-exampleouid111': 'ou-a1b2-c3d4e5f6',
};

const withOwnReaders = (recipe: string): string =>
  Object.entries(READERS).reduce((text, [example, reader]) => text.replaceAll(example, reader), recipe);

export interface Artefact {
  readonly template: Template;
  /** Where the functions' archives are unpacked, each in a folder of its name. */
  readonly functions: string;
  remove(): void;
}

/**
 * Packages the project as a team that uses it does, with `npm run package -- --stage prod`: with the shipped recipes, of readers of their
 * own, and with recipes besides. A copy of the project is packaged, so that the project itself stays as it is.
 */
export function packageOwnProject(recipes: readonly { readonly name: string }[]): Artefact {
  const folder = mkdtempSync(join(tmpdir(), 'golden-image-artefact-'));
  const project = join(folder, 'project');
  mkdirSync(project);
  for (const part of PARTS) cpSync(join(ROOT, part), join(project, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));
  for (const { name, ...recipe } of recipes) {
    writeFileSync(join(project, 'recipes', `${name}.yml`), stringify({ name, ...recipe }));
  }
  for (const file of readdirSync(join(project, 'recipes'))) {
    const path = join(project, 'recipes', file);
    writeFileSync(path, withOwnReaders(readFileSync(path, 'utf8')));
  }
  const packaged = join(folder, 'package');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['scripts/package.ts', '--stage', 'prod', '--region', 'us-east-1', '--package', packaged],
    { cwd: project, encoding: 'utf8', env: { ...process.env, npm_lifecycle_event: '' } },
  );
  if (status !== 0) throw new Error(`packaging ended with ${status}:\n${stdout}\n${stderr}`);
  // What lies under this name the test runner imports as it is, untransformed.
  const functions = join(folder, 'node_modules');
  for (const archive of readdirSync(packaged).filter((name) => name.endsWith('.zip'))) {
    unpack(join(packaged, archive), join(functions, archive));
  }
  return {
    template: JSON.parse(readFileSync(join(packaged, 'cloudformation-template-update-stack.json'), 'utf8')),
    functions,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function unpack(archive: string, folder: string): void {
  for (const [name, content] of Object.entries(unzipSync(readFileSync(archive)))) {
    if (name.endsWith('/')) continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}
