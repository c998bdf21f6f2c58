import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decodeWorld, restoreWorld } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../../cli/screen/report.ts';
import { RECIPE } from '../../../shared/build/tags.ts';
import { exampleSource } from '../../example-project.ts';
import { plainStages } from '../../simulated-build.ts';
import { folder, golden, ROOT } from '../golden-command.ts';

const fixed = ['--speed', 'max', '--fresh', '--seed', '42', '--at', '2026-11-22T03:00:00Z'];
const faults = (name: string) => join(ROOT, 'faults', name);

/** When each stage of a build ended, in seconds since its start. */
const endsOf = ({ stages }: Report): number[] =>
  stages.map(({ startSeconds, seconds }) => Math.round((startSeconds + seconds) * 1000) / 1000);

describe('golden bake --json', () => {
  it('prints one document and nothing else, byte-identical for the same seed and time at any speed', async () => {
    const runs = await Promise.all([
      golden(['bake', ...fixed, '--json']),
      golden(['bake', ...fixed, '--json']),
      golden(['bake', 'al2023', '--speed', '5000', ...fixed.slice(2), '--json']),
    ]);
    for (const { code, out, err } of runs) {
      expect([code, err]).toEqual([0, '']);
      expect(out).toBe(runs[0]?.out);
    }
    const report: Report = JSON.parse(runs[0]?.out ?? '');
    expect(Object.keys(report)).toEqual([
      ...['schemaVersion', 'status', 'world', 'state', 'recipe', 'version', 'execution', 'seed', 'startTime'],
      ...['decision', 'base', 'images', 'publication', 'stages', 'seconds', 'cleanup'],
    ]);
    expect(report).toMatchObject({
      schemaVersion: 1,
      status: 'succeeded',
      world: 'embedded',
      state: { file: 'world.json', fresh: true, at: '2026-11-22T03:00:00.000Z' },
      recipe: 'al2023',
      seed: 42,
      decision: { verdict: 'build', rule: 'asked' },
      base: {
        imageId: expect.stringMatching(/^ami-[0-9a-f]{17}$/),
        name: expect.stringMatching(/^al2023-ami-/),
      },
      images: ['us-east-1', 'eu-west-1'].map((region) => ({
        region,
        imageId: expect.stringMatching(/^ami-[0-9a-f]{17}$/),
        name: `al2023-${report.version}`,
        snapshotIds: [expect.stringMatching(/^snap-[0-9a-f]{17}$/)],
        sharedWith: {
          accounts: ['111122223333', '444455556666'],
          organizations: [],
          organizationalUnits: [],
          public: false,
        },
      })),
    });
    expect(report.stages.map(({ name }) => name)).toEqual(['Decide', ...plainStages, 'Record']);
    // CopyImages and TestImage run at the same time. Every other stage begins when the former one ends.
    expect(endsOf(report).slice(0, 6)).toEqual(
      report.stages.slice(1, 7).map(({ startSeconds }) => startSeconds),
    );
    expect(Math.max(...endsOf(report))).toBeCloseTo(report.seconds, 1);
    const documented = readFileSync(join(ROOT, 'docs/json.md'), 'utf8');
    const fields = [...Object.keys(report), ...report.stages.flatMap(Object.keys)];
    expect(fields.filter((name) => !documented.includes(`\`${name}\``))).toEqual([]);
  });

  it('prints another document for another seed', async () => {
    const [one, other] = await Promise.all(
      ['1', '2'].map((seed) =>
        golden(['bake', '--speed', 'max', '--seed', seed, '--at', '2026-11-22T03:00:00Z', '--json']),
      ),
    );
    expect(one?.out).not.toBe(other?.out);
  });

  it('reports why and where a build failed, and what was removed; exit code 1', async () => {
    const failing = ['--faults', faults('copy-images-fails.yml')];
    const { code, out } = await golden(['bake', ...fixed, ...failing, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      status: 'failed',
      images: [],
      error: {
        name: 'BuildFailed',
        stage: 'CopyImages',
        message: expect.stringMatching(/^EC2 failed to copy ami-/),
      },
      cleanup: {
        removed: expect.arrayContaining([expect.objectContaining({ kind: 'image', region: 'us-east-1' })]),
        remaining: [],
      },
    });
  });

  it('lists the problems of a broken recipe; exit code 2', async () => {
    const file = join(folder(), 'broken.yml');
    writeFileSync(file, 'name: broken\nregions: [us-east-9]\n');
    const { code, out } = await golden(['bake', file, '--json']);
    expect(code).toBe(2);
    const report: Report = JSON.parse(out);
    expect(report).toMatchObject({ status: 'invalid', images: [], stages: [], seconds: 0 });
    expect(report.problems).toContainEqual({
      file,
      line: 2,
      column: 11,
      field: 'regions[0]',
      found: '"us-east-9", which is not a region of the aws partition',
      allowed: 'a region of the aws partition, such as us-east-1',
      fix: 'did you mean us-east-1?',
    });
  });
});

