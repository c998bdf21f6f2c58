import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './golden-command.ts';

const CLI = join(ROOT, 'cli');

const files = readdirSync(CLI, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const sourceOf = (file: string): string => readFileSync(join(CLI, file), 'utf8');
const folderOf = (file: string): string => (dirname(file) === '.' ? '' : dirname(file));

/** The folders, each with the folders of the command line that it may import besides itself. */
const borders: Readonly<Record<string, readonly string[]>> = {
  // The files at the top: the entry, which knows the commands, and what reads a command line.
  '': ['bake', 'serve', 'stop', 'watch'],
  // Shared by the commands.
  screen: [],
  world: [''],
  deployed: ['', 'screen'],
  // The commands, none of which imports another one.
  bake: ['', 'screen', 'world', 'deployed'],
  serve: ['', 'screen', 'world'],
  stop: ['', 'screen', 'deployed'],
  watch: ['', 'screen', 'deployed'],
};

describe('the folders of the command line', () => {
  it('are these', () => {
    expect([...new Set(files.map(folderOf))].toSorted()).toEqual(Object.keys(borders).toSorted());
  });

  it.each(Object.entries(borders))('"%s" imports nothing but itself and %j', (folder, mayImport) => {
    const imported = files
      .filter((file) => folderOf(file) === folder)
      .flatMap((file) =>
        [...sourceOf(file).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, to = '']) =>
          relative(CLI, join(CLI, dirname(file), to)),
        ),
      )
      .filter((to) => !to.startsWith('..'));
    expect(imported.filter((to) => ![folder, ...mayImport].includes(folderOf(to)))).toEqual([]);
  });

  it.each(['bake', 'serve', 'stop', 'watch'])('%s has its options and their help beside it', (command) => {
    expect(files).toContain(join(command, `${command}.ts`));
    const options = sourceOf(join(command, 'options.ts'));
    expect(options).toContain(`export const ${command.toUpperCase()}_HELP`);
    expect(options).toMatch(/export function read\w+Options\(/);
  });
});

describe('a name of the command line', () => {
  /** Names of what is given by name to other files, with the file. */
  const exported = files.flatMap((file) =>
    [...sourceOf(file).matchAll(/^export (?:async )?(?:const|function|class|interface|type) (\w+)/gm)].map(
      ([, name = '']) => ({ name, file }),
    ),
  );

  it('is exported by one file', () => {
    const byName = Map.groupBy(exported, ({ name }) => name);
    expect([...byName].filter(([, all]) => all.length > 1)).toEqual([]);
  });

  it('is that of one file, but for the options of each command', () => {
    const byName = Map.groupBy(files, (file) => basename(file));
    byName.delete('options.ts');
    expect([...byName].filter(([, all]) => all.length > 1)).toEqual([]);
  });
});
