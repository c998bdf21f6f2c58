import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, onTestFinished, test } from 'vitest';
import { answerFrom } from '../src/client.ts';
import { installClock } from '../src/core/clock.ts';
import { perform } from '../src/core/operation.ts';
import { emptyWorld } from '../src/new-world.ts';
import { services } from '../src/services.ts';

const ACCOUNT = '999988887777';
const OTHER = '111122223333';

function simulate() {
  const clock = installClock(new Date('2026-11-20T03:00:00Z'), 7);
  onTestFinished(() => clock.uninstall());
  const world = emptyWorld({ seed: 7, now: clock.now });
  const call = (
    service: string,
    operation: string,
    input: Record<string, unknown>,
    signed: { account?: string; accessKey?: string } = {},
  ) =>
    perform(services, world, { service, operation, input, account: ACCOUNT, region: 'eu-west-1', ...signed });
  const pass = (seconds: number) =>
    clock.run(new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000)));
  return { call, pass, world, run: clock.run };
}

test('a caller has the same ARN in all services', async () => {
  const { call, pass } = simulate();
  const RoleArn = `arn:aws:iam::${OTHER}:role/images/publisher`;
  const assumed = call('sts', 'AssumeRole', { RoleArn, RoleSessionName: 'build-1' });
  const { AccessKeyId: accessKey } = assumed.Credentials as { AccessKeyId: string };
  const callers = [
    [{}, `arn:aws:iam::${ACCOUNT}:root`],
    [{ account: OTHER, accessKey }, `arn:aws:sts::${OTHER}:assumed-role/publisher/build-1`],
  ] as const;
  for (const [signed, arn] of callers) {
    expect(call('sts', 'GetCallerIdentity', {}, signed)).toMatchObject({ Arn: arn });
    const LaunchTemplateName = 'builder';
    const LaunchTemplateData = { InstanceType: 'm7i.large' };
    const made = call('ec2', 'CreateLaunchTemplate', { LaunchTemplateName, LaunchTemplateData }, signed);
    expect(made).toMatchObject({ LaunchTemplate: { CreatedBy: arn } });
    call('ssm', 'PutParameter', { Name: 'latest', Value: 'a', Type: 'String' }, signed);
    await pass(60);
    const written = { Parameters: [{ Name: 'latest', LastModifiedUser: arn }] };
    expect(call('ssm', 'GetParameterHistory', { Name: 'latest' }, signed)).toMatchObject(written);
    expect(call('ssm', 'DescribeParameters', {}, signed)).toMatchObject(written);
    const Content = JSON.stringify({
      schemaVersion: '0.3',
      mainSteps: [{ name: 'wait', action: 'aws:sleep', inputs: { Duration: 'PT1S' } }],
    });
    const document = { Name: 'book', Content, DocumentType: 'Automation', DocumentFormat: 'JSON' };
    call('ssm', 'CreateDocument', document, signed);
    const { AutomationExecutionId } = call(
      'ssm',
      'StartAutomationExecution',
      { DocumentName: 'book' },
      signed,
    );
    const execution = call('ssm', 'GetAutomationExecution', { AutomationExecutionId }, signed);
    expect(execution).toMatchObject({ AutomationExecution: { ExecutedBy: arn } });
    const foreign = { KeyId: 'arn:aws:kms:eu-west-1:222233334444:key/0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a' };
    expect(() => call('kms', 'DescribeKey', foreign, signed)).toThrow(`User: ${arn} is not authorized`);
  }
});

test('the creator of a launch template version is its caller', async () => {
  const { call, pass } = simulate();
  const { Credentials } = call('sts', 'AssumeRole', {
    RoleArn: `arn:aws:iam::${ACCOUNT}:role/publisher`,
    RoleSessionName: 'two',
  });
  const { AccessKeyId: accessKey } = Credentials as { AccessKeyId: string };
  const named = { LaunchTemplateName: 'builder', LaunchTemplateData: { InstanceType: 'm7i.large' } };
  call('ec2', 'CreateLaunchTemplate', named, { accessKey });
  await pass(60);
  const version = call('ec2', 'CreateLaunchTemplateVersion', named);
  expect(version).toMatchObject({
    LaunchTemplateVersion: { CreatedBy: `arn:aws:iam::${ACCOUNT}:root`, VersionNumber: 2 },
  });
});

test('a client in process acts for the role of its own credentials, until they expire', async () => {
  const { call, pass, world, run } = simulate();
  const RoleArn = `arn:aws:iam::${OTHER}:role/publisher`;
  const { Credentials } = call('sts', 'AssumeRole', { RoleArn, RoleSessionName: 'build-1' }) as {
    Credentials: { AccessKeyId: string; SecretAccessKey: string; SessionToken: string };
  };
  const credentials = {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
  };
  const client = new STSClient({ region: 'eu-west-1', credentials });
  answerFrom(world, services, client, ACCOUNT, { signed: true });
  expect(await run(client.send(new GetCallerIdentityCommand({})))).toMatchObject({
    Account: OTHER,
    Arn: `arn:aws:sts::${OTHER}:assumed-role/publisher/build-1`,
  });
  await pass(3600);
  await expect(run(client.send(new GetCallerIdentityCommand({})))).rejects.toThrow(/expired/);
});