describe('golden bake of a recipe that Plan refuses', () => {
  const args = (instanceType = 'm7g.large') => {
    const file = join(folder(), 'arm.yml');
    const al2023 = exampleSource('al2023').toString();
    writeFileSync(file, al2023.replace('name: al2023', 'name: arm').replace('m7i.large', instanceType));
    return ['bake', file, ...fixed];
  };

  it('prints the reason in one document; exit code 2, as if the schema refused the recipe', async () => {
    const { code, out } = await golden([...args(), '--json']);
    expect(code).toBe(2);
    const report: Report = JSON.parse(out);
    expect(report).toMatchObject({
      status: 'invalid',
      error: { name: 'InvalidInput', stage: 'Plan', message: expect.stringContaining('m7g.large') },
      images: [],
    });
    expect(report).not.toHaveProperty('cleanup');
    expect(report.stages.map(({ name }) => name)).toEqual(['Decide', 'Plan', 'Record']);
  });

  it('prints the reason, and that nothing was created', async () => {
    const { code, out } = await golden(args());
    expect(code).toBe(2);
    expect(out).toMatch(/^Failed at Plan: InvalidInput\nNothing was launched, because .*m7g\.large/m);
    expect(out).toContain('Nothing was created, so no clean-up was needed.');
    expect(out).not.toContain('The embedded AWS has only');
  });

  it('says that the embedded AWS is limited if something was not found', async () => {
    const { out } = await golden(args('z1d.large'));
    expect(out).toContain('us-east-1 has no instance type z1d.large');
    expect(out).toContain('The embedded AWS has only some of the instance types');
  });
});

describe('golden bake of a recipe with a warning', () => {
  const warning = "share.accounts contains 999988887777, the pipeline's own account";
  const file = () => {
    const path = join(folder(), 'al2023.yml');
    const recipe = exampleSource('al2023').toString();
    writeFileSync(path, recipe.replace('"111122223333"', '"999988887777"'));
    return path;
  };

  it('prints the warning with --json', async () => {
    const { code, out } = await golden(['bake', file(), ...fixed, '--json']);
    expect(code).toBe(0);
    const report: Report = JSON.parse(out);
    expect(report.warnings).toEqual([expect.stringContaining(warning)]);
    expect(report.images.map(({ sharedWith }) => sharedWith.accounts)).toEqual([
      ['444455556666'],
      ['444455556666'],
    ]);
  });

  it('prints the warning below the Plan stage', async () => {
    const { code, out } = await golden(['bake', file(), ...fixed]);
    expect(code).toBe(0);
    expect(out).toMatch(
      new RegExp(`^✔ Plan .*\\n    ! ${warning}.*: remove 999988887777 from share\\.accounts\\n`, 'm'),
    );
  });
});

