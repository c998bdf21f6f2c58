import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './golden-command.ts';

const CLI = join(ROOT, 'cli');

const files = readdirSync(CLI, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const sourceOf = (file: string): string => readFileSync(join(CLI, file), 'utf8');
const folderOf = (file: string): string => (dirname(file) === '.' ? '' : dirname(file));

/** The folders of the command line. Each folder may import itself and the listed folders. */
const borders: Readonly<Record<string, readonly string[]>> = {
  // The top-level files: the entry, which loads the commands, and the reader of the command line.
  '': [
    'approve',
    'bake',
    'copy',
    'history',
    'promote',
    'reject',
    'rollback',
    'serve',
    'share',
    'stop',
    'watch',
  ],
  // Shared by the commands.
  screen: [],
  world: [''],
  deployed: ['', 'screen'],
  channels: ['', 'screen', 'world', 'deployed'],
  approval: ['', 'screen', 'world', 'deployed', 'channels'],
  // The commands. A command never imports another command.
  approve: ['approval', 'channels'],
  bake: ['', 'screen', 'world', 'deployed'],
  history: ['channels'],
  copy: ['channels'],
  promote: ['channels'],
  reject: ['approval', 'channels'],
  share: ['channels'],
  rollback: ['channels'],
  serve: ['', 'screen', 'world'],
  stop: ['', 'screen', 'deployed'],
  watch: ['', 'screen', 'deployed'],
};

describe('the folders of the command line', () => {
  it('are exactly the folders in the table', () => {
    expect([...new Set(files.map(folderOf))].toSorted()).toEqual(Object.keys(borders).toSorted());
  });

  it.each(Object.entries(borders))('"%s" imports only itself and %j', (folder, mayImport) => {
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

  it.each(['bake', 'serve', 'stop', 'watch'])(
    'the folder %s contains the command, its options and its help',
    (command) => {
      expect(files).toContain(join(command, `${command}.ts`));
      const options = sourceOf(join(command, 'options.ts'));
      expect(options).toContain(`export const ${command.toUpperCase()}_HELP`);
      expect(options).toMatch(/export function read\w+Options\(/);
    },
  );
});

describe('names in the command line', () => {
  /** Exported names, with their files. */
  const exported = files.flatMap((file) =>
    [...sourceOf(file).matchAll(/^export (?:async )?(?:const|function|class|interface|type) (\w+)/gm)].map(
      ([, name = '']) => ({ name, file }),
    ),
  );

  it('are exported by one file only', () => {
    const byName = Map.groupBy(exported, ({ name }) => name);
    expect([...byName].filter(([, all]) => all.length > 1)).toEqual([]);
  });

  it('are unique among the files, except options.ts of each command', () => {
    const byName = Map.groupBy(files, (file) => basename(file));
    byName.delete('options.ts');
    expect([...byName].filter(([, all]) => all.length > 1)).toEqual([]);
  });
});
