import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import {
  DescribeImagesCommand,
  DescribeKeyPairsCommand,
  DescribeRegionsCommand,
  EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { beginWorld, decodeWorld, encodeWorld, perform, services } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { functionArn } from '../../../local/machines.ts';
import { deploy, HOME } from '../../../local/pipeline.ts';
import { folder, golden } from '../golden-command.ts';
import { goldenServe } from '../golden-serve.ts';

const MACHINE = 'arn:aws:states:us-east-1:999988887777:stateMachine:golden-image-bake';

const client = (endpoint: string, accessKeyId = '999988887777', region = 'us-east-1') => ({
  endpoint,
  region,
  credentials: { accessKeyId, secretAccessKey: 'any' },
});

describe('golden serve', () => {
  it('warns about the service that version 1 of the aws CLI calls on the real AWS', async () => {
    const { stop } = await goldenServe();
    const { out } = await stop();
    expect(out).toMatch(
      /^ {2}aws sqs list-queues --endpoint-url \$AWS_ENDPOINT_URL {4}# aws CLI 1 ignores /m,
    );
  });

  it('bakes an image for a client that starts an execution, with functions that call the endpoint', async () => {
    const cwd = folder();
    // Refused calls of the functions are printed. This shows that the functions call the endpoint.
    const fault = { call: 'RunInstances', error: 'InsufficientInstanceCapacity', message: 'None here.' };
    writeFileSync(join(cwd, 'faults.yml'), JSON.stringify({ faults: [fault] }));
    const fixed = ['--seed', '42', '--at', '2026-11-22T03:00:00Z', '--faults', 'faults.yml'];
    const { url, stop } = await goldenServe(fixed, cwd);
    const sfn = new SFNClient(client(url));
    const { executionArn } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn: MACHINE, input: '{"recipe": "al2023"}' }),
    );
    let status: string | undefined = 'RUNNING';
    let cause: string | undefined;
    while (status === 'RUNNING') {
      ({ status, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn })));
    }
    expect({ status, cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
    const images = async (region: string) => {
      const ec2 = new EC2Client(client(url, '999988887777', region));
      const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ['self'] }));
      return Images.map(({ Name }) => Name);
    };
    const released = [await images('us-east-1'), await images('eu-west-1')];
    expect(released).toEqual([[expect.stringMatching(/^al2023-/)], [expect.stringMatching(/^al2023-/)]]);

    const { code, out, err } = await stop();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^2026-11-22 \S+ {2}999988887777 +us-east-1 +stepfunctions:StartExecution {2}ok$/m);
    expect(out).toMatch(
      /^\S+ \S+ {2}GOLDENIMAGEPIPELINE0 +us-east-1 +ec2:RunInstances {2}InsufficientInstanceCapacity {2}None here\.$/m,
    );
    expect(out).toContain('Saved the world in world.json.\n');
    // The next command finds the world.
    const { out: baked } = await golden(['bake', '--speed', 'max'], { cwd });
    expect(baked).toContain('before: 2 images, 2 snapshots; after: 4 images, 4 snapshots');
  });

  it('resumes an execution that was running when the command was stopped', async () => {
    const cwd = folder();
    // In real time, so that the build is still at its beginning when the endpoint has stopped.
    const first = await goldenServe(['--seed', '7', '--speed', '1'], cwd);
    const { executionArn } = await new SFNClient(client(first.url)).send(
      new StartExecutionCommand({ stateMachineArn: MACHINE, name: 'one', input: '{"recipe": "al2023"}' }),
    );
    expect(await first.stop('SIGTERM')).toMatchObject({ code: 0 });
    const { url } = await goldenServe([], cwd);
    const sfn = new SFNClient(client(url));
    let status: string | undefined = 'RUNNING';
    while (status === 'RUNNING') {
      ({ status } = await sfn.send(new DescribeExecutionCommand({ executionArn })));
    }
    expect(status).toBe('SUCCEEDED');
  });

  it.each([
    ['999988887777', '999988887777'],
    ['111122223333', '111122223333'],
    ['AKIAIOSFODNN7EXAMPLE', '999988887777'],
  ])('maps the access key %s to the account %s', async (accessKey, account) => {
    const { url } = await goldenServe();
    const sts = new STSClient(client(url, accessKey));
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: account });
  });

  it('starts on a kept world in which an event of a function is due, and delivers the event', async () => {
    const cwd = folder();
    let now = Date.parse('2026-11-22T03:00:00Z');
    const kept = beginWorld({ seed: 42, now: () => now });
    deploy(kept.world, [], { triggers: true });
    perform(services, kept.world, {
      service: 'lambda',
      operation: 'Invoke',
      ...HOME,
      input: { FunctionName: functionArn('watch'), InvocationType: 'Event', Payload: Buffer.from('{}') },
    });
    expect(kept.world.functionEvents.all()).toHaveLength(1);
    now += 60_000;
    writeFileSync(join(cwd, 'world.json'), encodeWorld(kept));
    const { stop } = await goldenServe([], cwd);
    const { code, err } = await stop();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const { fields } = decodeWorld(readFileSync(join(cwd, 'world.json')));
    const { rows } = fields.functionEvents as { rows: { current?: { attempts: number } }[] };
    // Lambda has invoked the function, and removes the event when the function has answered.
    expect(rows.filter(({ current }) => current?.attempts === 0)).toEqual([]);
  });

  it('refuses a second command on its world, and names its endpoint', async () => {
    const cwd = folder();
    const { url } = await goldenServe([], cwd);
    const { code, err } = await golden(['bake', '--speed', 'max'], { cwd });
    expect(code).toBe(2);
    expect(err).toContain('in use by golden serve');
    expect(err).toContain(url);
  });

  it('accepts temporary credentials only with their token', async () => {
    const { url } = await goldenServe();
    const role = { RoleArn: 'arn:aws:iam::111122223333:role/reader', RoleSessionName: 'one' };
    const { Credentials } = await new STSClient(client(url)).send(new AssumeRoleCommand(role));
    const {
      AccessKeyId: accessKeyId = '',
      SecretAccessKey: secretAccessKey = '',
      SessionToken,
    } = Credentials ?? {};
    const as = (sessionToken: string | undefined) => {
      const credentials = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
      return { ...client(url), credentials };
    };
    expect(await new STSClient(as(SessionToken)).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Arn: 'arn:aws:sts::111122223333:assumed-role/reader/one',
    });
    for (const token of [undefined, 'another']) {
      const refused = new EC2Client(as(token)).send(new DescribeRegionsCommand({}));
      await expect(refused).rejects.toMatchObject({
        name: 'AuthFailure',
        message: 'AWS was not able to validate the provided access credentials',
        $metadata: { httpStatusCode: 401 },
      });
      const parameter = new SSMClient(as(token)).send(new GetParameterCommand({ Name: '/any' }));
      await expect(parameter).rejects.toMatchObject({
        name: 'UnrecognizedClientException',
        $metadata: { httpStatusCode: 400 },
      });
    }
  });

  it('continues to serve when a schedule makes invalid calls', async () => {
    const { url, stop } = await goldenServe(['--speed', '600', '--at', '2026-11-22T03:00:00Z']);
    const scheduler = new SchedulerClient(client(url));
    const ec2 = new EC2Client(client(url));
    const schedule = (Name: string, operation: string, input: object) =>
      scheduler.send(
        new CreateScheduleCommand({
          Name,
          ScheduleExpression: 'rate(1 minute)',
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: {
            Arn: `arn:aws:scheduler:::aws-sdk:${operation}`,
            RoleArn: 'arn:aws:iam::999988887777:role/scheduler',
            Input: JSON.stringify(input),
          },
        }),
      );
    await schedule('tags', 'ec2:createTags', { Resources: 'x', Tags: {} });
    await schedule('ids', 'ec2:terminateInstances', { InstanceIds: [null] });
    await schedule('start', 'sfn:startExecution', { StateMachineArn: 5 });
    await schedule('key', 'ec2:importKeyPair', { KeyName: 'k', PublicKeyMaterial: 'not base64!' });
    await schedule('event', 'ssm:putParameter', {
      Name: '/done',
      Value: 'yes',
      Type: 'String',
      Overwrite: true,
    });
    const ssm = new SSMClient(client(url));
    const done = () => ssm.send(new GetParameterCommand({ Name: '/done' })).catch(() => undefined);
    let parameter = await done();
    while ((parameter?.Parameter?.Version ?? 0) < 3) parameter = await done();
    expect((await ec2.send(new DescribeRegionsCommand({}))).Regions?.length).toBeGreaterThan(10);
    expect(await stop()).toMatchObject({ code: 0, err: '' });
  });

  it('injects the faults of a file', async () => {
    const cwd = folder();
    const fault = {
      // The pipeline's own functions may be running. They do not make this call.
      call: 'DescribeKeyPairs',
      error: 'InternalError',
      message: 'An internal error has occurred',
      status: 500,
    };
    writeFileSync(join(cwd, 'faults.yml'), JSON.stringify({ faults: [fault] }));
    const { url } = await goldenServe(['--faults', 'faults.yml'], cwd);
    const ec2 = new EC2Client({ ...client(url), maxAttempts: 1 });
    await expect(ec2.send(new DescribeKeyPairsCommand({}))).rejects.toMatchObject({
      name: 'InternalError',
      message: 'An internal error has occurred',
      $metadata: { httpStatusCode: 500 },
    });
    expect((await ec2.send(new DescribeKeyPairsCommand({}))).KeyPairs).toEqual([]);
  });

  it('throttles', async () => {
    // The bucket gains one token in more than a minute, so that even a slow computer calls faster than the bucket fills.
    const { url } = await goldenServe(['--speed', '0.01']);
    const once = new EC2Client({ ...client(url), maxAttempts: 1 });
    const input = { ImageId: 'ami-00000000000000000', MinCount: 1, MaxCount: 1 };
    const codes = await Promise.all(
      Array.from({ length: 12 }, () =>
        once.send(new RunInstancesCommand(input)).catch(({ name }: Error) => name),
      ),
    );
    expect(codes.filter((code) => code === 'InvalidAMIID.NotFound').length).toBeGreaterThanOrEqual(5);
    expect(codes).toContain('RequestLimitExceeded');
  });

  it('throttles as a fault says, and the client retries automatically', async () => {
    const cwd = folder();
    const fault = { call: 'DescribeKeyPairs', error: 'RequestLimitExceeded', times: 2 };
    writeFileSync(join(cwd, 'faults.yml'), JSON.stringify({ faults: [fault] }));
    const { url } = await goldenServe(['--faults', 'faults.yml'], cwd);
    const patient = new EC2Client({ ...client(url), maxAttempts: 8 });
    const { KeyPairs, $metadata } = await patient.send(new DescribeKeyPairsCommand({}));
    expect(KeyPairs).toEqual([]);
    expect($metadata.attempts).toBe(3);
  });

  it('refuses options that npm read, also under the former name of its script', async () => {
    for (const name of ['serve', 'aws']) {
      const env = { npm_lifecycle_event: name, npm_config_port: '1' };
      const { code, err } = await golden([name], { env });
      expect(code).toBe(2);
      expect(err).toContain(`put all options after --: npm run ${name} -- …`);
    }
  });

  it('listens only on the loopback address', async () => {
    const { url } = await goldenServe();
    const { hostname, port } = new URL(url);
    expect(hostname).toBe('127.0.0.1');
    const elsewhere = await new Promise((resolve) => {
      const socket = connect(Number(port), '127.0.0.2', () => resolve('connected'));
      socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
    });
    expect(elsewhere).toBe('ECONNREFUSED');
  });

  it('refuses a port that is in use, and leaves no file behind', async () => {
    const { url } = await goldenServe();
    const cwd = folder();
    const { port } = new URL(url);
    const { code, err } = await golden(['serve', '--port', port], { cwd });
    expect(code).toBe(2);
    expect(err).toBe(`the command line --port
  found    ${port}, which another process uses
  allowed  a free port on 127.0.0.1
  fix      try --port 0, which selects a free port

One problem; nothing was started.
`);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it.each([
    [['--port', '99999'], '--port', 'a whole number from 0 to 65535'],
    [['--port', 'http'], '--port', 'a whole number from 0 to 65535'],
    [['--speed', 'max'], '--speed', 'a number from 0.01 to 10000'],
    [['--prot', '1'], '--prot', 'did you mean --port?\n\nOne problem'],
    [['al2023'], 'arguments', 'options only'],
    [['--faults', 'missing.yml'], '--faults', '"missing.yml": no such file'],
  ])('refuses %j', async (args, field, words) => {
    const { code, err, out } = await golden(['serve', ...args]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(field);
    expect(err).toContain(words);
    expect(err).toContain('nothing was started.\n');
  });

  it.each(['serve', 'aws'])('prints its help, also under its former name: %s', async (name) => {
    const { code, out } = await golden([name, '--help']);
    expect(code).toBe(0);
    expect(out).toMatch(/^Usage: golden serve \[options\]\n/);
    expect(out).toContain('golden aws is the former name of this command and still works.');
    for (const option of ['--port', '--speed', '--seed', '--state', '--fresh', '--at', '--faults']) {
      expect(out).toContain(option);
    }
  });
});