describe('golden bake in a world with interrupted builds', () => {
  /** A folder with a kept world in which builds of al2023 and ubuntu2404 were interrupted. The builder of one of them cannot be imaged. */
  function failing(recipe: string) {
    const cwd = folder();
    const file = gunzipSync(
      readFileSync(join(ROOT, 'tests/simulation/kept-worlds/version-1-building.json.gz')),
    );
    writeFileSync(join(cwd, 'world.json'), file);
    const { world } = restoreWorld(decodeWorld(file), { now: () => 0 });
    const builder = world.instances.all().find(({ tags }) => tags[RECIPE] === recipe);
    if (builder === undefined) throw new Error(`there is no builder of ${recipe}`);
    const denied = {
      call: 'CreateImage',
      where: { InstanceId: builder.id },
      error: 'UnauthorizedOperation',
      message: 'No permission here.',
      times: 'always',
    };
    writeFileSync(join(cwd, 'faults.yml'), JSON.stringify({ faults: [denied] }));
    return { cwd, args: ['bake', 'al2023', '--speed', 'max', '--faults', 'faults.yml'] };
  }
  const failure = (recipe: string) =>
    new RegExp(`^.*\\b${recipe}\\b.* failed at CreateImage: .*No permission here\\.`, 'm');

  it('says that the interrupted build of the same recipe failed, and reports the new build', async () => {
    const { cwd, args } = failing('al2023');
    const { code, out, err } = await golden(args, { cwd });
    expect([code, err]).toEqual([0, '']);
    const lines = out.split('\n');
    const at = (pattern: RegExp) => lines.findIndex((line) => pattern.test(line));
    expect(at(/^Resuming .*\bal2023\b/)).toBeGreaterThan(0);
    expect(at(failure('al2023'))).toBeGreaterThan(at(/^Resuming .*\bal2023\b/));
    expect(at(/^Baked al2023 /)).toBeGreaterThan(at(failure('al2023')));
    expect(out).not.toMatch(failure('ubuntu2404'));
  });

  it('says that the interrupted build of another recipe failed', async () => {
    const { cwd, args } = failing('ubuntu2404');
    const { code, out } = await golden(args, { cwd });
    expect(code).toBe(0);
    expect(out).toMatch(failure('ubuntu2404'));
    expect(out).not.toMatch(failure('al2023'));
  });

  it('says so on standard error with --json', async () => {
    const { cwd, args } = failing('al2023');
    const { code, out, err } = await golden([...args, '--json'], { cwd });
    expect(code).toBe(0);
    expect(err).toMatch(failure('al2023'));
    expect(JSON.parse(out)).toMatchObject({ status: 'succeeded', recipe: 'al2023' });
  });
});

