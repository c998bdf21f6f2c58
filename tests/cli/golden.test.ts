import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { folder, golden, ROOT, type Run } from './golden-command.ts';

const FAULTS = join(ROOT, 'faults/copy-images-fails.yml');

/** The end of a run without the real time that it took. */
const untimed = (run: Run): Run => ({ ...run, out: run.out.replace(/\d[\d.]* m?s real/, 'TIME real') });

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

describe('golden', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']]])('prints its help: %j', async (args) => {
    const { code, out, err } = await golden(args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^Usage: golden <command> \[options\]\n/);
    for (const command of [
      'bake',
      'watch',
      'stop',
      'approve',
      'reject',
      'promote',
      'rollback',
      'copy',
      'share',
      'history',
      'serve',
    ])
      expect(out).toMatch(new RegExp(`^ {2}golden ${command}\\b`, 'm'));
    expect(out).toContain('golden <command> --help');
    expect(out).toContain('former name: golden aws');
    expect(out).toContain('npx --no -- golden');
  });

  test.each(['--version', '-v', 'version'])('prints its version: %s', async (arg) => {
    expect(await golden([arg])).toEqual({ code: 0, out: `golden ${version}\n`, err: '' });
  });

  test.each([
    ['bkae', 'Did you mean bake?'],
    ['zzzzzz', 'See golden --help.'],
  ])('refuses the command %s', async (command, fix) => {
    expect(await golden([command])).toEqual({
      code: 2,
      out: '',
      err: `Unknown command "${command}". The commands are bake, watch, stop, approve, reject, promote, rollback, copy, share, history, serve. ${fix}\n`,
    });
  });

  // Most tests of the command run it in a process that runs other cases before and after (command-host.ts).
  test.each([
    [['--version']],
    [['bkae']],
    [['watch']],
    [['bake', 'no-such-recipe', '--json']],
    [['bake', '--speed', 'max', '--seed', '42', '--at', '2026-11-22T03:00:00Z', '--json']],
    [['bake', '--speed', 'max', '--seed', '42', '--at', '2026-11-22T03:00:00Z', '--faults', FAULTS]],
  ])('ends the same in a process of its own and in a shared one: %j', async (args) => {
    const own = await golden(args, { ownProcess: true });
    for (const _ of ['first', 'second']) expect(untimed(await golden(args))).toEqual(untimed(own));
  });

  it('runs through npx with a --, as the documentation says', () => {
    const inherited = Object.entries(process.env).filter(([name]) => !/^npm_/.test(name));
    // npx links the command in npm's cache, which needs no network.
    const npm = {
      npm_config_cache: folder(),
      npm_config_offline: 'true',
      npm_config_update_notifier: 'false',
    };
    const env = { ...Object.fromEntries(inherited), ...npm };
    const args = ['--no', '--', 'golden', '--version'];
    const { status, stdout } = spawnSync('npx', args, { cwd: ROOT, env, encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, `golden ${version}\n`]);
  });
});

describe('golden on a Node.js that cannot run TypeScript', () => {
  /** Runs this Node.js without its TypeScript support, so that it behaves like an older Node.js. */
  const olderNode = (...args: string[]) =>
    spawnSync(process.execPath, ['--no-experimental-strip-types', 'cli/golden.js', ...args], {
      cwd: ROOT,
      encoding: 'utf8',
    });

  test.each([
    [['bake', '--json'], 'npm run bake'],
    [['serve'], 'npm run serve'],
    [['watch', 'one'], 'npx --no -- golden watch'],
    [[], 'npx --no -- golden'],
  ])('prints the reason and the command to run instead, in one line: %j', (args, script) => {
    const { status, stdout, stderr } = olderNode(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      `golden needs Node.js 22.18 or newer to run TypeScript; this is Node.js ${process.version}. ` +
        `Run it through npm, which uses the project's own Node.js: ${script}\n`,
    );
  });

  it('has no other file that a user could run by the name of the command', () => {
    const named = readdirSync(join(ROOT, 'cli')).filter((file) => file.startsWith('golden'));
    expect(named).toEqual(['golden.js']);
  });
});
