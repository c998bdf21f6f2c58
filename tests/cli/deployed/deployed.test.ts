import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, it, test } from 'vitest';
import type { Report } from '../../../cli/screen/report.ts';
import { folder, golden, type RunOptions } from '../golden-command.ts';
import { goldenServe, startServe } from '../golden-serve.ts';

const AT = ['--seed', '42', '--at', '2026-11-22T03:00:00Z'];
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
const EXECUTIONS = 'arn:aws:states:us-east-1:999988887777:execution:golden-image-bake';

const keys = { AWS_ACCESS_KEY_ID: '999988887777', AWS_SECRET_ACCESS_KEY: 'any' };
/** Hides the AWS configuration of the user who runs the tests, and disables credentials from instance metadata. */
const withoutCredentials = {
  AWS_REGION: 'us-east-1',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** A user of the pipeline that is deployed in the embedded AWS at the endpoint. */
const userOf = (url: string) => {
  const env = { ...withoutCredentials, ...keys, AWS_ENDPOINT_URL: url };
  const credentials = { accessKeyId: keys.AWS_ACCESS_KEY_ID, secretAccessKey: keys.AWS_SECRET_ACCESS_KEY };
  const client = { endpoint: url, region: 'us-east-1', credentials };
  return {
    env,
    golden: (args: readonly string[], { env: more = {}, ...options }: RunOptions = {}) =>
      golden(args, { ...options, env: { ...env, ...more } }),
    client,
    describe: (executionArn: string) =>
      new SFNClient(client).send(new DescribeExecutionCommand({ executionArn })),
  };
};

const arnIn = (out: string): string => new RegExp(`${EXECUTIONS}:${UUID.source}`).exec(out)?.[0] ?? '';

/** The output without ids, times and durations, and without the lines that only the embedded AWS shows. */
const comparable = (out: string): string[] =>
  out
    .replaceAll(new RegExp(UUID, 'g'), 'NAME')
    .replaceAll(/\b(ami|snap|i|vol)-[0-9a-f]{17}/g, '$1-ID')
    .replaceAll(/\d{8}-\d{6}-[0-9a-f]{6}/g, 'VERSION')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/( {2,})(\d+ h )?\d+ (s|min|h)\b/g, '  TOOK')
    // The calls over HTTP take other times than the calls in process.
    .replaceAll(/^Critical path: .*; \d+ API calls$/gm, 'Critical path')
    // Whether the tester is gone by then depends on the same times.
    .replaceAll(/^(✔ CleanUp {2}TOOK) .*$/gm, '$1')
    .replaceAll(/ \(.* simulated.*\)$|(?<=VERSION) \(\d.*\)$/gm, '')
    .split('\n')
    .filter((line) => !/^(World|State|Inventory) |^ {4}(updated|added|recorded)|(Decide|Record) /.test(line));

