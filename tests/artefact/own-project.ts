import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import type { TestProject } from 'vitest/node';
import { stringify } from 'yaml';
import { copyProject } from '../example-project.ts';
import { plainRecipe, windowsRecipe } from '../simulated-build.ts';
import type { Template } from '../stack/packaged.ts';

/** The example accounts and organizations in the example recipes, with their replacements. */
const REPLACEMENTS: Readonly<Record<string, string>> = {
  '111122223333': '210987654321',
  '123456789012': '109876543210',
  '444455556666': '321098765432',
  '999999999999': '432109876543',
  'o-exampleorgid': 'o-a1b2c3d4e5',
  'ou-examplerootid111-exampleouid111': 'ou-a1b2-c3d4e5f6',
};

const withoutExamples = (recipe: string): string =>
  Object.entries(REPLACEMENTS).reduce((text, [example, own]) => text.replaceAll(example, own), recipe);

const publicRecipe = { ...plainRecipe, name: 'public', share: { public: true, copyable: true } };
/** Recipes with one region and without sharing, which are quick to bake. */
const small = { ...plainRecipe, regions: ['us-east-1'], share: {} };
const following = { ...small, name: 'following', rebuildOnNewBase: true };
const nightly = { ...small, name: 'nightly', schedule: { cron: '0 4 ? * * *', timezone: 'UTC' } };
const frozen = { ...small, name: 'frozen', freeze: { changeCalendars: ['no-changes'] } };
const scanned = { ...small, name: 'scanned', scanForUpdates: true };
const copyable = { ...small, name: 'copyable', share: { accounts: ['210987654321'], copyable: true } };
const keyed = {
  ...small,
  name: 'keyed',
  share: { accounts: ['210987654321'] },
  encryption: { keys: 'stack' },
};
const approved = { ...small, name: 'approved', gates: { approval: { deadlineHours: 24 } } };
const soaking = { ...small, name: 'soaking', publish: { promoteAfterHours: { candidate: 1 } } };
const tested = {
  ...small,
  name: 'tested',
  regions: ['us-east-1', 'ap-southeast-2'],
  test: { regions: ['ap-southeast-2'] },
};
/** Its base does not exist. */
const { build: _build, ...unbuilt } = tested;
const imaged = { ...unbuilt, name: 'imaged', base: { instanceId: 'i-0123456789abcdef0', reboot: false } };
/** The role in a consumer account, and the launch templates, of the recipe `consumed`. */
export const CONSUMER_ROLE = 'arn:aws:iam::210987654321:role/golden-image-pointers';
export const TEMPLATES = [
  { region: 'us-east-1', id: 'lt-0123456789abcdef0', default: true },
  { region: 'eu-west-1', id: 'lt-0fedcba9876543210', default: true },
];
const consumed = {
  ...small,
  name: 'consumed',
  optionalRegions: ['eu-west-1'],
  share: { accounts: ['210987654321'] },
  publish: { roles: [CONSUMER_ROLE], launchTemplates: TEMPLATES },
};
const fast = {
  ...windowsRecipe,
  ...{ name: 'fast', regions: ['us-east-1'], optionalRegions: ['eu-west-1'], share: {} },
  image: {
    fastSnapshotRestore: { 'us-east-1': ['us-east-1a'], 'eu-west-1': ['eu-west-1a'] },
    fastLaunch: { regions: ['us-east-1', 'eu-west-1'] },
  },
  publish: { instanceRefresh: [{ region: 'us-east-1', autoScalingGroup: 'web' }] },
};
const RECIPES = [
  fast,
  plainRecipe,
  publicRecipe,
  copyable,
  keyed,
  consumed,
  approved,
  following,
  nightly,
  frozen,
  scanned,
  tested,
  imaged,
  soaking,
];

export interface Artefact {
  readonly template: Template;
  /** The folder of the unpacked archives. Each archive is in a folder with its name. */
  readonly functions: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    artefact: Artefact;
  }
}

/** Packages the project for all tests of a run. The test runner calls this function in its own process. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'golden-image-artefact-'));
  const provide = () => project.provide('artefact', packageOwnProject(mkdtempSync(join(folder, 'package-'))));
  provide();
  // With --watch, the code of the functions may have changed.
  project.onTestsRerun((specifications) => {
    if (specifications.some((one) => one.project === project)) provide();
  });
  return () => rmSync(folder, { recursive: true, force: true });
}

/**
 * Packages the project into a new folder as its users do, with `npm run package -- --stage prod`. The package has the example recipes
 * without example accounts, and the recipes above. A copy of the project is packaged, so that the project itself does not change.
 */
function packageOwnProject(folder: string): Artefact {
  const project = copyProject();
  const ownRecipes = join(project.folder, 'recipes');
  for (const { name, ...recipe } of RECIPES) {
    writeFileSync(join(ownRecipes, `${name}.yml`), stringify({ name, ...recipe }));
  }
  for (const file of readdirSync(ownRecipes)) {
    const path = join(ownRecipes, file);
    writeFileSync(path, withoutExamples(readFileSync(path, 'utf8')));
  }
  const packaged = join(folder, 'package');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['scripts/package.ts', '--stage', 'prod', '--region', 'us-east-1', '--package', packaged],
    { cwd: project.folder, encoding: 'utf8', env: { ...process.env, npm_lifecycle_event: '' } },
  );
  project.remove();
  if (status !== 0) throw new Error(`packaging ended with ${status}:\n${stdout}\n${stderr}`);
  // The test runner imports modules in a folder of this name without transforming them.
  const functions = join(folder, 'node_modules');
  for (const archive of readdirSync(packaged).filter((name) => name.endsWith('.zip'))) {
    unpack(join(packaged, archive), join(functions, archive));
  }
  return {
    template: JSON.parse(readFileSync(join(packaged, 'cloudformation-template-update-stack.json'), 'utf8')),
    functions,
  };
}

function unpack(archive: string, folder: string): void {
  for (const [name, content] of Object.entries(unzipSync(readFileSync(archive)))) {
    if (name.endsWith('/')) continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}
