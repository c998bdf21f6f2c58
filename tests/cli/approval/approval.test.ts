import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { stringify } from 'yaml';
import type { ChannelReport } from '../../../cli/channels/answer.ts';
import type { Report } from '../../../cli/screen/report.ts';
import { approvedRecipe } from '../../simulated-approval.ts';
import { folder, golden } from '../golden-command.ts';
import { environmentOf, goldenServe } from '../golden-serve.ts';

const AT = ['--seed', '42', '--at', '2026-11-22T03:00:00Z'];
const ROOT_USER = 'arn:aws:iam::999988887777:root';

/** A folder with a recipe whose images people must approve, and a build of it that waits. */
async function waitingBuild() {
  const cwd = folder();
  writeFileSync(join(cwd, 'plain.yml'), stringify(approvedRecipe));
  const run = (...args: string[]) => golden(args, { cwd });
  const baked = await run('bake', './plain.yml', '--speed', 'max', '--json', ...AT);
  return { run, baked, report: JSON.parse(baked.out) as Report };
}

describe('on the embedded AWS', () => {
  it('a bake ends when it waits for approval, and golden approve releases the image', async () => {
    const { run, baked, report } = await waitingBuild();
    expect(baked.code).toBe(0);
    const { version, approval } = report;
    expect(report).toMatchObject({
      status: 'waiting',
      images: [],
      approval: { deadline: expect.any(String) },
    });
    const history = await run('history', './plain.yml', '--local');
    expect(history.out).toContain(
      `${version} waits for approval until ${approval?.deadline}: ${report.execution}`,
    );
    const { code, out, err } = await run('approve', './plain.yml', '--local', '--comment', 'looks good');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^Approving \.\/plain\.yml\nWorld {6}embedded AWS \(a simulation\), account 999988887777/,
    );
    expect(out).toContain(
      `✔ Approved plain ${version} as ${ROOT_USER}: looks good\nThe image was released.\n`,
    );
    const after: ChannelReport = JSON.parse((await run('history', './plain.yml', '--local', '--json')).out);
    expect(after.releases).toMatchObject([{ version, approval: { by: ROOT_USER, comment: 'looks good' } }]);
    expect(after).not.toHaveProperty('waiting');
    const again = await run('approve', './plain.yml', '--local');
    expect(again.code).toBe(2);
    expect(again.err).toContain('no build of this recipe that waits for approval');
  });

  it('golden approve says that a recipe asks nobody', async () => {
    const cwd = folder();
    await golden(['bake', 'al2023', '--speed', 'max', ...AT], { cwd });
    const { code, err } = await golden(['approve', 'al2023', '--local'], { cwd });
    expect(code).toBe(2);
    expect(err).toContain('a recipe without gates.approval, whose builds wait for nobody');
  });

  it('golden reject removes the image', async () => {
    const { run, report } = await waitingBuild();
    const { code, out } = await run('reject', './plain.yml', '--local', '--reason', 'too old');
    expect(code).toBe(0);
    expect(out).toContain(
      `✔ Rejected plain ${report.version} as ${ROOT_USER}: too old\nThe image was removed.\n`,
    );
    const after: ChannelReport = JSON.parse((await run('history', './plain.yml', '--local', '--json')).out);
    expect(after.releases).toEqual([]);
    const { version, execution } = report;
    expect(after.ended).toMatchObject({
      state: 'rejected',
      version,
      execution,
      by: ROOT_USER,
      comment: 'too old',
    });
    const history = await run('history', './plain.yml', '--local');
    expect(history.out).toMatch(
      new RegExp(`^${version} was rejected by ${ROOT_USER} at \\S+Z \\(too old\\): ${execution}$`, 'm'),
    );
  });

  it('another build begins while one waits, and supersedes it when it asks', async () => {
    const { run, report } = await waitingBuild();
    const { out } = await run('bake', './plain.yml', '--speed', 'max');
    expect(out).toContain(
      `Resumed plain ${report.version}: waits for approval until ${report.approval?.deadline}`,
    );
    expect(out).toContain('to release it:  golden approve plain --local');
    const { code, err } = await run('approve', report.execution ?? '', '--local');
    expect(code).toBe(2);
    expect(err).toContain('No build was answered.');
  });
});

describe('on a deployed pipeline', () => {
  const serve = async () => {
    const cwd = folder();
    const { url } = await goldenServe(AT);
    const env = environmentOf(url);
    return { url, cwd, env, run: (...args: string[]) => golden(args, { env, cwd }) };
  };

  it('golden approve releases the image, with the identity of the caller', async () => {
    const { url, cwd, env, run } = await serve();
    writeFileSync(join(cwd, 'gate.yml'), stringify({ gates: { approval: { deadlineHours: 168 } } }));
    const execution = Promise.withResolvers<string>();
    const baking = golden(['bake', 'al2023', '--aws', '--overrides', 'gate.yml'], {
      env,
      cwd,
      onOutput: (out) => {
        const [, name] = /^Execution +([0-9a-f-]{36})/m.exec(out) ?? [];
        if (name !== undefined) execution.resolve(name);
      },
    });
    const name = await execution.promise;
    let approved = await run('approve', name, '--aws');
    while (approved.err.includes('has asked for approval')) approved = await run('approve', name, '--aws');
    expect([approved.code, approved.err]).toEqual([0, '']);
    expect(approved.out).toContain(
      `Approving ${name}\nWorld      AWS, account 999988887777, us-east-1, at ${url}\nIdentity   ${ROOT_USER}\n`,
    );
    expect(approved.out).toMatch(/^✔ Approved al2023 \S+ as arn:aws:iam::999988887777:root$/m);
    const { code, out } = await baking;
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^✔ Approve .* approved by ${ROOT_USER}$`, 'm'));
  });

  it('says why nothing was answered', async () => {
    const { run } = await serve();
    const none = await run('approve', 'al2023', '--aws');
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('no build of this recipe that waits')]);
    const unknown = '00000000-0000-4000-8000-000000000000';
    const { code, err } = await run('reject', unknown, '--aws', '--reason', 'too old');
    expect([code, err]).toEqual([
      2,
      `✘ No build with the name ${unknown} has asked for approval in the last weeks\nNo build was answered.\n`,
    ]);
  });
});

describe('the arguments', () => {
  test.each([
    [['approve', 'al2023'], '--local', 'neither --local nor --aws'],
    [['approve', '--local'], 'recipe', 'no recipe'],
    [['reject', 'al2023', '--local'], '--reason', 'no reason'],
    [['reject', 'al2023', '--local', '--reason', ' '], '--reason', 'an empty text'],
    [['reject', 'al2023', '--local', '--reason', 'x'.repeat(513)], '--reason', '513 characters'],
    [['approve', 'al2023', '--local', '--reason', 'x'], '--reason', 'an unknown option'],
    [['approve', 'no-such-recipe', '--local'], '', 'no-such-recipe'],
  ])('%j: problem with %s', async (args, field, found) => {
    const { code, out, err } = await golden(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(field);
    expect(err).toContain(found);
    const json = await golden([...args, '--json']);
    expect(json.err).toBe('');
    expect(JSON.parse(json.out)).toMatchObject({ schemaVersion: 1, status: 'invalid', problems: [{}] });
  });

  test.each(['approve', 'reject'])('golden %s --help prints its help', async (command) => {
    const { code, out, err } = await golden([command, '--help']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      new RegExp(`^Usage: golden ${command} <recipe\\|execution> --local\\|--aws \\[options\\]\\n`),
    );
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
  });
});
