import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
  STSServiceException,
} from '@aws-sdk/client-sts';
import { describe, expect, onTestFinished, test } from 'vitest';
import { answerFrom } from '../../src/client.ts';
import { installClock } from '../../src/core/clock.ts';
import { perform } from '../../src/core/operation.ts';
import { emptyWorld } from '../../src/new-world.ts';
import { accountOfAccessKey } from '../../src/sts/access-keys.ts';
import { sts } from '../../src/sts/index.ts';

const START = new Date('2026-11-20T03:00:00Z');
const ACCOUNT = '999988887777';
const OTHER = '111122223333';
const RoleArn = `arn:aws:iam::${OTHER}:role/images/publisher`;
const services = { sts };

function simulateSts() {
  const clock = installClock(START, 7);
  onTestFinished(() => clock.uninstall());
  const world = emptyWorld({ seed: 7, now: clock.now });
  const client = new STSClient({
    region: 'eu-west-1',
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard',
  });
  answerFrom(world, services, client, ACCOUNT);
  const assume = (changes: Partial<AssumeRoleCommandInput> = {}) =>
    clock.run(client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'build-1', ...changes })));
  return {
    world,
    client,
    run: clock.run,
    assume,
    pass: (seconds: number) => clock.run(new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000))),
    /** A call signed with an access key, as over the wire. */
    signed: (accessKey: string, operation: string, input: Record<string, unknown> = {}) =>
      perform(services, world, {
        service: 'sts',
        operation,
        input,
        account: accountOfAccessKey(
          world,
          { accessKey, sessionToken: world.sessions.get(accessKey)?.token },
          ACCOUNT,
          world.now(),
        ),
        region: 'eu-west-1',
        accessKey,
      }),
  };
}

async function refusal(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof STSServiceException)) throw error ?? new Error('STS did not refuse');
  return { code: error.name, message: error.message, status: error.$metadata.httpStatusCode };
}

/** The error of an operation that answers immediately. */
function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('STS did not refuse');
}

describe('GetCallerIdentity', () => {
  test('returns the account', async () => {
    const { run, client } = simulateSts();
    expect(await run(client.send(new GetCallerIdentityCommand({})))).toMatchObject({
      Account: ACCOUNT,
      Arn: `arn:aws:iam::${ACCOUNT}:root`,
      UserId: ACCOUNT,
    });
  });

  test('returns the assumed role of a session, until it expires', async () => {
    const { assume, signed, pass } = simulateSts();
    const { Credentials, AssumedRoleUser } = await assume({ DurationSeconds: 900 });
    const key = Credentials?.AccessKeyId ?? '';
    expect(signed(key, 'GetCallerIdentity')).toEqual({
      Account: OTHER,
      Arn: `arn:aws:sts::${OTHER}:assumed-role/publisher/build-1`,
      UserId: AssumedRoleUser?.AssumedRoleId,
    });
    await pass(901);
    expect(thrown(() => signed(key, 'GetCallerIdentity'))).toMatchObject({
      code: 'ExpiredToken',
      message: 'The security token included in the request is expired',
      httpStatus: 403,
    });
  });
});

