import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lambdaService } from '../src/lambda/index.ts';
import { services } from '../src/services.ts';
import { stepFunctions } from '../src/step-functions/index.ts';

const FOLDER = join(import.meta.dirname, '../docs');

/** What is emulated, by the names of the pages. */
const pages = { ...services, lambda: lambdaService({}), 'step-functions': stepFunctions({}) };

/** The rows of the table of operations: their cells. */
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

describe('docs/embedded-aws', () => {
  test.each(Object.entries(pages))('has every operation of %s in its table, once', (name, { operations }) => {
    const documented = rows(name).flatMap(([cell = '']) => cell.split(/,\s+/));
    expect(documented.toSorted()).toEqual(Object.keys(operations).toSorted());
  });

  test.each(Object.keys(pages))('says of each operation of %s what is emulated', (name) => {
    for (const cells of rows(name)) {
      expect(cells, cells[0]).toHaveLength(4);
      expect(cells[1], cells[0]).not.toBe('');
    }
  });
});
