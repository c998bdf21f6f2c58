import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type Lock, takeLock } from '../../src/core/state-lock.ts';

function place(): { path: string; beside: () => string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'golden-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { path: join(folder, 'world.json'), beside: () => readdirSync(folder) };
}

function taken(path: string, command = 'golden bake'): Lock {
  const lock = takeLock(path, command);
  if (!('release' in lock)) throw new Error(`it is held: ${JSON.stringify(lock)}`);
  return lock;
}

/** The id of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--eval', '']);
  await new Promise((resolve) => child.on('close', resolve));
  return child.pid ?? 0;
}

const claim = (path: string, name: string, holder: object | string) =>
  writeFileSync(`${path}.lock-${name}`, typeof holder === 'string' ? holder : JSON.stringify(holder));

it('has one holder, whose name the next process gets, until it is released', () => {
  const { path, beside } = place();
  const lock = taken(path, 'golden serve');
  lock.announce('http://127.0.0.1:4566');
  const refused = takeLock(path, 'golden bake');
  expect(refused).toEqual({
    holder: {
      pid: process.pid,
      host: hostname(),
      command: 'golden serve',
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      endpoint: 'http://127.0.0.1:4566',
    },
    claim: expect.stringMatching(/world\.json\.lock-\d+-[0-9a-f]{8}$/),
  });
  expect(beside()).toHaveLength(1);
  lock.release();
  lock.release();
  lock.announce('too late');
  expect(beside()).toEqual([]);
  taken(path).release();
});

it('is separate for each file', () => {
  const { path } = place();
  taken(path);
  taken(`${path}.other`);
});

it('is taken from a dead process, and from an invalid claim', async () => {
  const { path, beside } = place();
  const since = '2026-11-20T03:00:00.000Z';
  claim(path, 'dead', { pid: await deadPid(), host: hostname(), command: 'golden bake', since });
  claim(path, 'empty', '');
  const lock = taken(path);
  expect(beside()).toHaveLength(1);
  lock.release();
});

it('is not taken from a process on another machine', () => {
  const { path, beside } = place();
  const holder = { pid: 1, host: 'elsewhere', command: 'golden bake', since: '2026-11-20T03:00:00.000Z' };
  claim(path, 'far', holder);
  expect(takeLock(path, 'golden bake')).toEqual({ holder, claim: `${path}.lock-far` });
  expect(beside()).toHaveLength(1);
});

it('throws the error of the file system', () => {
  const { path } = place();
  expect(() => takeLock(join(path, 'no', 'folder'), 'golden bake')).toThrow('ENOENT');
});

/**
 * After a start signal, takes the lock repeatedly and creates a witness file while it holds the lock. At that
 * time, no other process may have a witness file.
 */
const contender = `
  import { existsSync, rmSync, writeFileSync } from 'node:fs';
  import { takeLock } from ${JSON.stringify(join(import.meta.dirname, '../../src/core/state-lock.ts'))};
  const path = process.argv[1];
  const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  process.stdout.write('ready');
  while (!existsSync(path + '.begin')) pause(1);
  let rounds = 0;
  while (rounds < 20) {
    const lock = takeLock(path, 'contender');
    if (!('release' in lock)) continue;
    writeFileSync(path + '.witness', '', { flag: 'wx' });
    pause(2);
    rmSync(path + '.witness');
    // Some processes die while they hold the lock.
    if (++rounds === 20 && process.pid % 2 === 0) process.kill(process.pid, 'SIGKILL');
    lock.release();
  }
`;

it('is never held by two of many processes that compete and die', async () => {
  const { path, beside } = place();
  const contenders = Array.from({ length: 5 }, () =>
    spawn(process.execPath, ['--input-type=module', '--eval', contender, path]),
  );
  const ends = contenders.map(async (child) => {
    let err = '';
    child.stderr.on('data', (data) => {
      err += data;
    });
    const end = await new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)));
    return { end, err };
  });
  await Promise.all(contenders.map((child) => new Promise((resolve) => child.stdout.once('data', resolve))));
  writeFileSync(`${path}.begin`, '');
  for (const { end, err } of await Promise.all(ends)) {
    expect(err).toBe('');
    expect([0, 'SIGKILL']).toContain(end);
  }
  expect(existsSync(`${path}.witness`)).toBe(false);
  taken(path).release();
  expect(beside()).toEqual(['world.json.begin']);
});
