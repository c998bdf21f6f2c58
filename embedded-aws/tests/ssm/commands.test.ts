import {
  GetCommandInvocationCommand,
  ListCommandInvocationsCommand,
  SendCommandCommand,
  type SendCommandCommandInput,
} from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { pendingUpdates } from '../../src/catalog/repositories.ts';
import { rebootGuest } from '../../src/guest/index.ts';
import { ACCOUNT, invocationOf, type SimulatedSsm, simulateSsm } from '../simulated-ssm.ts';

async function pluginsOf({ run, client }: SimulatedSsm, CommandId: string) {
  const { CommandInvocations = [] } = await run(
    client.send(new ListCommandInvocationsCommand({ CommandId, Details: true })),
  );
  return CommandInvocations[0]?.CommandPlugins ?? [];
}

const shell = (name: string, runCommand: string[], inputs: object = {}, step: object = {}) => ({
  name,
  action: 'aws:runShellScript',
  inputs: { runCommand, ...inputs },
  ...step,
});
const commandDocument = (...mainSteps: object[]) => ({ schemaVersion: '2.2', mainSteps });

describe('a script', () => {
  test('is recorded on the disk, and its known commands take effect', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('amazon-linux-2023');
    const command = await simulated.script(id, 'set -e', 'dnf install -y nginx', 'touch /etc/built');
    expect(await invocationOf(simulated, command, id)).toMatchObject({
      Status: 'Success',
      StatusDetails: 'Success',
      ResponseCode: 0,
      PluginName: 'aws:runShellScript',
      ExecutionElapsedTime: expect.stringMatching(/^PT(\d+M)?[\d.]+S$/),
    });
    const disk = simulated.disk(id);
    expect(disk.packages.nginx).toBeDefined();
    expect(disk.files).toContain('/etc/built');
    expect(disk.journal).toMatchObject([
      {
        document: 'AWS-RunShellScript',
        step: 'aws:runShellScript',
        script: 'set -e\ndnf install -y nginx\ntouch /etc/built',
      },
    ]);
  });

  test('prints to both streams, and its failure is the last line of the error', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('amazon-linux-2023');
    const command = await simulated.script(
      id,
      'echo checking',
      'command -v nginx || { echo "nginx is missing" >&2; exit 3; }',
      'echo done',
    );
    expect(await invocationOf(simulated, command, id)).toMatchObject({
      Status: 'Failed',
      ResponseCode: 3,
      StandardOutputContent: 'checking\n',
      StandardErrorContent: 'nginx is missing\nfailed to run commands: exit status 3',
    });
    const { CommandInvocations } = await simulated.run(
      simulated.client.send(new ListCommandInvocationsCommand({ CommandId: command, Details: true })),
    );
    expect(CommandInvocations?.[0]?.CommandPlugins?.[0]?.Output).toBe(
      'checking\n\n----------ERROR-------\nnginx is missing\nfailed to run commands: exit status 3',
    );
  });

  test('fails with its exit code', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('amazon-linux-2023');
    const command = await simulated.script(id, 'exit 7');
    expect(await invocationOf(simulated, command, id)).toMatchObject({
      Status: 'Failed',
      StatusDetails: 'Failed',
      ResponseCode: 7,
      StandardErrorContent: 'failed to run commands: exit status 7',
    });
  });

  test('with exit code 194 reboots the guest and runs again', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('amazon-linux-2023');
    const command = await simulated.script(id, 'touch /etc/step', 'exit 194');
    expect((await invocationOf(simulated, command, id)).Status).toBe('Success');
    expect(simulated.instance(id).boots).toBe(2);
    expect(simulated.disk(id).journal).toHaveLength(2);
  });

  test('that shuts down immediately never reports, and the command expires', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('amazon-linux-2023');
    const command = await simulated.script(id, 'shutdown -h now');
    expect(simulated.instance(id).state).toBe('stopped');
    expect(await invocationOf(simulated, command, id)).toMatchObject({
      Status: 'TimedOut',
      StatusDetails: 'ExecutionTimedOut',
    });
  });

  test('that shuts down a minute later reports first', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('amazon-linux-2023');
    const command = await simulated.script(id, 'shutdown -h +1');
    expect((await invocationOf(simulated, command, id)).Status).toBe('Success');
    await simulated.pass(120);
    expect(simulated.instance(id).state).toBe('stopped');
  });

  test('that stops the agent never reports', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('amazon-linux-2023');
    const command = await simulated.script(id, 'systemctl stop amazon-ssm-agent');
    expect((await invocationOf(simulated, command, id)).Status).toBe('TimedOut');
    expect(simulated.instance(id).agentOnlineSince).toBeUndefined();
  });

  test('that runs sysprep in a scheduled task leaves a generalised, stopped machine', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('windows-2022');
    expect(simulated.disk(id).generalised).toBe(false);
    const script =
      'New-ScheduledTaskAction -Execute "C:\\Program Files\\Amazon\\EC2Launch\\EC2Launch.exe" -Argument \'sysprep --shutdown=true\'';
    const command = await simulated.command(id, 'AWS-RunPowerShellScript', { commands: [script] });
    expect((await invocationOf(simulated, command, id)).Status).toBe('Success');
    expect(simulated.instance(id).state).toBe('running');
    await simulated.pass(3600);
    expect(simulated.instance(id).state).toBe('stopped');
    expect(simulated.disk(id).generalised).toBe(true);
  });

  test('that runs sysprep directly never reports', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('windows-2022');
    const script = '& "$env:ProgramFiles\\Amazon\\EC2Launch\\EC2Launch.exe" sysprep --shutdown=true';
    const command = await simulated.command(id, 'AWS-RunPowerShellScript', { commands: [script] });
    expect((await invocationOf(simulated, command, id)).Status).toBe('TimedOut');
    expect(simulated.instance(id).state).toBe('stopped');
  });

  test('cannot run sysprep while a reboot is pending', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('windows-2022');
    await simulated.command(id, 'AWS-RunPatchBaseline', {
      Operation: ['Install'],
      RebootOption: ['NoReboot'],
    });
    const script = 'Start-Process EC2Launch.exe sysprep --shutdown=true';
    await simulated.command(id, 'AWS-RunPowerShellScript', { commands: [script] });
    await simulated.pass(7200);
    expect(simulated.instance(id).state).toBe('running');
  });
});