describe('AssumeRole', () => {
  test('returns credentials of the role for an hour', async () => {
    const { world, assume } = simulateSts();
    const { Credentials, AssumedRoleUser } = await assume();
    expect(Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(Credentials?.SecretAccessKey).toHaveLength(40);
    expect(AssumedRoleUser).toEqual({
      AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}:build-1$/),
      Arn: `arn:aws:sts::${OTHER}:assumed-role/publisher/build-1`,
    });
    const [session] = world.sessions.all();
    expect(session).toMatchObject({ id: Credentials?.AccessKeyId, account: OTHER });
    const seconds = ((session?.expiration ?? 0) - world.now()) / 1000;
    expect(seconds).toBeGreaterThan(3590);
    expect(seconds).toBeLessThanOrEqual(3600);
    expect(Credentials?.Expiration?.getTime()).toBe(session?.expiration);
  });

  test('gives each session its own key, and each role one id', async () => {
    const { world, assume } = simulateSts();
    const [first, second] = [await assume(), await assume({ RoleSessionName: 'build-2' })];
    expect(first.Credentials?.AccessKeyId).not.toBe(second.Credentials?.AccessKeyId);
    const id = (answer: typeof first) => answer.AssumedRoleUser?.AssumedRoleId?.split(':')[0];
    expect(id(first)).toBe(id(second));
    expect(world.sessions.all()).toHaveLength(2);
  });

  test('accepts policies, tags, an external id and a source identity', async () => {
    const { assume } = simulateSts();
    const answer = await assume({
      DurationSeconds: 43_200,
      ExternalId: 'company:42',
      Policy: '{"Version":"2012-10-17","Statement":[]}',
      PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }],
      SourceIdentity: 'jo',
      Tags: [{ Key: 'team', Value: 'images' }],
      TransitiveTagKeys: ['team'],
    });
    expect(answer.SourceIdentity).toBe('jo');
  });

  test('by a session: for an hour, with inherited tags and source identity', async () => {
    const { assume, signed, world } = simulateSts();
    const { Credentials } = await assume({
      SourceIdentity: 'jo',
      Tags: [
        { Key: 'Team', Value: 'images' },
        { Key: 'run', Value: '1' },
      ],
      TransitiveTagKeys: ['team'],
    });
    const chain = (input: Record<string, unknown> = {}) =>
      signed(Credentials?.AccessKeyId ?? '', 'AssumeRole', {
        RoleArn: `arn:aws:iam::${ACCOUNT}:role/next`,
        RoleSessionName: 'next',
        ...input,
      });
    expect(chain()).toMatchObject({ SourceIdentity: 'jo' });
    expect(world.sessions.all()[1]).toMatchObject({
      account: ACCOUNT,
      sourceIdentity: 'jo',
      transitiveTags: { Team: 'images' },
    });
    expect(thrown(() => chain({ DurationSeconds: 3601 }))).toMatchObject({
      code: 'ValidationError',
      message:
        'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    });
    expect(thrown(() => chain({ Tags: [{ Key: 'TEAM', Value: 'x' }] }))).toMatchObject({
      code: 'InvalidParameterValue',
    });
    expect(thrown(() => chain({ SourceIdentity: 'somebody' }))).toMatchObject({
      code: 'AccessDenied',
      httpStatus: 403,
    });
    expect(world.sessions.all()).toHaveLength(2);
  });

  test.each<[Partial<Record<keyof AssumeRoleCommandInput, unknown>>, string, RegExp]>([
    [{ RoleArn: undefined }, 'ValidationError', /Value null at 'roleArn'/],
    [{ RoleArn: 'arn:x' }, 'ValidationError', /'roleArn' .* length greater than or equal to 20$/],
    [{ RoleArn: 'nonsense-of-some-length' }, 'ValidationError', /^nonsense-of-some-length is invalid$/],
    [
      { RoleArn: `arn:aws:iam::${OTHER}:user/somebody` },
      'AccessDenied',
      /^User: arn:aws:iam::999988887777:root is not authorized to perform: sts:AssumeRole on resource: arn/,
    ],
    [{ RoleSessionName: undefined }, 'ValidationError', /Value null at 'roleSessionName'/],
    [{ RoleSessionName: 'x' }, 'ValidationError', /length greater than or equal to 2$/],
    [{ RoleSessionName: 'x'.repeat(65) }, 'ValidationError', /length less than or equal to 64$/],
    [{ RoleSessionName: 'a b' }, 'ValidationError', /regular expression pattern: \[\\w\+=,\.@-\]\*$/],
    [{ DurationSeconds: 899 }, 'ValidationError', /Value '899' at 'durationSeconds' .* equal to 900$/],
    [{ DurationSeconds: 43_201 }, 'ValidationError', /value less than or equal to 43200$/],
    [{ ExternalId: 'a b' }, 'ValidationError', /'externalId'/],
    [{ Policy: 'nonsense' }, 'MalformedPolicyDocumentException', /./],
    [{ Policy: '{}' }, 'MalformedPolicyDocumentException', /./],
    [{ Policy: ' '.repeat(2049) }, 'ValidationError', /'policy' .* less than or equal to 2048$/],
    [{ PolicyArns: [{ arn: 'nonsense' }] }, 'ValidationError', /^nonsense is invalid$/],
    [
      {
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'A', Value: '2' },
        ],
      },
      'InvalidParameterValue',
      /^Duplicate tag keys found/,
    ],
    [{ TransitiveTagKeys: ['a'] }, 'InvalidParameterValue', /must be included in the requested tags/],
    [{ SerialNumber: 'GAHT12345678', TokenCode: '123456' }, 'NotEmulated', /SerialNumber/],
  ])('refuses %j', async (changes, code, message) => {
    const { world, assume } = simulateSts();
    expect(await refusal(assume(changes as Partial<AssumeRoleCommandInput>))).toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(world.sessions.all()).toEqual([]);
  });
});

