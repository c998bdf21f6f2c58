import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { folder, golden, ROOT } from './golden-command.ts';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

describe('golden', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']]])('explains itself: %j', async (args) => {
    const { code, out, err } = await golden(args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const command of ['bake', 'watch', 'stop', 'serve'])
      expect(out).toContain(`golden ${command} --help`);
    expect(out).toMatch(/^ +golden aws is its former name, and still works$/m);
    expect(out).toContain('npx --no -- golden');
  });

  test.each(['--version', '-v', 'version'])('prints its version: %s', async (arg) => {
    expect(await golden([arg])).toEqual({ code: 0, out: `golden ${version}\n`, err: '' });
  });

  test.each([
    ['bkae', 'did you mean bake?'],
    ['zzzzzz', 'see golden --help'],
  ])('refuses the command %s', async (command, fix) => {
    expect(await golden([command])).toEqual({
      code: 2,
      out: '',
      err: `There is no command "${command}"; there are: bake, watch, stop, serve; ${fix}\n`,
    });
  });

  it('runs as the documentation says, through npx with a --', () => {
    const inherited = Object.entries(process.env).filter(([name]) => !/^npm_/.test(name));
    // npx links the command in npm's cache, and needs no network for it.
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
  /** As an older Node.js, which knows nothing of TypeScript: this one without its support of it. */
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
  ])('says so in one line, and what to run instead: %j', (args, script) => {
    const { status, stdout, stderr } = olderNode(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      `golden needs Node.js 22.18 or newer to run TypeScript; this is Node.js ${process.version}. ` +
        `Run it through npm, which uses the project's own Node.js: ${script}\n`,
    );
  });
});