describe('steps', () => {
  test('continue after a failed step, and the command fails at the end', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('ubuntu-24.04');
    await simulated.document(
      'steps',
      commandDocument(shell('one', ['exit 1']), shell('two', ['touch /two'])),
    );
    const command = await simulated.command(id, 'steps');
    expect(await pluginsOf(simulated, command)).toMatchObject([
      { Name: 'one', Status: 'Failed', ResponseCode: 1 },
      { Name: 'two', Status: 'Success', ResponseCode: 0 },
    ]);
    expect(simulated.disk(id).files).toContain('/two');
    expect((await invocationOf(simulated, command, id)).Status).toBe('Failed');
  });

  test.each([
    ['onFailure exit', shell('one', ['exit 1'], { onFailure: 'exit' }), 'Failed', 'Failed'],
    [
      'onFailure successAndExit',
      shell('one', ['exit 1'], { onFailure: 'successAndExit' }),
      'Success',
      'Success',
    ],
    ['onSuccess exit', shell('one', ['exit 0'], { onSuccess: 'exit' }), 'Success', 'Success'],
    ['exit code 168', shell('one', ['exit 168']), 'Success', 'Success'],
    ['exit code 169', shell('one', ['exit 169']), 'Failed', 'Failed'],
  ])('%s skips the following steps, except a last step with finallyStep', async (_, first, one, whole) => {
    const simulated = simulateSsm();
    const id = await simulated.online('ubuntu-24.04');
    await simulated.document(
      'steps',
      commandDocument(
        first,
        shell('two', ['touch /two']),
        shell('last', ['touch /last'], { finallyStep: true }),
      ),
    );
    const command = await simulated.command(id, 'steps');
    const plugins = await pluginsOf(simulated, command);
    expect(plugins.map(({ Name, Status }) => [Name, Status])).toEqual([
      ['one', one],
      ['two', 'Success'],
      ['last', 'Success'],
    ]);
    expect(plugins[1]?.Output).toContain('skipped due to prior step with an exit condition');
    expect(simulated.disk(id).files).not.toContain('/two');
    expect(simulated.disk(id).files).toContain('/last');
    expect((await invocationOf(simulated, command, id)).Status).toBe(whole);
  });

  test('are skipped on another platform, which counts as a success', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('windows-2022');
    await simulated.document(
      'steps',
      commandDocument(
        shell('shell', ['exit 1']),
        shell('linux', ['exit 1'], {}, { precondition: { StringEquals: ['platformType', 'Linux'] } }),
        { name: 'posh', action: 'aws:runPowerShellScript', inputs: { runCommand: ['Write-Output hi'] } },
      ),
    );
    const command = await simulated.command(id, 'steps');
    const plugins = await pluginsOf(simulated, command);
    expect(plugins.map(({ Status }) => Status)).toEqual(['Success', 'Success', 'Success']);
    expect(plugins[0]?.Output).toBe(
      'Step execution skipped due to unsupported plugin: aws:runShellScript. Step name: shell',
    );
    expect(plugins[1]?.Output).toBe(
      `Step execution skipped due to unsatisfied preconditions: '"StringEquals": [platformType, Linux]'. Step name: linux`,
    );
    expect(simulated.disk(id).journal).toHaveLength(1);
  });

  test('take parameters: lists are expanded, unknown braces stay', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('ubuntu-24.04');
    await simulated.document('steps', {
      schemaVersion: '2.2',
      parameters: { lines: { type: 'StringList' }, name: { type: 'String', default: 'world' } },
      mainSteps: [
        shell('one', ['echo {{ name }}', '{{ lines }}', "docker inspect -f '{{.Id}}' {{ other }}"]),
      ],
    });
    await simulated.command(id, 'steps', { lines: ['a', 'b'] });
    expect(simulated.disk(id).journal[0]?.script).toBe(
      "echo world\na\nb\ndocker inspect -f '{{.Id}}' {{ other }}",
    );
  });
});

