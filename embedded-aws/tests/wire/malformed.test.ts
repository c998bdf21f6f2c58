import { connect } from 'node:net';
import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { parseXML } from '@aws-sdk/xml-builder';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { perform, requestId } from '../../src/core/operation.ts';
import { newWorld } from '../../src/new-world.ts';
import { services } from '../../src/services.ts';
import { type RunningServer, serve } from '../../src/wire/server.ts';

let server: RunningServer;
const surprises: unknown[] = [];

beforeAll(async () => {
  const world = newWorld({ seed: 1, now: () => Date.parse('2026-11-21T03:00:00Z') });
  server = await serve(0, {
    perform: ({ accessKey: account, ...call }) => perform(services, world, { ...call, account }),
    requestId: () => requestId(world),
    onSurprise: (error) => surprises.push(error),
  });
});

afterAll(() => server.close());

/** Sends raw bytes, and reads until the server closes the connection. */
function exchange(bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.end(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    // The server may close a connection early, after it has answered.
    socket.on('error', (error: NodeJS.ErrnoException) =>
      ['EPIPE', 'ECONNRESET'].includes(error.code ?? '') ? undefined : reject(error),
    );
  });
}

interface Request {
  readonly method: string;
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

function bytesOf({ method, address, headers, body }: Request): Buffer {
  const all = { host: '127.0.0.1', connection: 'close', 'content-length': String(body.length), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${address} HTTP/1.1\r\n${lines.join('')}\r\n`), body]);
}

const signed = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=111122223333/20261121/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=00`;

const form = (service: string, fields: string): Request => ({
  method: 'POST',
  address: '/',
  headers: { authorization: signed(service), 'content-type': 'application/x-www-form-urlencoded' },
  body: Buffer.from(fields),
});

const json = (service: string, target: string, body: object): Request => ({
  method: 'POST',
  address: '/',
  headers: {
    authorization: signed(service),
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': target,
  },
  body: Buffer.from(JSON.stringify(body)),
});

/** A valid request of each protocol, to be made invalid. */
const good: readonly Request[] = [
  form('ec2', 'Action=DescribeRegions&Version=2016-11-15&Filter.1.Name=region-name&Filter.1.Value.1=eu-*'),
  form('ec2', 'Action=DescribeImages&Version=2016-11-15&Owner.1=amazon&MaxResults=5'),
  form('sts', 'Action=GetCallerIdentity&Version=2011-06-15'),
  json('ssm', 'AmazonSSM.GetParameters', { Names: ['/aws/service/debian/release/12/latest/amd64'] }),
  json('dynamodb', 'DynamoDB_20120810.ListTables', { Limit: 5 }),
  json('events', 'AWSEvents.ListEventBuses', { NamePrefix: 'a' }),
  {
    method: 'GET',
    address: '/schedules?MaxResults=5&NamePrefix=weekly',
    headers: { authorization: signed('scheduler') },
    body: Buffer.alloc(0),
  },
];

const replaced = (request: Request, change: (text: string) => string): Request => ({
  ...request,
  body: Buffer.from(change(request.body.toString())),
  address: request.method === 'GET' ? change(request.address) : request.address,
});

const number = fc.constantFrom(
  '9'.repeat(400),
  '-1',
  '1e999',
  '0x10',
  'NaN',
  '00000000000000000000001',
  '1.5',
  '9223372036854775808',
);

/** Ways to make a request invalid. */
const spoilt = (request: Request): fc.Arbitrary<Buffer> =>
  fc.oneof(
    // Truncated, with the correct length.
    fc
      .nat({ max: request.body.length })
      .map((length) => bytesOf({ ...request, body: request.body.subarray(0, length) })),
    // Truncated, with fewer bytes than announced.
    fc.nat({ max: 300 }).map((length) => bytesOf(request).subarray(0, length)),
    // Bytes that are not UTF-8, or other bytes.
    fc
      .tuple(fc.nat({ max: request.body.length }), fc.uint8Array({ minLength: 1, maxLength: 8 }))
      .map(([at, bytes]) =>
        bytesOf({
          ...request,
          body: Buffer.concat([request.body.subarray(0, at), bytes, request.body.subarray(at)]),
        }),
      ),
    number.map((huge) => bytesOf(replaced(request, (text) => text.replaceAll(/\d+/g, huge)))),
    // Nested too deeply.
    fc
      .integer({ min: 10, max: 20_000 })
      .map((depth) =>
        bytesOf(
          replaced(request, (text) =>
            text.startsWith('{')
              ? `{"Filters":${'['.repeat(depth)}${']'.repeat(depth)},${text.slice(1)}`
              : `${text}&Filter${'.1'.repeat(depth)}=x`,
          ),
        ),
      ),
    // Unknown actions, targets, versions, parameters.
    fc
      .string({ maxLength: 20 })
      .map((action) =>
        bytesOf(
          replaced(
            { ...request, headers: { ...request.headers, 'x-amz-target': encodeURIComponent(action) } },
            (text) => text.replace(/Action=\w+/, `Action=${encodeURIComponent(action)}`),
          ),
        ),
      ),
    fc
      .constantFrom(
        '&A.=1',
        '&=1',
        '&A.1=x&A.1=y',
        '&%E0%A4%A=1',
        '&Filter.x.Name=1',
        '&constructor=1',
        '&__proto__.x=1',
      )
      .map((more) => bytesOf(replaced(request, (text) => `${text}${more}`))),
    fc
      .constantFrom(
        '{"__proto__":{"a":1}}',
        '[]',
        'null',
        '"x"',
        '{"Names":null}',
        '{"Names":"x"}',
        '{"Names":[[]]}',
      )
      .map((body) => bytesOf({ ...request, body: Buffer.from(body) })),
    // Headers.
    fc
      .constantFrom(
        '',
        'Basic abc',
        'AWS4-HMAC-SHA256 Credential=/////',
        signed('nothing'),
        signed(''),
        signed('s3'),
      )
      .map((authorization) => bytesOf({ ...request, headers: { ...request.headers, authorization } })),
    fc
      .constantFrom('gzip', 'aws-chunked', 'br')
      .map((encoding) =>
        bytesOf({ ...request, headers: { ...request.headers, 'content-encoding': encoding } }),
      ),
    fc.constantFrom('PUT', 'DELETE', 'GET', 'PATCH', 'HEAD').map((method) => bytesOf({ ...request, method })),
    fc
      .constantFrom(
        '/schedules/%E0%A4%A',
        '/%00',
        '/schedules/a/b/c',
        '//',
        `/${'a'.repeat(8000)}`,
        '/schedules?MaxResults=x',
      )
      .map((address) => bytesOf({ ...request, address })),
    // Not HTTP.
    fc
      .uint8Array({ minLength: 1, maxLength: 200 })
      .map((bytes) => Buffer.concat([bytes, Buffer.from('\r\n\r\n')])),
  );

/** Whether a response is valid: a status line, the announced length, and a body in one of the protocols. */
function checkWellFormed(answer: string): void {
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  const [, status = '0'] = /^HTTP\/1\.1 (\d{3}) /.exec(head) ?? [];
  expect(Number(status), answer.slice(0, 300)).toBeGreaterThanOrEqual(200);
  expect(Number(status), answer.slice(0, 300)).not.toBe(500);
  const [, length = '-1'] = /content-length: (\d+)/i.exec(head) ?? [];
  if (body === '' && /^HTTP\/1\.1 \d+ .*$/m.test(head) && length !== '0') return;
  expect(Buffer.byteLength(body)).toBe(Number(length));
  if (/content-type: (text|application)\/xml/i.test(head)) {
    const parsed = parseXML(body) as Record<
      string,
      { Errors?: { Error: { Code: string } }; Error?: { Code: string }; Code?: string }
    >;
    const [root, content] = Object.entries(parsed).find(([name]) => !name.startsWith('?')) ?? [];
    if (Number(status) >= 400) {
      expect(content?.Errors?.Error.Code ?? content?.Error?.Code ?? content?.Code, `${root} ${body}`).toMatch(
        /^[A-Za-z.]+$/,
      );
    }
  } else {
    const parsed = JSON.parse(body) as Record<string, unknown>;
    if (Number(status) >= 400) {
      const code = parsed.__type ?? /x-amzn-errortype: (\S+)/i.exec(head)?.[1];
      expect(code, body).toMatch(/^[A-Za-z.]+$/);
    }
  }
}

describe('a thousand malformed requests', () => {
  test.each(
    good.map((request) => ({
      name: `${request.headers['x-amz-target'] ?? request.body.toString().split('&')[0]} ${request.address}`,
      request,
    })),
  )(
    'like $name get well-formed responses',
    async ({ request }) => {
      await fc.assert(
        fc.asyncProperty(spoilt(request), async (bytes) => {
          const answer = await exchange(bytes);
          // Fewer bytes than announced: the request is incomplete and gets no response.
          if (answer === '') return;
          checkWellFormed(answer);
        }),
        { numRuns: 150 },
      );
    },
    60_000,
  );

  test('that are too large are refused', async () => {
    const answer = await exchange(bytesOf(form('ec2', `Action=${'x'.repeat(17_000_000)}`)));
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('<Code>RequestEntityTooLarge</Code>');
  });

  test('that are not HTTP are refused', async () => {
    const answer = await exchange(Buffer.from('EHLO example.com\r\n\r\n'));
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('<Code>MalformedRequest</Code>');
  });

  test('leave the server working, and never cause an unexpected error', async () => {
    const client = new EC2Client({
      region: 'eu-west-1',
      endpoint: server.url,
      credentials: { accessKeyId: '111122223333', secretAccessKey: 'any' },
    });
    const { Regions = [] } = await client.send(new DescribeRegionsCommand({ RegionNames: ['eu-west-1'] }));
    expect(Regions).toHaveLength(1);
    expect(surprises).toEqual([]);
  });
});