describe('golden bake --aws', () => {
  it('prints the same as a bake on the embedded AWS, and first names the account and region', async () => {
    const { url } = await goldenServe(AT);
    const [deployed, embedded] = await Promise.all([
      userOf(url).golden(['bake', 'al2023', '--aws']),
      golden(['bake', 'al2023', '--speed', 'max', ...AT]),
    ]);
    expect([deployed.code, deployed.err]).toEqual([0, '']);
    expect(comparable(deployed.out)).toEqual(comparable(embedded.out));
    expect(deployed.out.split('\n')[1]).toBe(`World      AWS, account 999988887777, us-east-1, at ${url}`);
    expect(deployed.out).toMatch(/^us-east-1 +ami-[0-9a-f]+ +snap-[0-9a-f]+ +111122223333, 444455556666$/m);
  });

  it('prints one JSON document with --json', async () => {
    const { url } = await goldenServe(AT);
    const { code, out, err } = await userOf(url).golden(['bake', 'al2023', '--aws', '--json']);
    expect([code, err]).toEqual([0, '']);
    const report: Report = JSON.parse(out);
    expect(report).toMatchObject({
      schemaVersion: 1,
      status: 'succeeded',
      world: 'aws',
      account: '999988887777',
      region: 'us-east-1',
      endpoint: url,
      recipe: 'al2023',
      execution: expect.stringMatching(UUID),
      executionArn: `${EXECUTIONS}:${report.execution}`,
      images: [{ region: 'us-east-1' }, { region: 'eu-west-1' }],
      cleanup: { remaining: [] },
    });
    expect(report).not.toHaveProperty('state');
    expect(report).not.toHaveProperty('seed');
    const ends = report.stages.map(({ startSeconds, seconds }) => startSeconds + seconds);
    expect(Math.max(...ends)).toBeCloseTo(report.seconds, -1);
  });

  it('stops watching at Ctrl-C while the build continues; the build can be watched again until its end', async () => {
    const cwd = folder();
    // In real time, so that the build is still running when the command has ended.
    const slow = await goldenServe([...AT, '--speed', '1'], cwd);
    let isInterrupted = false;
    const { code, out } = await userOf(slow.url).golden(['bake', 'al2023', '--aws'], {
      onOutput: (printed, child) => {
        if (isInterrupted || !printed.includes('Execution')) return;
        isInterrupted = true;
        child.kill('SIGINT');
      },
    });
    expect(code).toBe(130);
    const arn = arnIn(out);
    expect(out).toContain(
      `Stopped watching. The build continues.\n  to watch:  golden watch ${arn}\n  to stop:   golden stop ${arn}\n`,
    );
    expect(await userOf(slow.url).describe(arn)).toMatchObject({ status: 'RUNNING' });
    await slow.stop();

    const { url } = await goldenServe([], cwd);
    const user = userOf(url);
    const watched = await user.golden(['watch', arn, '--aws']);
    expect(watched.code).toBe(0);
    expect(watched.out).toMatch(/^Watching al2023\nWorld {6}AWS, account 999988887777, us-east-1/);
    expect(watched.out).toMatch(/^Baked al2023 /m);
    // A build that has ended can be watched by its ARN. A name alone has no region, so the command refuses it without AWS_REGION.
    const again = await user.golden(['watch', arn.split(':').at(-1) ?? '', '--json'], {
      env: { AWS_REGION: '' },
    });
    expect([again.code, again.err]).toEqual([2, '']);
    const { code: seen, out: shown } = await user.golden(['watch', arn, '--json'], {
      env: { AWS_REGION: '' },
    });
    expect(seen).toBe(0);
    expect(JSON.parse(shown)).toMatchObject({ status: 'succeeded', recipe: 'al2023', executionArn: arn });
  });

  it('sends a recipe file and the overrides in the input', async () => {
    const cwd = folder();
    const recipe = {
      name: 'mine',
      description: 'A recipe of mine',
      platform: 'linux',
      base: { ssmParameter: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64' },
      build: { instanceTypes: ['m7i.large'] },
      regions: ['us-east-1'],
      share: { accounts: ['111122223333'] },
    };
    writeFileSync(join(cwd, 'mine.yml'), JSON.stringify(recipe));
    writeFileSync(join(cwd, 'overrides.yml'), 'share: { accounts: ["444455556666"] }\n');
    writeFileSync(join(cwd, 'wrong.yml'), 'regions: [us-east-9]\n');
    writeFileSync(join(cwd, 'list.yml'), '- regions\n');
    const { url } = await goldenServe([...AT, '--speed', '3000']);
    const user = userOf(url);
    const options = ['--overrides', 'overrides.yml', '--force', '--if-changed', '--json'];
    const { out } = await user.golden(['bake', 'mine.yml', '--aws', ...options], { cwd });
    const { executionArn = '', recipe: name }: Report = JSON.parse(out);
    expect(name).toBe('mine');
    const { input = '' } = await user.describe(executionArn);
    expect(JSON.parse(input)).toMatchObject({
      recipe: { ...recipe, steps: [] },
      overrides: { share: { accounts: ['444455556666'] } },
      force: true,
      ifChanged: true,
    });

    for (const [overrides, text] of [
      [
        'wrong.yml',
        'wrong.yml:1:11 regions[0]\n  found    "us-east-9", which is not a region of the aws partition',
      ],
      ['list.yml', 'a map of overrides'],
      ['none.yml', 'the command line --overrides\n  found    "none.yml": no such file'],
    ] as const) {
      const args = ['bake', 'mine.yml', '--aws', '--overrides', overrides];
      const { code, err } = await golden(args, { cwd, env: withoutCredentials });
      expect(code).toBe(2);
      expect(err).toContain(text);
      expect(err).toContain('nothing was started');
    }
  });

  it('sends a name unchecked, because only the deployment knows its recipes', async () => {
    const { url } = await goldenServe(AT);
    const user = userOf(url);
    const { code, out } = await user.golden(['bake', 'no-such', '--aws']);
    expect(code).toBe(2);
    expect(out).toMatch(/^Baking no-such\n/);
    expect(out).toMatch(/^Failed at (Decide|Plan): InvalidInput$/m);
    expect(out).not.toContain('The embedded AWS has only');
  });

  it('ends with exit code 2 and the status "invalid" if Plan refuses the recipe', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'overrides.yml'), 'build: { instanceTypes: [m7g.large] }\n');
    const { url } = await goldenServe(AT);
    const user = userOf(url);
    const args = ['al2023', '--aws', '--overrides', 'overrides.yml', '--json'];
    const { code, out } = await user.golden(['bake', ...args], { cwd });
    expect(code).toBe(2);
    const report: Report = JSON.parse(out);
    expect(report).toMatchObject({ status: 'invalid', error: { name: 'InvalidInput', stage: 'Plan' } });
    expect(report).not.toHaveProperty('cleanup');
    expect((await user.golden(['watch', report.executionArn ?? ''])).code).toBe(2);
  });
});