describe('a document in a document', () => {
  const outer = (documentPath: string, documentParameters: unknown = {}, inputs: object = {}) => ({
    name: 'runs',
    action: 'aws:runDocument',
    inputs: { documentType: 'SSMDocument', documentPath, documentParameters, ...inputs },
  });

  test('replaces its step, with parameters as JSON or as a map', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('ubuntu-24.04');
    await simulated.document('inner', {
      schemaVersion: '2.2',
      parameters: { path: { type: 'String' } },
      mainSteps: [shell('one', ['touch {{ path }}']), shell('two', ['touch {{ path }}2'])],
    });
    await simulated.document(
      'outer',
      commandDocument(outer('inner', '{"path": "/x"}'), { ...outer('inner', { path: '/y' }), name: 'again' }),
    );
    const command = await simulated.command(id, 'outer');
    expect(await pluginsOf(simulated, command)).toMatchObject([
      { Name: 'runs', Status: 'Success' },
      { Name: 'again', Status: 'Success' },
    ]);
    expect(simulated.disk(id).files).toEqual(expect.arrayContaining(['/x', '/x2', '/y', '/y2']));
  });

  test('fails its step, and onFailure exit skips the rest', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('ubuntu-24.04');
    await simulated.document(
      'inner',
      commandDocument(shell('one', ['exit 5']), shell('two', ['touch /two'])),
    );
    await simulated.document(
      'outer',
      commandDocument(outer('inner', {}, { onFailure: 'exit' }), shell('after', ['touch /after'])),
    );
    const command = await simulated.command(id, 'outer');
    expect(await pluginsOf(simulated, command)).toMatchObject([
      { Name: 'runs', Status: 'Failed', ResponseCode: 5 },
      { Name: 'after', Output: expect.stringContaining('skipped') },
    ]);
    expect(simulated.disk(id).files).toContain('/two');
    expect(simulated.disk(id).files).not.toContain('/after');
  });

  test.each([
    ['nothing', /Document with name nothing does not exist/],
    ['needy', /Parameter path is required/],
    ['endless', /Maximum document execution depth of 3 exceeded/],
  ])('%s fails its step', async (name, message) => {
    const simulated = simulateSsm();
    const id = await simulated.online('ubuntu-24.04');
    await simulated.document('needy', {
      schemaVersion: '2.2',
      parameters: { path: { type: 'String' } },
      mainSteps: [shell('one', ['touch {{ path }}'])],
    });
    await simulated.document('endless', commandDocument(outer('endless')));
    await simulated.document('outer', commandDocument(outer(name)));
    const command = await simulated.command(id, 'outer');
    expect(await pluginsOf(simulated, command)).toMatchObject([
      { Status: 'Failed', Output: expect.stringMatching(message) },
    ]);
  });

  test('can be run by AWS-RunDocument, and can be an AWS document', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('ubuntu-24.04');
    await simulated.command(id, 'AWS-RunDocument', {
      sourceType: ['SSMDocument'],
      sourceInfo: ['{"name":"AWS-ConfigureAWSPackage"}'],
      documentParameters: ['{"action":"Install","name":"AmazonCloudWatchAgent"}'],
    });
    expect(simulated.disk(id).packages['amazon-cloudwatch-agent']).toBeDefined();
  });
});

