import { describe, expect, it, test } from 'vitest';
import type { ChannelReport } from '../../../cli/channels/answer.ts';
import { folder, golden } from '../golden-command.ts';
import { environmentOf, goldenServe } from '../golden-serve.ts';

const AT = ['--seed', '42', '--at', '2026-11-22T03:00:00Z'];

const withoutIds = (out: string): string =>
  out
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'NAME')
    .replaceAll(/\bami-[0-9a-f]{17}/g, 'AMI-ID')
    .replaceAll(/20\d{6}-\d{6}-[0-9a-f]{6}/g, 'VERSION')
    .replaceAll(/20\d\d-\d\d-\d\dT[\d:.]+Z/g, 'TIME');

/** Two releases in a world, each promoted to stable. */
async function promotedTwice() {
  const cwd = folder();
  const run = (...args: string[]) => golden(args, { cwd });
  await run('bake', '--speed', 'max', ...AT);
  const first = await run('promote', 'al2023', '--local');
  await run('bake', '--speed', 'max');
  const second = await run('promote', 'al2023', '--local', '--json');
  return { run, first, second };
}

describe('on the embedded AWS', () => {
  it('promotes, rolls back and shows the history', async () => {
    const { run, first, second } = await promotedTwice();
    expect([first.code, first.err]).toEqual([0, '']);
    expect(withoutIds(first.out)).toBe(
      [
        'Promoting al2023',
        'World      embedded AWS (a simulation), account 999988887777, us-east-1',
        'State      world.json, existing world, started TIME, simulated time TIME',
        '',
        '✔ Promoted: stable names VERSION',
        '',
        'Region     AMI                    Parameter',
        'us-east-1  AMI-ID  /golden-images/al2023/stable',
        'eu-west-1  AMI-ID  /golden-images/al2023/stable',
        '',
      ].join('\n'),
    );
    const report: ChannelReport = JSON.parse(second.out);
    const { move } = report;
    expect(report).toMatchObject({
      schemaVersion: 1,
      status: 'succeeded',
      world: 'embedded',
      state: { file: 'world.json', fresh: false },
      action: 'promote',
      recipe: 'al2023',
      move: { channel: 'stable', how: 'promoted', parameter: '/golden-images/al2023/stable', unmoved: [] },
    });
    const back = await run('rollback', 'al2023', '--local');
    expect([back.code, back.err]).toEqual([0, '']);
    expect(back.out).toContain(`✔ Rolled back: stable names ${move?.from} (was ${move?.to})\n`);
    const again = await run('promote', 'al2023', '--local');
    expect([again.code, again.err]).toEqual([
      2,
      `✘ The channel stable of al2023 was rolled back from ${move?.to}. To promote it anyway, name it: --version ${move?.to}\n` +
        'No channel was moved.\n',
    ]);

    const history = await run('history', 'al2023', '--local');
    expect([history.code, history.err]).toEqual([0, '']);
    expect(history.out).toMatch(new RegExp(`^candidate +${move?.to} `, 'm'));
    expect(history.out).toMatch(new RegExp(`^stable +${move?.from} `, 'm'));
    expect(history.out).toMatch(/^\S+Z +stable +rolled back +\S+ +\S+ +a person$/m);
    const {
      channels,
      releases,
      history: moves,
    } = JSON.parse((await run('history', 'al2023', '--local', '--json')).out) as ChannelReport;
    expect(channels?.map(({ name, version }) => [name, version])).toEqual([
      ['candidate', move?.to],
      ['stable', move?.from],
    ]);
    expect([releases?.length, moves?.length]).toEqual([2, 5]);
  });

  it('refuses a request that makes no sense, and changes nothing', async () => {
    const { run } = await promotedTwice();
    const before = (await run('history', 'al2023', '--local')).out;
    const { code, out, err } = await run('promote', 'al2023', '--local', '--version', 'none');
    expect(code).toBe(2);
    expect(out).toContain('World      embedded AWS');
    expect(withoutIds(err)).toBe(
      '✘ The recipe al2023 has no release none. Its last releases are VERSION, VERSION\nNo channel was moved.\n',
    );
    const tables = (text: string) => text.slice(text.indexOf('Channel '));
    expect(tables((await run('history', 'al2023', '--local')).out)).toBe(tables(before));
  });
});

