import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const FOLDER = join(import.meta.dirname, '..');

test('the example in README.md runs and prints the documented output', { timeout: 120_000 }, () => {
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(FOLDER, 'README.md'), 'utf8')) ?? [];
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module-typescript', '-'], {
    cwd: FOLDER,
    input: example,
    encoding: 'utf8',
  });
  expect({ stdout, stderr, status }).toEqual({ stdout: 'pending\n1\n', stderr: '', status: 0 });
});

test('the operation in README.md is the operation in src/', () => {
  const [, shown = ''] =
    /```text\n([\s\S]*?)\n *```/.exec(readFileSync(join(FOLDER, 'README.md'), 'utf8')) ?? [];
  const written = readFileSync(join(FOLDER, 'src/sqs/list-queue-tags.ts'), 'utf8');
  expect(shown.replaceAll(/^ {3}/gm, '')).toBe(written.trimEnd());
});
