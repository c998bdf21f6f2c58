import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { decodeWorld } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../../cli/screen/report.ts';
import { folder, golden, ROOT } from '../golden-command.ts';

const fast = ['--speed', 'max'];
const fixed = ['--seed', '42', '--at', '2026-11-22T03:00:00Z'];

/** The part of a stored execution that the tests read. */
interface ExecutionRecord {
  readonly history: readonly (readonly { readonly type: string; readonly at: number }[])[];
}

const reportOf = ({ out }: { out: string }): Report => JSON.parse(out);
const storedIn = (cwd: string) => decodeWorld(readFileSync(join(cwd, 'world.json')));
const inventoryIn = ({ out }: { out: string }) => /^Inventory +(.*)$/m.exec(out)?.[1];

/** Acts once on a process, when the process has printed the awaited text. */
function when(awaited: string, act: (child: ChildProcess) => void) {
  let acted = false;
  return (printed: string, child: ChildProcess) => {
    if (acted || !printed.includes(awaited)) return;
    acted = true;
    act(child);
  };
}

describe('a world that is kept', () => {
  it('is continued by the next bakes, from its time and with its seed', async () => {
    const cwd = folder();
    const first = await golden(['bake', ...fast, ...fixed], { cwd });
    expect(first.out).toContain(
      'State      world.json, new world, simulated time 2026-11-22T03:00:00.000Z\n',
    );
    const { at } = storedIn(cwd);
    const second = await golden(['bake', ...fast], { cwd });
    const time = new Date(at).toISOString();
    expect(second.out).toContain(
      `State      world.json, existing world, started 2026-11-22T03:00:00.000Z, simulated time ${time}\n`,
    );
    expect(second.out).toMatch(new RegExp(`^Execution .*, started ${time}$`, 'm'));
    expect(second.out).not.toContain('to repeat');
    expect([first, second].map(inventoryIn)).toEqual([
      'before: nothing; after: 2 images, 2 snapshots',
      'before: 2 images, 2 snapshots; after: 4 images, 4 snapshots',
    ]);
    const third = reportOf(await golden(['bake', 'debian12', ...fast, '--json'], { cwd }));
    expect(third).toMatchObject({
      status: 'succeeded',
      seed: 42,
      state: { file: 'world.json', fresh: false },
    });
    expect(Date.parse(third.state?.at ?? '')).toBeGreaterThan(at);
    expect(third.startTime).toBe(third.state?.at);
    expect(readdirSync(cwd)).toEqual(['world.json']);
  });

  it('is byte-identical for the same seed and time', async () => {
    const runs = await Promise.all(
      [1, 2].map(async () => {
        const cwd = folder();
        const first = await golden(['bake', ...fast, ...fixed, '--json'], { cwd });
        const second = await golden(['bake', ...fast, '--json'], { cwd });
        return [first.out, second.out, readFileSync(join(cwd, 'world.json'), 'utf8')];
      }),
    );
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[0]?.[1]).not.toBe(runs[0]?.[0]);
  });

  it('is replaced with --fresh', async () => {
    const cwd = folder();
    const args = ['bake', ...fast, '--fresh', ...fixed, '--json'];
    const runs = [await golden(args, { cwd }), await golden(args, { cwd })];
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[1]?.code).toBe(0);
  });

  it('keeps a new seed for the next commands', async () => {
    const cwd = folder();
    await golden(['bake', ...fast, ...fixed], { cwd });
    const second = reportOf(await golden(['bake', ...fast, '--seed', '7', '--json'], { cwd }));
    expect(second.seed).toBe(7);
    expect(storedIn(cwd)).toMatchObject({ began: { seed: 42 }, seed: 7 });
    expect(reportOf(await golden(['bake', ...fast, '--json'], { cwd })).seed).toBe(7);
  });

  it('refuses another time', async () => {
    const cwd = folder();
    await golden(['bake', ...fast, ...fixed], { cwd });
    const before = readFileSync(join(cwd, 'world.json'));
    const { code, out, err } = await golden(['bake', ...fast, '--at', '2027-01-01T00:00:00Z'], { cwd });
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(
      `the world in world.json is already at ${new Date(storedIn(cwd).at).toISOString()}`,
    );
    expect(err).toContain('--fresh');
    expect(readFileSync(join(cwd, 'world.json'))).toEqual(before);
    expect(readdirSync(cwd)).toEqual(['world.json']);
  });

  it('is kept after a build that failed', async () => {
    const cwd = folder();
    const faults = join(ROOT, 'faults/patch-fails.yml');
    const failed = await golden(['bake', ...fast, ...fixed, '--faults', faults], { cwd });
    expect(failed.code).toBe(1);
    // The next run has no faults, because faults are not kept.
    const next = await golden(['bake', ...fast], { cwd });
    expect([next.code, inventoryIn(next)]).toEqual([0, 'before: nothing; after: 2 images, 2 snapshots']);
  });

  it('is not created by a command that is refused', async () => {
    const cwd = folder();
    const refused = await Promise.all([
      golden(['bake', 'no-such-recipe'], { cwd }),
      golden(['bake', '--faults', 'none.yml'], { cwd: folder() }),
      golden(['bake', '--speed', 'fast'], { cwd: folder() }),
    ]);
    expect(refused.map(({ code }) => code)).toEqual([2, 2, 2]);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('is found behind a link, and is written there', async () => {
    const cwd = folder();
    mkdirSync(join(cwd, 'real'));
    symlinkSync(join('real', 'world.json'), join(cwd, 'world.json'));
    writeFileSync(join(cwd, 'real', 'world.json'), '');
    expect((await golden(['bake', ...fast, ...fixed, '--fresh'], { cwd })).code).toBe(0);
    expect(decodeWorld(readFileSync(join(cwd, 'real', 'world.json')))).toMatchObject({ seed: 42 });
  });
});