describe('AWS-RunPatchBaseline', () => {
  test('installs patches, reboots, continues, and reports', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('amazon-linux-2023', { generation: 3 });
    const command = await simulated.command(id, 'AWS-RunPatchBaseline', { Operation: ['Install'] });
    expect(pendingUpdates(simulated.disk(id), simulated.world.now())).toEqual([]);
    expect(simulated.disk(id).rebootPending).toBe(false);
    expect(simulated.instance(id).boots).toBe(2);
    const invocation = await invocationOf(simulated, command, id, 'PatchLinux');
    expect(invocation).toMatchObject({ Status: 'Success', ResponseCode: 0 });
    expect(invocation.StandardOutputContent).toMatch(/Installed kernel .*\nRebooting|MissingCount +: 0/s);
    expect(invocation.StandardOutputContent).toMatch(/InstalledPendingRebootCount +: 0/);
  });

  test('with NoReboot leaves the reboot pending', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('ubuntu-24.04');
    await simulated.command(id, 'AWS-RunPatchBaseline', {
      Operation: ['Install'],
      RebootOption: ['NoReboot'],
    });
    expect(simulated.disk(id).rebootPending).toBe(true);
    expect(simulated.instance(id).boots).toBe(1);
    await simulated.command(id, 'AWS-RunPatchBaseline', { Operation: ['Install'] });
    expect(simulated.disk(id).rebootPending).toBe(false);
    expect(simulated.instance(id).boots).toBe(2);
  });

  test('with Operation Scan only scans', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('windows-2022', { generation: 2 });
    const before = simulated.disk(id).packages;
    const command = await simulated.command(id, 'AWS-RunPatchBaseline', { Operation: ['Scan'] });
    const { StandardOutputContent } = await invocationOf(simulated, command, id, 'PatchWindows');
    expect(StandardOutputContent).toMatch(/MissingCount +: [1-9]/);
    expect(StandardOutputContent).toContain('Missing KB');
    expect(simulated.disk(id).packages).toEqual(before);
  });
});

