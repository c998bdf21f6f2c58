import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { services } from '../src/services.ts';

const FOLDER = join(import.meta.dirname, '../docs');

/** The emulated services, by the names of their pages. */
const { sfn, 'auto scaling': autoScaling, ...others } = services;
const pages = { ...others, 'step-functions': sfn, 'auto-scaling': autoScaling };

/** The rows of the table of operations, as lists of cells. */
function rows(service: string): string[][] {
  const text = readFileSync(join(FOLDER, `${service}.md`), 'utf8');
  const [, table = ''] = /^\| operation \|.*\n\|[-|]+\|\n((?:\|.*\n)*)/m.exec(text) ?? [];
  return table
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

describe('docs', () => {
  test.each(Object.entries(pages))(
    'lists every operation of %s in its table, once',
    (name, { operations }) => {
      const documented = rows(name).flatMap(([cell = '']) => cell.split(/,\s+/));
      expect(documented.toSorted()).toEqual(Object.keys(operations).toSorted());
    },
  );

  test.each(Object.keys(pages))('describes for each operation of %s what is emulated', (name) => {
    for (const cells of rows(name)) {
      expect(cells, cells[0]).toHaveLength(4);
      expect(cells[1], cells[0]).not.toBe('');
    }
  });
});