it('ends the watch when the credentials expire, and prints how to watch the build again', async () => {
  const cwd = folder();
  // The credentials expire after two reads of the history. A session with an expiry time would race with the start of the command.
  const expiry = {
    call: 'GetExecutionHistory',
    error: 'ExpiredTokenException',
    message: 'The security token included in the request is expired',
    skip: 2,
    times: 'always',
  };
  writeFileSync(join(cwd, 'faults.yml'), JSON.stringify({ faults: [expiry] }));
  const { url } = await goldenServe([...AT, '--speed', '1', '--faults', 'faults.yml'], cwd);
  const user = userOf(url);
  const { code, out, err } = await user.golden(['bake', 'al2023', '--aws']);
  expect([code, err]).toEqual([1, '']);
  const arn = arnIn(out);
  expect(out).toContain(
    'The watch ended with an error. The build continues.\n' +
      'The AWS credentials have expired (The security token included in the request is expired): ' +
      `renew the credentials, for example with aws sso login\n  to watch:  golden watch ${arn}\n`,
  );
  expect(await user.describe(arn)).toMatchObject({ status: 'RUNNING' });
});

describe('golden stop', () => {
  it('stops a build once; the watch shows who stopped the build', async () => {
    const { url } = await goldenServe([...AT, '--speed', '1']);
    const user = userOf(url);
    let arn = '';
    let stopping: ReturnType<typeof golden> | undefined;
    const watched = await user.golden(['bake', 'al2023', '--aws'], {
      onOutput: (printed) => {
        const [name] = UUID.exec(printed) ?? [];
        if (name === undefined || stopping !== undefined) return;
        arn = `${EXECUTIONS}:${name}`;
        stopping = user.golden(['stop', name, '--region', 'us-east-1']);
      },
    });
    const stopped = await stopping;
    expect([stopped?.code, stopped?.err]).toEqual([0, '']);
    expect(stopped?.out).toMatch(/^World {6}AWS, account 999988887777, us-east-1/);
    expect(stopped?.out).toContain('\nStopped.\n');
    expect(watched.code).toBe(130);
    expect(watched.out).toMatch(
      /^Stopped at \w+: Aborted\nStopped by arn:aws:iam::999988887777:\S+ with golden stop$/m,
    );
    expect(watched.out).toContain('A rule of the deployment now starts the clean-up');
    expect(await user.describe(arn)).toMatchObject({ status: 'ABORTED' });

    const again = await user.golden(['stop', arn]);
    expect(again.code).toBe(0);
    expect(again.out).toMatch(
      /^The build has already ended: it was stopped at 2026-11-22T\S+Z\. Nothing was changed\.$/m,
    );
  });
});

