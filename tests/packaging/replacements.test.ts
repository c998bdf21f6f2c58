import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { packagedOptions } from '../../packaging/bundles.ts';
import { pathPattern, replacements } from '../../packaging/replacements.ts';
import type * as ourClients from '../../shared/aws/clients.ts';
import { importSource } from './import-source.ts';

// Bundling a complete client takes seconds, and longer on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const ROOT = join(import.meta.dirname, '../..');

/** One call for each client that functions use. */
const calls = {
  'client-dynamodb': { client: 'DynamoDBClient', command: 'DescribeTableCommand', input: { TableName: 't' } },
  'client-ec2': { client: 'EC2Client', command: 'StartInstancesCommand', input: { InstanceIds: ['i-1'] } },
  'client-eventbridge': {
    client: 'EventBridgeClient',
    command: 'ListEventBusesCommand',
    input: { Limit: 1 },
  },
  'client-kms': { client: 'KMSClient', command: 'DescribeKeyCommand', input: { KeyId: 'alias/images' } },
  'client-sfn': { client: 'SFNClient', command: 'DescribeExecutionCommand', input: { executionArn: 'arn' } },
  'client-sns': {
    client: 'SNSClient',
    command: 'PublishCommand',
    input: { TopicArn: 'arn', Message: 'a b' },
  },
  'client-ssm': { client: 'SSMClient', command: 'GetParameterCommand', input: { Name: '/a/b' } },
} as const;
type Package = keyof typeof calls;
const packages = Object.keys(calls) as Package[];

/** The content of both bundles: one with the complete SDK, and one that is packaged with all plugins. */
const contents = [
  ...packages.map(
    (name) => `export { ${calls[name].client}, ${calls[name].command} } from '@aws-sdk/${name}';`,
  ),
  "export { ec2 } from './shared/aws/clients.ts';",
].join('\n');
const packaged = await packagedOptions();
const whole: BuildOptions = { ...packaged, plugins: [] };

interface SdkClient {
  readonly config: Record<string, unknown> & {
    endpointProvider(parameters: object): { url: URL };
    requestHandler: unknown;
  };
  send(command: unknown): Promise<unknown>;
}
interface Side {
  readonly ec2: typeof ourClients.ec2;
  client(name: Package, region: string): SdkClient;
  command(name: Package): unknown;
}

let loaded: Promise<readonly [whole: Side, packaged: Side]> | undefined;

/** The two bundles. They are created once. */
function sides(): Promise<readonly [whole: Side, packaged: Side]> {
  const load = async (options: BuildOptions): Promise<Side> => {
    type Class = new (input: object) => never;
    const module = await importSource<Record<string, Class> & Pick<Side, 'ec2'>>(contents, ROOT, options);
    const make = (name: string, input: object) => new (module[name] as Class)(input);
    return {
      ec2: module.ec2,
      client: (name, region) => make(calls[name].client, { region }),
      command: (name) => make(calls[name].command, calls[name].input),
    };
  };
  loaded ??= (async () => [await load(whole), await load(packaged)])();
  return loaded;
}

interface Sent {
  readonly headers: Record<string, string>;
  readonly body: string;
}
/** The response of AWS to an attempt. The first attempt is 1. */
type Answer = (attempt: number) => { statusCode: number; body: string; headers?: Record<string, string> };

/** Responds to the calls of a client instead of AWS, and records the requests. */
function answer(client: { config: { requestHandler: unknown } }, answerOf: Answer): Sent[] {
  const sent: Sent[] = [];
  client.config.requestHandler = {
    handle: async (request: { headers: Record<string, string>; body: string | Uint8Array }) => {
      const { body, headers } = request;
      const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
      sent.push({ ...request, headers: { ...headers }, body: text });
      const response = answerOf(sent.length);
      return { response: { headers: {}, ...response, body: new TextEncoder().encode(response.body) } };
    },
  };
  return sent;
}