describe('AWS-ConfigureAWSPackage', () => {
  test('installs and uninstalls', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('windows-2022');
    const configure = (action: string) =>
      simulated.command(id, 'AWS-ConfigureAWSPackage', { action: [action], name: ['AmazonCloudWatchAgent'] });
    await configure('Install');
    expect(simulated.disk(id).packages.AmazonCloudWatchAgent).toBeDefined();
    await configure('Uninstall');
    expect(simulated.disk(id).packages.AmazonCloudWatchAgent).toBeUndefined();
  });

  test('fails for an unknown package', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('amazon-linux-2023');
    const command = await simulated.command(id, 'AWS-ConfigureAWSPackage', {
      action: ['Install'],
      name: ['Nonsense'],
    });
    expect(await invocationOf(simulated, command, id)).toMatchObject({
      Status: 'Failed',
      StandardOutputContent: expect.stringContaining('No package named Nonsense'),
    });
  });
});

describe('delivery', () => {
  test('the invocation is visible after a delay', async () => {
    const { run, client, online, pass } = simulateSsm({ seed: 3 });
    const id = await online('amazon-linux-2023');
    let unknown = 0;
    for (let turn = 0; turn < 20; turn++) {
      const { Command } = await run(
        client.send(
          new SendCommandCommand({
            InstanceIds: [id],
            DocumentName: 'AWS-RunShellScript',
            Parameters: { commands: ['true'] },
          }),
        ),
      );
      const look = new GetCommandInvocationCommand({ CommandId: Command?.CommandId, InstanceId: id });
      await run(
        client.send(look).catch((error: Error) => {
          expect(error.name).toBe('InvocationDoesNotExist');
          unknown += 1;
        }),
      );
      await pass(600);
      await run(client.send(look));
    }
    expect(unknown).toBeGreaterThan(0);
  });

  test('waits for a rebooting guest', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('amazon-linux-2023');
    rebootGuest(simulated.world, id, simulated.world.now());
    await simulated.pass(1);
    const command = await simulated.script(id, 'touch /after');
    expect((await invocationOf(simulated, command, id)).Status).toBe('Success');
    expect(simulated.disk(id).files).toContain('/after');
  });

  test('times out', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('amazon-linux-2023');
    const { agentOnlineSince: _since, ...silent } = simulated.instance(id);
    simulated.world.instances.put(
      { ...silent, agentLostAt: simulated.world.now() },
      simulated.world.now(),
      0,
    );
    const command = await simulated.command(id, 'AWS-RunShellScript', { commands: ['true'] }, 60);
    expect(await invocationOf(simulated, command, id)).toMatchObject({
      Status: 'TimedOut',
      StatusDetails: 'DeliveryTimedOut',
      ResponseCode: -1,
    });
  });

  test('to a guest that no longer exists ends as undeliverable', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('amazon-linux-2023');
    const { Command } = await simulated.run(
      simulated.client.send(
        new SendCommandCommand({
          InstanceIds: [id],
          DocumentName: 'AWS-RunShellScript',
          Parameters: { commands: ['true'] },
          TimeoutSeconds: 60,
        }),
      ),
    );
    simulated.change(id, { state: 'terminated' });
    await simulated.pass(120);
    expect(await invocationOf(simulated, Command?.CommandId ?? '', id)).toMatchObject({
      Status: 'Failed',
      StatusDetails: 'Undeliverable',
      ResponseCode: -1,
    });
  });

  test('a guest that ends during a command ends the command without a report', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('windows-2022', { generation: 1 });
    const { Command } = await simulated.run(
      simulated.client.send(
        new SendCommandCommand({
          InstanceIds: [id],
          DocumentName: 'AWS-RunPatchBaseline',
          Parameters: { Operation: ['Install'] },
        }),
      ),
    );
    await simulated.pass(60);
    simulated.change(id, { state: 'terminated' });
    await simulated.pass(24 * 3600);
    expect(await invocationOf(simulated, Command?.CommandId ?? '', id)).toMatchObject({
      Status: 'TimedOut',
      StatusDetails: 'ExecutionTimedOut',
    });
  });
});