describe('a command that AWS or the settings do not allow', () => {
  // None of these commands changes the world, so they share it.
  let url = '';
  let closedUrl = '';
  beforeAll(async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'golden-'));
    const served = await startServe(AT, cwd);
    const closed = await startServe([...AT, '--state', 'closed.json'], cwd);
    await closed.stop();
    [url, closedUrl] = [served.url, closed.url];
    return async () => {
      await served.stop('SIGKILL');
      rmSync(cwd, { recursive: true });
    };
  });

  test.each<{
    title: string;
    args: string[];
    env?: Record<string, string>;
    line: string | RegExp;
  }>([
    {
      title: 'no state machine in the region',
      args: ['bake', 'al2023', '--aws', '--region', 'eu-west-1'],
      line: 'Found no state machine golden-image-bake in 999988887777/eu-west-1: deploy the pipeline there, or set --region; nothing was started',
    },
    {
      title: 'no state machine in the account',
      args: ['bake', 'al2023', '--aws'],
      env: { AWS_ACCESS_KEY_ID: '111122223333' },
      line: 'Found no state machine golden-image-bake in 111122223333/us-east-1: deploy the pipeline there, or set --region; nothing was started',
    },
    {
      title: 'no credentials',
      args: ['bake', 'al2023', '--aws'],
      env: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
      line: 'Found no AWS credentials: set AWS_PROFILE, or run aws sso login; nothing was started',
    },
    {
      title: 'no region',
      args: ['stop', 'one'],
      env: { AWS_REGION: '' },
      line: 'Found no AWS region: set --region or AWS_REGION',
    },
    {
      title: 'no answer from the endpoint',
      args: ['bake', 'al2023', '--aws'],
      env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_MAX_ATTEMPTS: '1' },
      line: /^The call sts:GetCallerIdentity got no answer from http:\/\/127\.0\.0\.1:9 \(.*ECONNREFUSED.*\): is golden serve running at this address\? .*; nothing was started$/,
    },
    {
      title: 'no such execution to watch',
      args: ['watch', 'none'],
      line: 'Found no execution none of golden-image-bake in 999988887777/us-east-1: check the name and --region; Step Functions deletes an execution 90 days after its end',
    },
    {
      title: 'no such execution to stop',
      args: ['stop', `${EXECUTIONS}:none`],
      env: { AWS_REGION: 'eu-west-1' },
      line: 'Found no execution none of golden-image-bake in 999988887777/us-east-1: check the name and --region; Step Functions deletes an execution 90 days after its end',
    },
    {
      title: 'an execution of another account',
      args: ['stop', `${EXECUTIONS.replace('999988887777', '111122223333')}:one`],
      line: 'The execution is in account 111122223333, but the credentials are for account 999988887777: set AWS_PROFILE to a profile for account 111122223333',
    },
  ])('$title: one line; exit code 2', async ({ args, env = {}, line }) => {
    const { code, err } = await userOf(url).golden(args, { env });
    expect(code).toBe(2);
    expect(err.split('\n')).toEqual([typeof line === 'string' ? line : expect.stringMatching(line), '']);
  });

  it.each([
    ['bake', 'al2023', '--aws'],
    ['watch', 'one'],
    ['stop', 'one'],
  ])('golden serve is not running: one line; exit code 2: %s', async (...args) => {
    const { code, err } = await userOf(closedUrl).golden(args);
    expect(code).toBe(2);
    expect(err).toMatch(
      new RegExp(
        `^The call sts:GetCallerIdentity got no answer from ${closedUrl} \\(.*\\): is golden serve running .*\\n$`,
      ),
    );
  });

  it('is a problem in --json', async () => {
    const args = ['bake', 'al2023', '--aws', '--json', '--region', 'eu-west-1'];
    const { code, out, err } = await userOf(url).golden(args);
    expect([code, err]).toEqual([2, '']);
    expect(JSON.parse(out)).toEqual({
      schemaVersion: 1,
      status: 'invalid',
      world: 'aws',
      account: '999988887777',
      region: 'eu-west-1',
      endpoint: url,
      recipe: 'al2023',
      images: [],
      stages: [],
      seconds: 0,
      problems: [
        {
          file: 'AWS',
          line: 0,
          column: 0,
          field: '',
          found: 'found no state machine golden-image-bake in 999988887777/eu-west-1',
          allowed: 'a state machine or execution that exists in the account and region',
          fix: 'deploy the pipeline there, or set --region',
        },
      ],
    });
  });

  test.each([
    [['watch', '--help'], 'golden watch <execution>'],
    [['stop', '--help'], 'golden stop <execution>'],
    [['bake', '--help'], '--region REGION'],
    [['--help'], 'golden bake <recipe> --aws'],
  ])('%j prints the help', async (args, text) => {
    const { code, out } = await golden(args);
    expect(code).toBe(0);
    expect(out).toContain(text);
  });
});
