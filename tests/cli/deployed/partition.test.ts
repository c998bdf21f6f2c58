import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { golden } from '../golden-command.ts';

/** An endpoint that answers GetCallerIdentity as STS does in the partition. `called` lists the actions that it received. */
async function stsIn(partition: string): Promise<{ url: string; called: string[] }> {
  const called: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    called.push(new URLSearchParams(body).get('Action') ?? String(request.headers['x-amz-target']));
    response.setHeader('content-type', 'text/xml');
    response.end(`<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
      <Arn>arn:${partition}:iam::999988887777:user/jane</Arn><UserId>AIDA</UserId><Account>999988887777</Account>
      </GetCallerIdentityResult></GetCallerIdentityResponse>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, called };
}

const user = (url: string, region: string) => ({
  AWS_ENDPOINT_URL: url,
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'any',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
});

test.each([
  [['bake', 'al2023', '--aws'], '; nothing was started'],
  [['watch', 'one'], ''],
  [['stop', 'one'], ''],
])('%j refuses the credentials of another partition, and calls only STS with them', async (args, effect) => {
  const { url, called } = await stsIn('aws-cn');
  expect(await golden(args, { env: user(url, 'us-east-1') })).toEqual({
    code: 2,
    out: '',
    err:
      'Found credentials of the partition aws-cn: set AWS_PROFILE to an account of the aws partition, ' +
      `the only one that the pipeline supports${effect}\n`,
  });
  expect(called).toEqual(['GetCallerIdentity']);
});

test('a region of another partition in the environment is refused before any call', async () => {
  const { url, called } = await stsIn('aws-cn');
  expect(await golden(['bake', 'al2023', '--aws'], { env: user(url, 'cn-north-1') })).toEqual({
    code: 2,
    out: '',
    err:
      'Found the region cn-north-1 of another partition: choose a region of the aws partition; ' +
      'the pipeline supports no other partition; nothing was started\n',
  });
  expect(called).toEqual([]);
});
