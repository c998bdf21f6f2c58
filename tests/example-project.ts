import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecipeFile } from '../local/pipeline.ts';
import { parseRecipe } from '../shared/recipe/recipe-file.ts';

// The tests use the recipes in tests/recipes/, because users change, add and remove recipes in recipes/.

const ROOT = join(import.meta.dirname, '..');

export const EXAMPLE_RECIPES = join(import.meta.dirname, 'recipes');

/** The names of the example recipes. */
export const examples = readdirSync(EXAMPLE_RECIPES)
  .map((file) => file.replace(/\.yml$/, ''))
  .toSorted();

export const exampleSource = (name: string): Buffer => readFileSync(join(EXAMPLE_RECIPES, `${name}.yml`));

export function example(name: string): RecipeFile {
  const source = exampleSource(name);
  const parsed = parseRecipe(source, `recipes/${name}.yml`, new Date('2026-11-22T03:00:00Z'));
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return { recipe: parsed.recipe, source };
}

/** The parts of the project that the command line and packaging read, without the recipes. */
const PARTS = [
  ...[
    'cli',
    'documents',
    'faults',
    'functions',
    'local',
    'packaging',
    'scripts',
    'shared',
    'stack',
    'statemachines',
  ],
  ...['package.json', 'serverless.yml', 'tsconfig.json'],
];

export interface ExampleProject {
  readonly folder: string;
  remove(): void;
}

/** Copies the project into a new folder, with the example recipes instead of the recipes in recipes/. */
export function copyProject(): ExampleProject {
  // Node resolves links in the paths of modules, so the project sees this path of its folder.
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'golden-image-project-'));
  for (const part of PARTS) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  cpSync(EXAMPLE_RECIPES, join(folder, 'recipes'), { recursive: true });
  // The folder itself is no link, so that the copy has its own compile cache in node_modules/.cache.
  mkdirSync(join(folder, 'node_modules'));
  for (const entry of readdirSync(join(ROOT, 'node_modules')).filter(
    (name) => !/^\.(cache|vite)/.test(name),
  )) {
    symlinkSync(join(ROOT, 'node_modules', entry), join(folder, 'node_modules', entry));
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