describe('a file without a usable world', () => {
  const bake = (cwd: string, ...more: string[]) => golden(['bake', ...fast, ...more], { cwd });

  it.each([
    [
      'a file of another program',
      'foreign',
      /found +a file that is not a golden world\n.*\n +fix +name another file with --state/,
    ],
    ['an empty file', '', /found +an empty file\n.*\n +fix .*--fresh, or name another file with --state/],
    ['a damaged file', 'damaged', /found +a world that was damaged or changed .*\n.*\n +fix .*--fresh/],
    [
      'a truncated file',
      'cut',
      /found +a world that was cut short \(\d+ of \d+ bytes\)\n.*\n +fix .*--fresh/,
    ],
    [
      'a file of a newer version',
      'newer',
      /found +a world of version 3, .*\n.*\n +fix +use the version of golden that wrote the file.*--fresh/,
    ],
  ])('%s is refused and not changed', async (_, kind, message) => {
    const cwd = folder();
    const file = join(cwd, 'world.json');
    writeFileSync(file, contentOf(kind));
    const { code, out, err } = await bake(cwd);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^world\.json\n/);
    expect(err).toMatch(message);
    expect(err).toContain('One problem; nothing was launched.');
    expect(readFileSync(file, 'utf8')).toBe(contentOf(kind));
    expect(readdirSync(cwd)).toEqual(['world.json']);
    // --fresh replaces files that golden wrote, and never other files.
    const fresh = await bake(cwd, '--fresh');
    expect(fresh.code).toBe(kind === 'foreign' ? 2 : 0);
    if (kind === 'foreign') expect(readFileSync(file, 'utf8')).toBe('foreign');
  });

  it('is reported with --json, together with other problems', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'world.json'), 'foreign');
    const { code, out, err } = await golden(['bake', 'al2032', '--json'], { cwd });
    expect([code, err]).toEqual([2, '']);
    const report = reportOf({ out });
    expect(report).toMatchObject({ status: 'invalid', images: [] });
    expect(report.problems?.map(({ file }) => file)).toEqual(['al2032', 'world.json']);
  });
});