describe('golden bake without --json', () => {
  it('shows the world, every stage with its duration, the copies, the recorded scripts, and a table of the images', async () => {
    const { code, out } = await golden(['bake', ...fixed]);
    expect(code).toBe(0);
    expect(out).toMatch(/^Baking al2023: /);
    expect(out).toContain('embedded AWS (a simulation), account 999988887777, us-east-1');
    expect(out).toContain('State      world.json, new world, simulated time 2026-11-22T03:00:00.000Z\n');
    expect(out).toContain('; to repeat: --fresh --seed 42 --at 2026-11-22T03:00:00.000Z)');
    for (const stage of [
      'Plan',
      'Launch',
      'Patch',
      'Stop',
      'CreateImage',
      'CopyImages',
      'TestImage',
      'ShareImages',
      'Publish',
      'CleanUp',
    ]) {
      expect(out).toMatch(new RegExp(`^✔ ${stage} +[0-9]+ (s|min|h)`, 'm'));
    }
    expect(out).toMatch(
      /^✔ CopyImages .*\n {4}to eu-west-1 +ami-[0-9a-f]+ +available\n✔ TestImage .*passed all checks and 1 test\n✔ ShareImages /m,
    );
    expect(out).toMatch(/^ {4}recorded, not run +web server: dnf install -y nginx/m);
    expect(out).toMatch(/^us-east-1 +ami-[0-9a-f]+ +snap-[0-9a-f]+ +111122223333, 444455556666$/m);
    expect(out).toMatch(/^Inventory +before: nothing; after: 2 images, 2 snapshots$/m);
    // A pipe receives no colours and no cursor movements.
    expect(out).not.toContain('\u001b');
  });

  it('shows the stage, the cause and the removed resources if a build fails', async () => {
    const { code, out } = await golden(['bake', ...fixed, '--faults', faults('patch-fails.yml')]);
    expect(code).toBe(1);
    expect(out).toMatch(/^✘ Patch/m);
    expect(out).toMatch(
      /^Failed at Patch: BuildFailed\nInstalling patches ended with status Failed and exit code 1/m,
    );
    expect(out).toMatch(/^Clean-up removed:\n {2}us-east-1 +instance i-[0-9a-f]+, volume vol-[0-9a-f]+$/m);
    expect(out).toMatch(/^Inventory +before: nothing; after: nothing$/m);
  });

  it('distinguishes what clean-up removed from what it put back', async () => {
    const cwd = folder();
    const released = JSON.parse((await golden(['bake', ...fixed, '--json'], { cwd })).out) as Report;
    const failing = ['bake', '--speed', 'max', '--faults', faults('publish-fails.yml')];
    const { out } = await golden(failing, { cwd });
    expect(out).toContain(
      `\nClean-up put back: us-east-1 /golden-images/al2023/candidate → ${released.version}\n`,
    );
    expect(out).toMatch(/^Clean-up removed:\n.*parameter arn:\S+\/versions\/\S+/m);
    expect(out).not.toMatch(/parameter arn:\S+\/candidate/);
    expect(out).toMatch(/^✔ CleanUp .* removed \d+ resources, put back 1 resource$/m);
    const { cleanup } = JSON.parse((await golden([...failing, '--json'], { cwd })).out) as Report;
    expect(cleanup?.removed.filter(({ kind }) => kind === 'parameter').map(({ putBack }) => putBack)).toEqual(
      expect.arrayContaining([undefined, released.version]),
    );
  });

  it('skips a build with --if-changed if nothing has changed, and says so; exit code 0', async () => {
    const cwd = folder();
    const al2023 = exampleSource('al2023').toString();
    const mine = al2023.replace('name: al2023', 'name: mine').replace('install: true', 'install: false');
    writeFileSync(join(cwd, 'mine.yml'), mine);
    const args = ['bake', 'mine.yml', '--speed', 'max', '--if-changed'];
    const first = await golden([...args, ...fixed.slice(2)], { cwd });
    expect(first.out).toMatch(/^✔ Decide +[0-9]+ s {2}build: there is no release of this recipe yet$/m);
    expect(first.out).toMatch(/^Baked mine /m);
    const { code, out } = await golden(args, { cwd });
    expect(code).toBe(0);
    expect(out).toMatch(
      /^✔ Decide +[0-9]+ s {2}skip\n\nSkipped: the base ami-\w+ and the recipe are unchanged since /m,
    );
    // EC2 may still be terminating the tester of the first build.
    expect(out).toMatch(/^Inventory +before: .*2 images, 2 snapshots.*; after: .*2 images, 2 snapshots/m);
    const { out: json } = await golden([...args, '--json'], { cwd });
    expect(JSON.parse(json)).toMatchObject({
      status: 'skipped',
      decision: {
        verdict: 'skip',
        rule: 'unchanged',
        reason: expect.stringContaining('installs no updates'),
      },
      images: [],
    });
    // A build by hand without --if-changed is not skipped.
    const { out: again } = await golden([...args.filter((arg) => arg !== '--if-changed')], { cwd });
    expect(again).toMatch(/^Baked mine /m);
    expect(again).not.toContain('Decide');
  });

  it('builds during a freeze only with --force', async () => {
    const cwd = folder();
    const freeze = { windows: [{ from: '2026-11-01', until: '2026-12-01', reason: 'Black Friday' }] };
    writeFileSync(join(cwd, 'frozen.yml'), JSON.stringify({ freeze }));
    const args = ['bake', ...fixed, '--overrides', 'frozen.yml'];
    const { code, out } = await golden(args, { cwd });
    expect(code).toBe(0);
    expect(out).toMatch(/^Skipped: the recipe is frozen .*\(Black Friday\); set force to build anyway$/m);
    expect((await golden([...args, '--force'], { cwd })).out).toMatch(/^Baked al2023 /m);
  });

  it('names the line of a mistake in the overrides, and the option of a file that cannot be read', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'ov.yml'), '# mine\ntags: { team: web }\nfoo: 1\nregions:\n  - us-east-9\n');
    writeFileSync(join(cwd, 'null.yml'), 'description: null\n');
    writeFileSync(join(cwd, 'name.yml'), 'tags: { team: web }\nname: web\n');
    const refused = async (...args: string[]) => {
      const { code, err } = await golden(['bake', ...args], { cwd });
      expect(code).toBe(2);
      return err;
    };
    // One after the other, because only one command at a time can use the world of the folder.
    const wrong = await refused('--overrides', 'ov.yml');
    const removed = await refused('--overrides', 'null.yml');
    const named = await refused('--overrides', 'name.yml');
    const missing = await refused('--overrides', 'nope.yml');
    expect(wrong).toMatch(
      /^ov\.yml:3:1 foo\n {2}found {4}the unknown field "foo"\n[\s\S]*\n\nov\.yml:5:5 regions\[0\]\n[\s\S]*\n\n2 problems;/,
    );
    expect(removed).toMatch(/^null\.yml:1:14 description\n/);
    expect(named).toMatch(/^name\.yml:2:1 name\n/);
    expect(missing).toMatch(/^the command line --overrides\n {2}found {4}"nope\.yml": no such file\n/);
  });

  it('names the recipe and the overrides if the mistake is in a field that only the recipe has', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'ov.yml'), 'platform: windows\n');
    const { code, err } = await golden(['bake', '--overrides', 'ov.yml'], { cwd });
    expect(code).toBe(2);
    expect(err).toMatch(/^ov\.yml:1:11 platform\n/);
    expect(err).toMatch(/^\S*recipes\/al2023\.yml with the overrides ov\.yml steps\[0\]\.shell\n/m);
  });

  it('prints all problems on standard error', async () => {
    const { code, out, err } = await golden(['bake', 'al2032', '--seed', 'x', '--sped=3']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^the command line --sped\n(.*\n)+ {2}fix {6}did you mean --speed\?/);
    expect(err).toContain('the command line --seed');
    expect(err).toContain('2 problems; nothing was launched.');
  });

  it('suggests the recipe with a similar name', async () => {
    const { code, err } = await golden(['bake', 'al2032']);
    expect(code).toBe(2);
    expect(err).toContain('did you mean al2023?');
  });

  it('stops the execution and cleans up at the first Ctrl-C; exit code 130', async () => {
    let interrupted = false;
    // After Launch, the build takes more than ten seconds at this speed.
    const { code, out } = await golden(['bake', '--speed', '100', ...fixed.slice(2)], {
      onOutput: (printed, child) => {
        if (interrupted || !printed.includes('✔ Launch')) return;
        interrupted = true;
        child.kill('SIGINT');
      },
    });
    expect(code).toBe(130);
    expect(out).toContain(
      'Interrupted: stopping the build and cleaning up. Press Ctrl-C again to quit immediately.',
    );
    expect(out).toMatch(/Clean-up removed:\n {2}us-east-1 +instance i-[0-9a-f]+/);
  });

  it('ends immediately at the second Ctrl-C', async () => {
    let interrupted = false;
    const { code, out } = await golden(['bake', '--speed', '1', ...fixed.slice(2)], {
      onOutput: (printed, child) => {
        if (interrupted || !printed.includes('✔ Plan')) return;
        interrupted = true;
        // Both signals are sent immediately, because the clean-up is already running. Two equal signals could be merged into one.
        child.kill('SIGINT');
        child.kill('SIGTERM');
      },
    });
    expect(code).toBe(130);
    expect(out).not.toContain('Clean-up removed');
  });

  it('prints its help, and refuses an unknown command', async () => {
    const [help, bakeHelp, unknown] = await Promise.all([
      golden([]),
      golden(['bake', '--help']),
      golden(['bake!']),
    ]);
    expect([help.code, bakeHelp.code, unknown.code]).toEqual([0, 0, 2]);
    expect(bakeHelp.out).toContain('--faults FILE');
    expect(unknown.err).toContain('Unknown command "bake!"');
  });
});