/** The result of a call after all retries. */
async function outcomeOf(call: Promise<unknown>): Promise<Record<string, unknown>> {
  const settled = call.then(
    (value) => ({ value }),
    ({ name, message, code, said }) => ({ error: { name, message, code, said } }),
  );
  await vi.runAllTimersAsync();
  return settled;
}

const START = new Date('2026-11-22T03:00:00Z');

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  vi.spyOn(crypto, 'randomUUID').mockReturnValue('5f3c1b0e-0000-4000-8000-000000000000');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_SESSION_TOKEN', 'session');
  // As in Lambda, there are no configuration files.
  vi.stubEnv('AWS_CONFIG_FILE', join(ROOT, 'no-such-file'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(ROOT, 'no-such-file'));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

it('every replaced module is in a bundle without replacements', async () => {
  const { metafile } = await build({
    ...whole,
    absWorkingDir: ROOT,
    stdin: { contents, resolveDir: ROOT },
    outdir: 'bundles',
    write: false,
    metafile: true,
  });
  const inputs = Object.keys(Object.values(metafile.outputs)[0]?.inputs ?? {}).map((path) =>
    join(ROOT, path),
  );
  expect(inputs.length).toBeGreaterThan(300);
  const unused = replacements.filter((one) => !inputs.some((path) => pathPattern(one).test(path)));
  expect(unused.map(({ module }) => module)).toEqual([]);
});

describe.each(packages)('the packaged client of %s', (name) => {
  it.each<[string, Record<string, string>]>([
    ['us-east-1', {}],
    ['eu-central-1', { AWS_USE_FIPS_ENDPOINT: 'true' }],
    ['ap-southeast-7', { AWS_USE_DUALSTACK_ENDPOINT: 'true' }],
    ['af-south-1', {}],
    ['ca-central-1', { AWS_USE_DUALSTACK_ENDPOINT: 'true', AWS_USE_FIPS_ENDPOINT: 'true' }],
    ['us-nowhere-9', {}],
    ['us-east-1', { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566/path' }],
    ['us-east-1', { AWS_LAMBDA_FUNCTION_NAME: 'plan', _X_AMZN_TRACE_ID: 'Root=1-5759e988-bd862e3fe1be' }],
  ])('sends the same request in %s with %o', async (region, environment) => {
    for (const [key, value] of Object.entries(environment)) vi.stubEnv(key, value);
    const requests = [];
    for (const side of await sides()) {
      const client = side.client(name, region);
      const sent = answer(client, () => ({ statusCode: 200, body: '' }));
      await outcomeOf(client.send(side.command(name)));
      requests.push(sent);
    }
    const [usual, slim] = requests;
    expect(usual).toMatchObject([
      { headers: { 'x-amz-security-token': 'session', authorization: expect.stringContaining(region) } },
    ]);
    expect(slim).toEqual(usual);
  });

  it('finds the same endpoint in every region of the partition aws', async () => {
    const { partitionsInfo } = await importSource<{
      partitionsInfo: { partitions: { id: string; regions: object }[] };
    }>("export * from './partitions.js';", PARTITIONS_FOLDER);
    const aws = partitionsInfo.partitions.filter(({ id }) => id === 'aws');
    const regions = aws.flatMap(({ regions }) => Object.keys(regions));
    expect(regions.length).toBeGreaterThan(30);
    const endpoints = (await sides()).map((side) => {
      const { endpointProvider } = side.client(name, 'us-east-1').config;
      const endpointOf = (parameters: object) => {
        try {
          return endpointProvider(parameters).url.href;
        } catch (error) {
          return String(error);
        }
      };
      return [...regions, 'us-nowhere-9', 'nowhere'].flatMap((Region) =>
        [false, true].flatMap((UseFIPS) =>
          [false, true].map((UseDualStack) => endpointOf({ Region, UseFIPS, UseDualStack })),
        ),
      );
    });
    const [usual, slim] = endpoints;
    expect(new Set(usual).size).toBeGreaterThan(100);
    expect(slim).toEqual(usual);
  });

  it('has the same configuration', async () => {
    // The module that runs extensions passes only this setting to the request handler.
    vi.stubEnv('AWS_ENABLE_DEFAULT_SOCKET_TIMEOUT_2026', 'true');
    const configurations = (await sides()).map(async (side) => {
      const { requestHandler, ...config } = side.client(name, 'us-east-1').config;
      // No operation uses the settings for endpoint discovery.
      const settings = Object.entries(config).filter(([key]) => !/endpoint(Discovery|Cache)/i.test(key));
      const { configProvider } = requestHandler as { configProvider: Promise<object> };
      return { settings: comparable(settings), handler: comparable(Object.entries(await configProvider)) };
    });
    const [usual, slim] = await Promise.all(configurations);
    expect(usual?.handler).toMatchObject({ defaultSocketTimeout: expect.any(Number) });
    expect(slim).toEqual(usual);
  });
});

/** The value of each setting, or its type if the value cannot be compared. */
const comparable = (settings: [string, unknown][]) =>
  Object.fromEntries(
    settings.map(([key, value]) => [
      key,
      typeof value === 'object' || typeof value === 'function' ? typeof value : value,
    ]),
  );

const PARTITIONS_FOLDER = join(
  ROOT,
  'node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws',
);

const success = { statusCode: 200, body: '<Response/>' };
const refusal = (statusCode: number, code: string) => ({
  statusCode,
  body: `<Response><Errors><Error><Code>${code}</Code><Message>What EC2 said</Message></Error></Errors></Response>`,
});

describe("the pipeline's own client, packaged,", () => {
  /** The result and the requests of an EC2 call, which must be the same with the complete SDK and packaged. */
  async function startInstances(answerOf: Answer) {
    const results = [];
    for (const side of await sides()) {
      vi.setSystemTime(START);
      let sent: Sent[] = [];
      const client = side.ec2('eu-west-1', (made) => {
        sent = answer(made as never, answerOf);
      })('eu-west-1');
      results.push({ outcome: await outcomeOf(client.send(side.command('client-ec2') as never)), sent });
    }
    const [usual, slim] = results;
    expect(slim).toEqual(usual);
    return slim ?? { outcome: {}, sent: [] };
  }

  it.each<[string, number, Answer, object]>([
    [
      'a temporary error',
      3,
      (attempt) => (attempt < 3 ? refusal(503, 'Unavailable') : success),
      { value: {} },
    ],
    [
      'throttling',
      5,
      () => refusal(400, 'RequestLimitExceeded'),
      { error: { name: 'Throttled', code: 'RequestLimitExceeded', said: 'What EC2 said' } },
    ],
    ['an internal error of EC2', 5, () => refusal(500, 'InternalError'), { error: { name: 'Transient' } }],
    ['no capacity', 1, () => refusal(500, 'InsufficientInstanceCapacity'), { error: { name: 'NoCapacity' } }],
    ['a refusal', 1, () => refusal(403, 'UnauthorizedOperation'), { error: { name: 'Denied' } }],
  ])('after %s, makes %i attempts, like the complete client', async (_, attempts, answerOf, expected) => {
    const { outcome, sent } = await startInstances(answerOf);
    expect(outcome).toMatchObject(expected);
    expect(sent.map(({ headers }) => headers['amz-sdk-request'])).toEqual(
      Array.from({ length: attempts }, (_, index) => `attempt=${index + 1}; max=5`),
    );
  });

  it('corrects a wrong clock, like the complete client', async () => {
    const { outcome, sent } = await startInstances((attempt) =>
      attempt === 1
        ? { ...refusal(400, 'RequestExpired'), headers: { date: 'Sun, 22 Nov 2026 05:00:00 GMT' } }
        : success,
    );
    expect(outcome).toMatchObject({ value: {} });
    const hours = sent.map(({ headers }) => headers['x-amz-date']?.slice(0, 11));
    expect(hours).toEqual(['20261122T03', '20261122T05']);
  });
});
