import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openRecipe } from '../../shared/recipe/open-recipe.ts';
import { describeProblem } from '../../shared/recipe/problem.ts';
import { EXAMPLE_RECIPES } from '../example-project.ts';

const now = new Date('2026-03-01T12:00:00Z');
const root = mkdtempSync(join(tmpdir(), 'recipes-'));
cpSync(EXAMPLE_RECIPES, join(root, 'recipes'), { recursive: true });
afterAll(() => rmSync(root, { recursive: true }));

const inRoot = (name: string): string => join(root, name);
const shownPath = (name: string): string => relative(process.cwd(), inRoot(name));

function opened(argument: string): string {
  const answer = openRecipe(argument, root, now);
  if ('problems' in answer) throw new Error(answer.problems.map(describeProblem).join('\n'));
  expect(answer.source.length).toBeGreaterThan(0);
  return `${answer.recipe.name} from ${answer.path}`;
}

function refused(argument: string, folder = root): string {
  const answer = openRecipe(argument, folder, now);
  return 'problems' in answer ? answer.problems.map(describeProblem).join('\n') : 'a recipe';
}

test('a name opens a recipe in recipes/, with or without .yml', () => {
  expect(opened('al2023')).toBe(`al2023 from ${shownPath('recipes/al2023.yml')}`);
  expect(opened('ubuntu2404.yml')).toBe(`ubuntu2404 from ${shownPath('recipes/ubuntu2404.yml')}`);
});

test('a path opens a file in any folder', () => {
  const path = inRoot('recipes/debian12.yml');
  expect(opened(path)).toBe(`debian12 from ${path}`);
  expect(opened(relative(process.cwd(), path))).toBe(`debian12 from ${relative(process.cwd(), path)}`);
});

test('the message for an unknown name lists the recipes and suggests one', () => {
  expect(refused('ubunto2404')).toBe(
    `ubunto2404
  found    no recipe "ubunto2404" in ${shownPath('recipes')}
  allowed  al2023, debian12, ubuntu2404, windows2022, or the path of a recipe
  fix      did you mean ubuntu2404?`,
  );
  expect(refused('freebsd.yml')).toBe(
    `freebsd.yml
  found    no recipe "freebsd.yml" in ${shownPath('recipes')}
  allowed  al2023, debian12, ubuntu2404, windows2022, or the path of a recipe
  fix      add the file ${shownPath('recipes/freebsd.yml')}`,
  );
});

test.each(['.', '..', 'Web Server', 'x'.repeat(41)])(
  'the message for %j, which no recipe can be named, asks for a recipe',
  (argument) => {
    expect(refused(argument)).toContain('\n  fix      name a recipe, such as al2023');
  },
);

test('without recipes, the message allows only a path', () => {
  expect(refused('al2023', inRoot('nowhere'))).toContain('allowed  the path of a recipe\n');
});

test('a missing file', () => {
  expect(refused(inRoot('missing.yml'))).toBe(
    `${inRoot('missing.yml')}
  found    no such file
  allowed  a file of at most 256 KiB
  fix      check the path`,
  );
  expect(refused(`${inRoot('recipes/al2023.yml')}/inside.yml`)).toContain('found    no such file\n');
});

test('a folder', () => {
  mkdirSync(inRoot('folder.yml'));
  expect(refused(inRoot('folder.yml'))).toBe(
    `${inRoot('folder.yml')}
  found    a folder
  allowed  a file of at most 256 KiB
  fix      choose a file in the folder`,
  );
});

test('a file that is too large is not read', () => {
  writeFileSync(inRoot('large.yml'), '# '.padEnd(256 * 1024 + 1, 'x'));
  expect(refused(inRoot('large.yml'))).toContain('found    a file of 257 KiB\n');
  writeFileSync(inRoot('full.yml'), '# '.padEnd(256 * 1024, 'x'));
  expect(refused(inRoot('full.yml'))).toContain('found    an empty file\n');
});

test('an invalid path', () => {
  expect(refused('/\0.yml')).toContain('found    a file that cannot be read (ERR_INVALID_ARG_VALUE)\n');
});

test('the problems of a broken recipe name the path as it was typed', () => {
  const path = inRoot('broken.yml');
  writeFileSync(path, 'name: broken\nregions: [us-east-9]\n');
  expect(refused(path)).toContain(
    `${path}:2:11 regions[0]\n  found    "us-east-9", which is not a region of the aws partition\n`,
  );
});