describe('GetSessionToken', () => {
  test('returns credentials of the account for at most an hour', async () => {
    const { world, run, client, signed } = simulateSts();
    const { Credentials } = await run(client.send(new GetSessionTokenCommand({ DurationSeconds: 129_600 })));
    const key = Credentials?.AccessKeyId ?? '';
    expect((Credentials?.Expiration?.getTime() ?? 0) - world.now()).toBeLessThanOrEqual(3_600_000);
    expect(signed(key, 'GetCallerIdentity')).toMatchObject({
      Arn: `arn:aws:iam::${ACCOUNT}:root`,
    });
    expect(thrown(() => signed(key, 'GetSessionToken'))).toMatchObject({
      code: 'AccessDenied',
      message: 'Cannot call GetSessionToken with session credentials',
    });
  });

  test('refuses a duration out of range', async () => {
    const { run, client } = simulateSts();
    const work = run(client.send(new GetSessionTokenCommand({ DurationSeconds: 60 })));
    expect(await refusal(work)).toMatchObject({ code: 'ValidationError', status: 400 });
  });
});

describe('GetAccessKeyInfo', () => {
  test('returns the account of a key', async () => {
    const { run, client, assume } = simulateSts();
    const { Credentials } = await assume();
    const info = (AccessKeyId: string) => run(client.send(new GetAccessKeyInfoCommand({ AccessKeyId })));
    expect((await info(Credentials?.AccessKeyId ?? '')).Account).toBe(OTHER);
    expect((await info('AKIAIOSFODNN7EXAMPLE')).Account).toBe(ACCOUNT);
    expect(await refusal(info('short'))).toMatchObject({ code: 'ValidationError' });
  });
});

test('an access key stands for an account', async () => {
  const { world, assume, pass } = simulateSts();
  const { Credentials } = await assume();
  const key = Credentials?.AccessKeyId ?? '';
  const account = (accessKey: string, sessionToken?: string) =>
    accountOfAccessKey(world, { accessKey, sessionToken }, ACCOUNT, world.now());
  expect(account('123456789012')).toBe('123456789012');
  expect(account('AKIAIOSFODNN7EXAMPLE')).toBe(ACCOUNT);
  expect(account(key, Credentials?.SessionToken)).toBe(OTHER);
  for (const token of [undefined, '', 'another']) {
    expect(thrown(() => account(key, token))).toMatchObject({
      code: 'InvalidClientTokenId',
      message: 'The security token included in the request is invalid.',
      httpStatus: 403,
    });
  }
  await pass(3601);
  expect(thrown(() => account(key, Credentials?.SessionToken))).toMatchObject({
    code: 'ExpiredToken',
    httpStatus: 403,
  });
});

test('operations that are not emulated are refused by name', async () => {
  const { signed } = simulateSts();
  expect(thrown(() => signed('123456789012', 'DecodeAuthorizationMessage'))).toMatchObject({
    code: 'NotEmulated',
    message: expect.stringContaining('DecodeAuthorizationMessage'),
  });
});