describe('later additions on the embedded AWS', () => {
  it('copies a release to a further region, and shares it with a further account', async () => {
    const cwd = folder();
    const run = (...args: string[]) => golden(args, { cwd });
    const none = await run('copy', 'al2023', '--to', 'ap-southeast-2', '--local', '--state', 'none.json');
    expect([none.code, none.err]).toEqual([
      2,
      '✘ The recipe al2023 has no releases. Bake al2023 first\nNothing was changed.\n',
    ]);
    await run('bake', '--speed', 'max', ...AT);
    const copied = await run('copy', 'al2023', '--to', 'ap-southeast-2', '--local');
    expect([copied.code, copied.err]).toEqual([0, '']);
    expect(withoutIds(copied.out)).toBe(
      [
        'Copying al2023',
        'World      embedded AWS (a simulation), account 999988887777, us-east-1',
        'State      world.json, existing world, started TIME, simulated time TIME',
        '',
        '✔ Copied al2023 VERSION',
        '    ! ap-southeast-2 is not in regions of the recipe al2023: the next release has no image there',
        '',
        'Region          AMI                    Shared with',
        'ap-southeast-2  AMI-ID  111122223333, 444455556666',
        '',
        'Published as /golden-images/al2023/versions/VERSION, /golden-images/al2023/candidate',
        '',
      ].join('\n'),
    );
    const again = await run('copy', 'al2023', '--to', 'ap-southeast-2', '--local');
    expect([again.code, withoutIds(again.err)]).toEqual([
      2,
      '✘ Nothing was changed, because the release already has the image AMI-ID in ap-southeast-2\n',
    ]);
    const shared = await run('share', 'al2023', '--account', '222233334444', '--local', '--json');
    const report: ChannelReport = JSON.parse(shared.out);
    expect(report).toMatchObject({
      status: 'succeeded',
      action: 'share',
      addition: { version: expect.any(String) },
    });
    expect(report.addition?.sharedWith.accounts).toContain('222233334444');
    expect(report.addition?.images.map(({ region }) => region).toSorted()).toEqual([
      'ap-southeast-2',
      'eu-west-1',
      'us-east-1',
    ]);
    expect(report.addition).not.toHaveProperty('alreadyShared');
    const known = await run('share', 'al2023', '--account', '222233334444', '--local');
    expect([known.code, known.err]).toEqual([0, '']);
    expect(withoutIds(known.out)).toContain(
      [
        '✔ Already shared: al2023 VERSION',
        '    ! The account 222233334444 could already launch the release in all its regions',
        '    ! 222233334444 is not in share.accounts of the recipe al2023: the next release removes its access',
      ].join('\n'),
    );
    const history = await run('history', 'al2023', '--local');
    expect(history.out).toMatch(/us-east-1, eu-west-1, ap-southeast-2$/m);
  });
});

describe('on a deployed pipeline', () => {
  it('acts through the channels machine, and records the caller', async () => {
    const { url } = await goldenServe(AT);
    const env = environmentOf(url);
    const run = (...args: string[]) => golden(args, { env });
    const early = await run('rollback', 'al2023', '--aws');
    expect([early.code, early.err]).toEqual([
      2,
      '✘ The channel stable of al2023 names no release, so it cannot be rolled back\nNo channel was moved.\n',
    ]);
    const unknown = await run('history', 'al2032', '--aws');
    expect([unknown.code, unknown.err]).toEqual([
      2,
      expect.stringMatching(/^✘ The recipe al2032 is not deployed\. The deployed recipes are .*\n$/),
    ]);
    expect((await run('bake', 'al2023', '--aws')).code).toBe(0);
    const { code, out, err } = await run('promote', 'al2023', '--aws');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(`Promoting al2023\nWorld      AWS, account 999988887777, us-east-1, at ${url}\n`);
    expect(out).toContain('✔ Promoted: stable names ');
    const report: ChannelReport = JSON.parse((await run('history', 'al2023', '--aws', '--json')).out);
    expect(report).toMatchObject({ status: 'succeeded', world: 'aws', account: '999988887777' });
    expect(report.history?.[0]).toMatchObject({ channel: 'stable', by: expect.stringMatching(/^arn:aws:/) });
    const copied = await run('copy', 'al2023', '--to', 'ap-southeast-2', '--aws');
    expect([copied.code, copied.err]).toEqual([0, '']);
    expect(copied.out).toMatch(/^Published as .*candidate, .*stable$/m);
  });
});

describe('the arguments', () => {
  test.each([
    [['promote', 'al2023'], '--local', 'neither --local nor --aws'],
    [['promote', '--local'], 'recipe', 'no recipe'],
    [['rollback', 'al2023', '--local', '--aws'], '--aws', '--aws together with --local'],
    [['history', 'al2023', '--local', '--region', 'eu-west-1'], '--region', '--region together with --local'],
    [['history', 'al2023', '--aws', '--state', 'w.json'], '--state', '--state together with --aws'],
    [['rollback', 'al2023', '--local', '--version', '1'], '--version', 'an unknown option'],
    [['history', 'no-such-recipe', '--local'], '', 'no-such-recipe'],
    [['copy', 'al2023', '--local'], '--to', 'nothing'],
    [['copy', 'al2023', '--local', '--to', 'ap-southeast-2,eu-west-9'], '--to', 'eu-west-9'],
    [['share', 'al2023', '--aws', '--account', '2222'], '--account', '2222'],
    [['share', 'al2023', '--account', '222233334444'], '--local', 'neither --local nor --aws'],
  ])('%j: problem with %s', async (args, field, found) => {
    const { code, out, err } = await golden(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(field);
    expect(err).toContain(found);
    const json = await golden([...args, '--json']);
    expect(json.err).toBe('');
    expect(JSON.parse(json.out)).toMatchObject({ schemaVersion: 1, status: 'invalid', problems: [{}] });
  });

  test.each(['promote', 'rollback', 'history', 'copy', 'share'])(
    'golden %s --help prints its help',
    async (command) => {
      const { code, out, err } = await golden([command, '--help']);
      expect([code, err]).toEqual([0, '']);
      expect(out).toMatch(
        new RegExp(`^Usage: golden ${command} <recipe>.* --local\\|--aws \\[options\\]\\n`),
      );
      for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
    },
  );
});

it('says in one line that no region is set, as golden bake does', async () => {
  const env = {
    AWS_CONFIG_FILE: '/dev/null',
    AWS_ACCESS_KEY_ID: '999988887777',
    AWS_SECRET_ACCESS_KEY: 'any',
  };
  const { code, err } = await golden(['history', 'al2023', '--aws'], { env });
  expect([code, err]).toEqual([
    2,
    'Found no AWS region: set --region or AWS_REGION\n\nNothing was changed.\n',
  ]);
});
