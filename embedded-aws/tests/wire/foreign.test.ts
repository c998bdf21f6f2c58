import { describe, expect, test } from 'vitest';
import { createEndpoint } from '../../src/wire/endpoint.ts';
import type { WireRequest } from '../../src/wire/protocols.ts';

const endpoint = createEndpoint({
  perform: () => {
    throw new Error('the endpoint must not perform this call');
  },
  requestId: () => 'some-id',
  onSurprise: (error) => {
    throw error;
  },
});

const request = (service: string, changes: Partial<WireRequest> = {}): WireRequest => ({
  method: 'POST',
  path: '/',
  query: new URLSearchParams(),
  body: '',
  ...changes,
  headers: {
    authorization: `AWS4-HMAC-SHA256 Credential=111122223333/20261121/eu-west-1/${service}/aws4_request, Signature=0`,
    ...changes.headers,
  },
});

describe('a service that is not emulated is refused by name, in the format that its clients read', () => {
  test('S3', async () => {
    expect(await endpoint(request('s3', { method: 'GET' }))).toEqual({
      status: 501,
      headers: { 'content-type': 'application/xml', 'x-amz-request-id': 'some-id' },
      body: expect.stringMatching(
        /^<\?xml[^>]*>\n<Error><Code>NotEmulated<\/Code><Message>the service s3 is not emulated; [^<]*<\/Message><RequestId>some-id<\/RequestId><\/Error>$/,
      ),
    });
  });

  test('AWS JSON', async () => {
    const { status, body } = await endpoint(
      request('logs', { headers: { 'x-amz-target': 'Logs_20140328.DescribeLogGroups' }, body: '{}' }),
    );
    expect(status).toBe(501);
    expect(JSON.parse(body)).toEqual({
      __type: 'NotEmulated',
      message: expect.stringContaining('the service logs is not emulated'),
    });
  });

  test('AWS query', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const { status, body } = await endpoint(
      request('iam', { headers, body: 'Action=ListRoles&Version=2010-05-08' }),
    );
    expect(status).toBe(501);
    expect(body).toContain('<ErrorResponse xmlns=""><Error><Type>Receiver</Type><Code>NotEmulated</Code>');
    expect(body).toContain('the service iam is not emulated');
  });

  test('REST-JSON', async () => {
    const { status, headers, body } = await endpoint(request('eks', { method: 'GET', path: '/clusters' }));
    expect({ status, type: headers['x-amzn-errortype'] }).toEqual({ status: 501, type: 'NotEmulated' });
    expect(JSON.parse(body).Message).toContain('the service eks is not emulated');
  });
});

describe('the version of the API', () => {
  const form = (fields: string) =>
    endpoint(
      request('ec2', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: fields }),
    );

  test.each([
    ['Action=DescribeImages', 'MissingParameter', 'The request must contain the parameter Version'],
    ['Action=DescribeImages&Version=1999-01-01', 'NoSuchVersion', '1999-01-01'],
    ['Version=2016-11-15', 'MissingAction', 'missing an action'],
    ['Action=Describe&Version=2016-11-15', 'InvalidAction', 'The action Describe is not valid'],
  ])('%s is %s', async (fields, code, words) => {
    const { status, body } = await form(fields);
    expect(status).toBe(400);
    expect(body).toContain(`<Code>${code}</Code>`);
    expect(body).toContain(words);
  });
});