describe('faults', () => {
  test('a document fails with exit code and output, and has no effects', async () => {
    const simulated = simulateSsm({
      faults: [{ command: 'AWS-RunShellScript', exitCode: 100, output: 'E: Unable to fetch some archives' }],
    });
    const id = await simulated.online('ubuntu-24.04');
    const command = await simulated.script(id, 'touch /x');
    expect(await invocationOf(simulated, command, id)).toMatchObject({
      Status: 'Failed',
      ResponseCode: 100,
      StandardOutputContent: 'E: Unable to fetch some archives',
      StandardErrorContent: 'failed to run commands: exit status 100',
    });
    expect(simulated.disk(id).files).not.toContain('/x');
    expect(simulated.disk(id).journal).toHaveLength(1);
    await simulated.script(id, 'touch /x');
    expect(simulated.disk(id).files).toContain('/x');
  });

  test('a patching fault affects the step that runs', async () => {
    const simulated = simulateSsm({ faults: [{ command: 'AWS-RunPatchBaseline', exitCode: 156 }] });
    const id = await simulated.online('ubuntu-24.04');
    const command = await simulated.command(id, 'AWS-RunPatchBaseline', { Operation: ['Install'] });
    expect(await pluginsOf(simulated, command)).toMatchObject([
      { Name: 'PatchWindows', Status: 'Success' },
      { Name: 'PatchLinux', Status: 'Failed', ResponseCode: 156 },
    ]);
    expect(pendingUpdates(simulated.disk(id), simulated.world.now()).length).toBeGreaterThan(0);
  });

  test('a step that hangs is killed at its timeout', async () => {
    const simulated = simulateSsm({ faults: [{ command: 'two', hangs: true }] });
    const id = await simulated.online('ubuntu-24.04');
    await simulated.document(
      'steps',
      commandDocument(shell('one', ['true']), shell('two', ['true'], { timeoutSeconds: 120 })),
    );
    const command = await simulated.command(id, 'steps');
    const [, plugin] = await pluginsOf(simulated, command);
    expect(plugin).toMatchObject({
      Status: 'TimedOut',
      StatusDetails: 'ExecutionTimedOut',
      ResponseCode: 137,
    });
    const seconds = (Number(plugin?.ResponseFinishDateTime) - Number(plugin?.ResponseStartDateTime)) / 1000;
    expect(seconds).toBe(120);
    expect((await invocationOf(simulated, command, id)).Status).toBe('TimedOut');
  });

  test('long output is truncated: to 2,500 characters in a list, to 24,000 in a single invocation', async () => {
    const simulated = simulateSsm({
      faults: [{ command: 'AWS-RunShellScript', output: 'x'.repeat(30_000) }],
    });
    const id = await simulated.online('ubuntu-24.04');
    const command = await simulated.script(id, 'true');
    const [plugin] = await pluginsOf(simulated, command);
    expect(plugin?.Output).toHaveLength(2_500);
    expect(plugin?.Output).toMatch(/---Output truncated---$/);
    expect((await invocationOf(simulated, command, id)).StandardOutputContent).toHaveLength(24_000);
  });
});