/** The content of a file of each bad kind. */
function contentOf(kind: string): string {
  const head = (version: number, sha256: string, bytes: number) =>
    `{"format":"golden-world","version":${version},"sha256":"${sha256}","bytes":${bytes},"world":`;
  if (kind === 'damaged') return `${head(1, '0'.repeat(64), 2)}{}}\n`;
  if (kind === 'cut') return `${head(1, '0'.repeat(64), 5000)}{"began":`;
  const sha256 = createHash('sha256').update('3\n{}').digest('hex');
  if (kind === 'newer') return `${head(3, sha256, 2)}{}}\n`;
  return kind;
}

describe('--state', () => {
  it.each([
    ['a folder', '.', /^\.\n +found +a folder\n.*\n +fix +name a file in the folder/],
    ['a folder that does not exist', 'new/', /^new\/\n +found +a folder/],
    [
      'a file in a folder that does not exist',
      'no/world.json',
      /^no\/world\.json\n +found +a file in a folder that does not exist\n/,
    ],
    [
      'a file in something that is not a folder',
      'plain/world.json',
      /^plain\/world\.json\n +found +a file in something that is not a folder\n/,
    ],
    ['a device', '/dev/null', /^\/dev\/null\n +found +a device, pipe or socket\n/],
    [
      'a folder without write permission',
      '/proc/golden.json',
      /^\/proc\/golden\.json\n +found +a file (that|in|without)/,
    ],
    ['an empty name', '', /^the command line --state\n +found +an empty name\n/],
  ])('refuses %s, and nothing is launched', async (_, state, message) => {
    const cwd = folder();
    writeFileSync(join(cwd, 'plain'), '');
    const { code, out, err } = await golden(['bake', ...fast, '--state', state], { cwd });
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(readdirSync(cwd)).toEqual(['plain']);
  });

  it.each([
    ['--state without a name', ['--state'], '--state\n  found    no value'],
    ['--state twice', ['--state', 'a', '--state', 'b'], '--state\n  found    the same option twice'],
    ['--fresh twice', ['--state=a', '--fresh', '--fresh'], '--fresh\n  found    the same option twice'],
    ['--fresh with a value', ['--state=a', '--fresh=yes'], '--fresh\n  found    the value "yes"'],
    ['--freesh', ['--state=a', '--freesh'], 'did you mean --fresh?'],
  ])('refuses %s', async (_, args, message) => {
    const cwd = folder();
    const { code, err } = await golden(['bake', ...args], { cwd });
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('explains that npm read the options before a --', async () => {
    const env = { npm_lifecycle_event: 'bake', npm_config_state: 'x.json', npm_config_fresh: 'true' };
    const { code, err } = await golden(['bake'], { env });
    expect(code).toBe(2);
    expect(err).toContain('--state and --fresh\n  found    an option that npm read as its own');
    expect(err).toContain('npm run bake --');
  });
});

describe('two commands on one world', () => {
  it('cannot run at the same time; the next command resumes the build of a killed command', async () => {
    const cwd = folder();
    let second: ReturnType<typeof golden> | undefined;
    let pid = 0;
    // Patch takes more than two minutes at this speed. That leaves time for the second command, and for the first one to save the world.
    await golden(['bake', '--speed', '4', ...fixed], {
      cwd,
      onOutput: when('✔ Launch', (child) => {
        pid = child.pid ?? 0;
        second = golden(['bake', ...fast], { cwd }).finally(() => child.kill('SIGKILL'));
      }),
    });
    const { code, err, out } = (await second) ?? { code: 0, err: '', out: '' };
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(
      new RegExp(
        `^world.json\\n +found +a world that is in use by golden bake, process ${pid} on .*, since 20`,
      ),
    );
    expect(err).toMatch(/fix +wait until the process has ended, or name another file with --state/);
    // The killed process saved the world at its last stage. Its claim does not block the next command.
    expect(readdirSync(cwd)).toHaveLength(2);
    const next = await golden(['bake', ...fast], { cwd });
    expect(next.code).toBe(0);
    expect(next.out).toMatch(/^Resumed al2023 20261122-030000-[0-9a-f]{6}: released 2 images$/m);
    expect(readdirSync(cwd)).toEqual(['world.json']);
  });

  it('are refused with the endpoint of the first command', async () => {
    const cwd = folder();
    const holder = {
      pid: process.pid,
      host: hostname(),
      command: 'golden serve',
      since: '2026-11-22T03:00:00.000Z',
      endpoint: 'http://127.0.0.1:4566',
    };
    writeFileSync(join(cwd, 'world.json.lock-1'), JSON.stringify(holder));
    const { code, err } = await golden(['bake', ...fast], { cwd });
    expect(code).toBe(2);
    expect(err).toContain(
      `in use by golden serve, process ${process.pid} on ${hostname()}, since 2026-11-22T03`,
    );
    expect(err).toContain('fix      call the endpoint http://127.0.0.1:4566, wait until');
  });
});

describe('an interrupted build', () => {
  const NAME = 'al2023 20261122-030000-[0-9a-f]{6}';

  /** A folder with the world of a build that was killed during Patch. */
  async function killed(): Promise<string> {
    const cwd = folder();
    await golden(['bake', '--speed', '20', ...fixed], {
      cwd,
      // SIGHUP ends the process immediately and saves the world.
      onOutput: when('✔ Launch', (child) => child.kill('SIGHUP')),
    });
    return cwd;
  }

  it.each(['al2023', 'debian12'])(
    'is finished before the next build of %s, and its result is printed',
    async (recipe) => {
      const cwd = await killed();
      const { code, out } = await golden(['bake', recipe, ...fast], { cwd });
      expect(code).toBe(0);
      expect(out).toMatch(
        new RegExp(
          `^Resuming ${NAME}, which was interrupted\\.\nResumed ${NAME}: released 2 images\nExecution `,
          'm',
        ),
      );
      // The inventory counts only what the new build changed.
      expect(inventoryIn({ out })).toMatch(/^before: 2 images, 2 snapshots; after: \d images, \d snapshots$/);
    },
  );

  it('is in the field resumed with --json', async () => {
    const cwd = await killed();
    const { out, err } = await golden(['bake', 'debian12', ...fast, '--json'], { cwd });
    expect(err).toBe('');
    expect(reportOf({ out })).toMatchObject({ status: 'succeeded', recipe: 'debian12' });
    expect(reportOf({ out }).resumed).toEqual([
      {
        kind: 'build',
        execution: expect.stringMatching(/^[0-9a-f-]{36}$/),
        recipe: 'al2023',
        version: expect.stringMatching(/^20261122-030000-/),
        status: 'succeeded',
        outcome: 'released 2 images',
      },
    ]);
  });

  it('that fails is reported with its reason', async () => {
    const cwd = await killed();
    const faults = join(ROOT, 'faults/stop-fails.yml');
    const { out } = await golden(['bake', 'debian12', ...fast, '--faults', faults], { cwd });
    expect(out).toMatch(new RegExp(`^Resumed ${NAME}: failed at Stop: \\S.*$`, 'm'));
  });

  it('and stopped twice leaves its resources, which the next command removes first', async () => {
    const cwd = folder();
    const stopped = await golden(['bake', '--speed', '20', ...fixed], {
      cwd,
      // Both signals are sent immediately. Two equal signals could be merged into one.
      onOutput: when('✔ Launch', (child) => {
        child.kill('SIGINT');
        child.kill('SIGTERM');
      }),
    });
    expect(stopped.code).toBe(130);
    const [, id = 'no instance'] =
      /^Quit before the clean-up ended\. These resources remain: instance (i-[0-9a-f]{17}) in us-east-1, volume vol-[0-9a-f]{17} in us-east-1\. The next command with this world finishes the clean-up first\.$/m.exec(
        stopped.out,
      ) ?? [];
    const next = await golden(['bake', ...fast], { cwd });
    expect(next.out).toMatch(new RegExp(`^Resumed the clean-up of ${NAME}: removed .*${id}`, 'm'));
    // EC2 may still be terminating the tester.
    expect(inventoryIn(next)).toMatch(
      /^before: nothing; after: (1 instance, 1 volume, )?2 images, 2 snapshots/,
    );
  });
});

describe('the world is saved and released when a bake is', () => {
  const slow = ['bake', '--speed', '20', ...fixed];

  it('interrupted once', async () => {
    const cwd = folder();
    const { code } = await golden(['bake', '--speed', '100', ...fixed], {
      cwd,
      onOutput: when('✔ Launch', (child) => child.kill('SIGINT')),
    });
    expect(code).toBe(130);
    expect(readdirSync(cwd)).toEqual(['world.json']);
    const next = await golden(['bake', ...fast], { cwd });
    // EC2 may still be terminating the tester.
    expect(inventoryIn(next)).toMatch(
      /^before: nothing; after: (1 instance, 1 volume, )?2 images, 2 snapshots/,
    );
  });

  it.each([
    ['SIGINT', 'SIGTERM'],
    ['SIGTERM', 'SIGINT'],
  ] as const)('interrupted twice, by %s and %s', async (...signals) => {
    const cwd = folder();
    const { code } = await golden(slow, {
      cwd,
      // Both signals are sent immediately, because the clean-up is already running. Two equal signals could be merged into one.
      onOutput: when('✔ Plan', (child) => {
        for (const signal of signals) child.kill(signal);
      }),
    });
    expect(code).toBe(130);
    expect(readdirSync(cwd)).toEqual(['world.json']);
    expect(storedIn(cwd).at).toBeGreaterThan(Date.parse('2026-11-22T03:00:00Z'));
  });

  it('interrupted between two events: the last stage ends at the time of the stop', async () => {
    const cwd = folder();
    const { code, out } = await golden(['bake', '--speed', '300', ...fixed], {
      cwd,
      onOutput: when('✔ Launch', (child) => child.kill('SIGINT')),
    });
    expect(code).toBe(130);
    expect(out).toMatch(/^✘ Patch /m);
    const { rows } = storedIn(cwd).fields.executions as { rows: { current: ExecutionRecord }[] };
    const history = rows.flatMap(({ current: { history } }) => history.flat());
    const stop = history.findIndex(({ type }) => type === 'ExecutionAborted');
    const before = history[stop - 1]?.at ?? 0;
    expect(before).toBeGreaterThan(Date.parse('2026-11-22T03:00:00Z'));
    expect(history[stop]?.at).toBeGreaterThan(before);
  });

  it.each([
    ['ended by SIGHUP', (child: ChildProcess) => child.kill('SIGHUP'), 129],
    ['writing to a closed pipe', (child: ChildProcess) => child.stdout?.destroy(), 130],
  ])('%s', async (_, act, expected) => {
    const cwd = folder();
    const { code } = await golden(slow, { cwd, onOutput: when('✔ Plan', act) });
    expect(code).toBe(expected);
    expect(readdirSync(cwd)).toEqual(['world.json']);
    storedIn(cwd);
  });

  it('finished in a folder that has moved: the bake succeeds, and the error is printed', async () => {
    const cwd = join(folder(), 'gone');
    mkdirSync(cwd);
    // The folder is moved in one step, because the process may be writing the world.
    const gone = when('✔ Launch', () => renameSync(cwd, `${cwd}-elsewhere`));
    const { code, out, err } = await golden(['bake', '--speed', '200', ...fixed], { cwd, onOutput: gone });
    expect(out).toContain('Baked al2023');
    expect(err).toMatch(/^Could not save the world in world\.json \(.*ENOENT.*\)\. The file is unchanged\./);
    expect(code).toBe(1);
  });
});