describe('refusals', () => {
  test.each<[Partial<SendCommandCommandInput>, string, RegExp]>([
    [{ DocumentName: 'nothing' }, 'InvalidDocument', /Document with name nothing does not exist/],
    [{ DocumentVersion: '9' }, 'InvalidDocumentVersion', /does not exist/],
    [{ Parameters: {} }, 'InvalidParameters', /Parameter commands is required/],
    [{ Parameters: { commands: ['true'], other: ['x'] } }, 'InvalidParameters', /\[other\] are not defined/],
    [{ TimeoutSeconds: 29 }, 'ValidationException', /'29' at 'timeoutSeconds' .*greater than or equal to 30/],
    [{ InstanceIds: [] }, 'ValidationException', /instanceIds/],
    [{ InstanceIds: ['i-1'] }, 'ValidationException', /'\[i-1\]' at 'instanceIds' .*regular expression/],
    [{ InstanceIds: Array(51).fill('i-11111111') }, 'ValidationException', /less than or equal to 50/],
    [{ InstanceIds: ['i-11111111', 'i-11111111'] }, 'DuplicateInstanceId', /Duplicate/],
    [
      { InstanceIds: ['i-11111111', 'i-22222222'] },
      'InvalidInstanceId',
      /^Instances \[\[i-11111111, i-22222222\]\] not in a valid state for account 999988887777$/,
    ],
    [{ Targets: [{ Key: 'tag:a', Values: ['b'] }] }, 'ValidationException', /either InstanceIds or Targets/],
    [{ InstanceIds: [], Targets: [{ Key: 'Colour', Values: ['b'] }] }, 'InvalidTarget', /Colour/],
    [
      { InstanceIds: [], Targets: [{ Key: 'resource-groups:Name', Values: ['b'] }] },
      'NotEmulated',
      /resource-groups:Name/,
    ],
    [{ DocumentHash: 'abc' }, 'InvalidDocument', /hash/],
    [{ Comment: 'x'.repeat(101) }, 'ValidationException', /at 'comment'/],
    [{ OutputS3BucketName: 'b' }, 'ValidationException', /at 'outputS3BucketName'/],
    [{ MaxConcurrency: '0' }, 'ValidationException', /at 'maxConcurrency'/],
    [{ MaxConcurrency: '10%' }, 'NotEmulated', /MaxConcurrency 10%/],
    [{ MaxErrors: '1' }, 'NotEmulated', /MaxErrors 1/],
    [{ CloudWatchOutputConfig: { CloudWatchOutputEnabled: true } }, 'NotEmulated', /CloudWatchOutputConfig/],
  ])('SendCommand refuses %j', async (changes, name, message) => {
    const { run, client, online } = simulateSsm();
    const id = await online('ubuntu-24.04');
    const command = new SendCommandCommand({
      InstanceIds: [id],
      DocumentName: 'AWS-RunShellScript',
      Parameters: { commands: ['true'] },
      ...changes,
    });
    await expect(run(client.send(command))).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
    });
  });

  test('SendCommand refuses a guest that was never online', async () => {
    const simulated = simulateSsm();
    const id = simulated.launch('ubuntu-24.04');
    await expect(simulated.script(id, 'true')).rejects.toMatchObject({
      name: 'InvalidInstanceId',
      message: `Instances [[${id}]] not in a valid state for account ${ACCOUNT}`,
    });
  });

  test('SendCommand refuses a shell script for Windows', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('windows-2022');
    await expect(simulated.script(id, 'true')).rejects.toMatchObject({ name: 'UnsupportedPlatformType' });
  });

  test('an unknown command, plugin or instance is refused', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('ubuntu-24.04');
    const command = await simulated.script(id, 'true');
    const { run, client } = simulated;
    const list = new ListCommandInvocationsCommand({ CommandId: '0f6ae1c0-2f8e-4d22-8e11-0a1b2c3d4e5f' });
    await expect(run(client.send(list))).rejects.toMatchObject({ name: 'InvalidCommandId' });
    await expect(invocationOf(simulated, command, 'i-11111111')).rejects.toMatchObject({
      name: 'InvocationDoesNotExist',
    });
    await expect(invocationOf(simulated, command, id, 'nothing')).rejects.toMatchObject({
      name: 'InvalidPluginName',
    });
  });
});
