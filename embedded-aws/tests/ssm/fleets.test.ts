import {
  CancelCommandCommand,
  type CancelCommandCommandInput,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  type ListCommandsCommandInput,
  SendCommandCommand,
  type SendCommandCommandInput,
} from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../src/core/faults.ts';
import { ACCOUNT, invocationOf, REGION, simulateSsm } from '../simulated-ssm.ts';
import { listen } from './listening.ts';

/** Two Linux machines and one Windows machine, all online. Their teams are blue, red and blue. */
async function fleet(faults: Fault[] = []) {
  const simulated = simulateSsm({ faults });
  const { run, client, pass, online } = simulated;
  const one = await online('amazon-linux-2023', { tags: { team: 'blue', Name: 'first' } });
  const two = await online('ubuntu-24.04', { tags: { team: 'red' } });
  const windows = await online('windows-2022', { tags: { team: 'blue' } });
  const send = async (input: Partial<SendCommandCommandInput> = {}) => {
    const { Command } = await run(
      client.send(
        new SendCommandCommand({
          DocumentName: 'AWS-RunShellScript',
          Parameters: { commands: ['touch /done'] },
          ...input,
        }),
      ),
    );
    if (Command?.CommandId === undefined) throw new Error('no command');
    return { ...Command, CommandId: Command.CommandId };
  };
  return {
    ...simulated,
    one,
    two,
    windows,
    send,
    list: async (input: ListCommandsCommandInput = {}) =>
      (await run(client.send(new ListCommandsCommand(input)))).Commands ?? [],
    invocations: async (CommandId?: string, input: object = {}) =>
      (await run(client.send(new ListCommandInvocationsCommand({ CommandId, Details: true, ...input }))))
        .CommandInvocations ?? [],
    cancel: (input: CancelCommandCommandInput) => run(client.send(new CancelCommandCommand(input))),
    done: () => pass(3600),
  };
}

describe('a command for several guests', () => {
  test('runs on each guest and counts the results', async () => {
    const { one, two, send, list, invocations, done, disk } = await fleet();
    const { CommandId, ...sent } = await send({ InstanceIds: [one, two], Comment: 'both' });
    expect(sent).toMatchObject({ Status: 'Pending', TargetCount: 2, CompletedCount: 0, Comment: 'both' });
    await done();
    expect(await list({ CommandId })).toMatchObject([
      { Status: 'Success', TargetCount: 2, CompletedCount: 2, ErrorCount: 0, InstanceIds: [one, two] },
    ]);
    expect(await invocations(CommandId)).toMatchObject([
      { InstanceId: one, InstanceName: 'first', Status: 'Success' },
      { InstanceId: two, InstanceName: '', Status: 'Success' },
    ]);
    expect(disk(one).files).toContain('/done');
    expect(disk(two).files).toContain('/done');
  });

  test('has failed if it failed on one guest', async () => {
    const { one, two, send, list, done } = await fleet([{ command: 'AWS-RunShellScript', exitCode: 3 }]);
    const { CommandId } = await send({ InstanceIds: [one, two] });
    await done();
    expect(await list({ CommandId })).toMatchObject([
      { Status: 'Failed', StatusDetails: 'Failed', CompletedCount: 2, ErrorCount: 1 },
    ]);
  });

  test('is refused for all guests if one of them is not a managed node', async () => {
    const { one, send, world } = await fleet();
    await expect(send({ InstanceIds: [one, 'i-11111111'] })).rejects.toMatchObject({
      name: 'InvalidInstanceId',
      message: `Instances [[i-11111111]] not in a valid state for account ${ACCOUNT}`,
    });
    expect(world.commands.all()).toEqual([]);
  });
});

describe('targets', () => {
  test.each<[SendCommandCommandInput['Targets'], ('one' | 'two' | 'windows')[]]>([
    [[{ Key: 'tag:team', Values: ['red', 'green'] }], ['two']],
    [[{ Key: 'tag-key', Values: ['Name'] }], ['one']],
    [
      [
        { Key: 'tag:team', Values: ['blue'] },
        { Key: 'tag-key', Values: ['Name'] },
      ],
      ['one'],
    ],
    [[{ Key: 'tag:team', Values: ['blue', 'red'] }], ['one', 'two', 'windows']],
    [[{ Key: 'tag:team', Values: ['green'] }], []],
  ])('%j', async (Targets, expected) => {
    const simulated = await fleet();
    const { CommandId, ...sent } = await simulated.send({ Targets });
    expect(sent).toMatchObject({ InstanceIds: [], Targets, TargetCount: 0, Status: 'Pending' });
    await simulated.done();
    const reached = await simulated.invocations(CommandId);
    expect(reached.map(({ InstanceId }) => InstanceId)).toEqual(expected.map((name) => simulated[name]));
  });

  test('by id: a guest with another platform fails alone', async () => {
    const { one, windows, send, done, invocations } = await fleet();
    const { CommandId } = await send({ Targets: [{ Key: 'InstanceIds', Values: [one, windows] }] });
    await done();
    expect(await invocations(CommandId)).toMatchObject([
      { InstanceId: one, Status: 'Success' },
      { InstanceId: windows, Status: 'Failed', StatusDetails: 'InvalidPlatform' },
    ]);
  });

  test('may match no guest', async () => {
    const { send, list, done } = await fleet();
    const { CommandId } = await send({ Targets: [{ Key: 'tag:team', Values: ['green'] }] });
    await done();
    expect(await list({ CommandId })).toMatchObject([{ StatusDetails: 'NoInstancesInTag', TargetCount: 0 }]);
  });
});

describe('output', () => {
  const long = 'x'.repeat(30_000);
  const bucket = { OutputS3BucketName: 'outputs', OutputS3KeyPrefix: 'runs/today/' };

  test('goes to S3 in full, under the command, the guest and the plugin', async () => {
    const simulated = await fleet([{ command: 'AWS-RunShellScript', output: long, exitCode: 1 }]);
    const { one, send, done, world, invocations } = simulated;
    const { CommandId } = await send({ InstanceIds: [one], ...bucket });
    await done();
    const folder = `runs/today/${CommandId}/${one}/awsrunShellScript/0.awsrunShellScript`;
    expect(world.objects.all()).toMatchObject([
      { id: `outputs/${folder}/stdout`, bucket: 'outputs', key: `${folder}/stdout`, body: long },
      { key: `${folder}/stderr`, body: 'failed to run commands: exit status 1' },
    ]);
    const url = `https://s3.${REGION}.amazonaws.com/outputs/${folder}`;
    const single = await invocationOf(simulated, CommandId, one);
    expect(single).toMatchObject({
      StandardOutputUrl: `${url}/stdout`,
      StandardErrorUrl: `${url}/stderr`,
    });
    expect(single.StandardOutputContent).toHaveLength(24_000);
    const [invocation] = await invocations(CommandId);
    expect(invocation?.StandardOutputUrl).toBe(`${url}/stdout`);
    expect(invocation?.CommandPlugins).toMatchObject([
      { OutputS3BucketName: 'outputs', OutputS3KeyPrefix: 'runs/today/', OutputS3Region: REGION },
    ]);
    expect(invocation?.CommandPlugins?.[0]?.Output).toHaveLength(2_500);
  });

  test('of several steps has one folder per step', async () => {
    const { one, send, done, world } = await fleet();
    const { CommandId } = await send({
      InstanceIds: [one],
      DocumentName: 'AWS-RunPatchBaseline',
      Parameters: { Operation: ['Scan'] },
      OutputS3BucketName: 'outputs',
    });
    await done();
    expect(world.objects.all().map(({ key }) => key)).toEqual([
      `${CommandId}/${one}/awsrunPowerShellScript/PatchWindows/stdout`,
      `${CommandId}/${one}/awsrunShellScript/PatchLinux/stdout`,
    ]);
  });

  test('is shown only after the plugin has ended', async () => {
    const simulated = await fleet([{ command: 'AWS-RunShellScript', output: 'so far', hangs: true }]);
    const { one, send, pass } = simulated;
    const { CommandId } = await send({ InstanceIds: [one] });
    await pass(120);
    expect(await invocationOf(simulated, CommandId, one)).toMatchObject({
      Status: 'InProgress',
      StandardOutputContent: '',
      StandardOutputUrl: '',
    });
  });
});

describe('ListCommands and ListCommandInvocations', () => {
  test.each<[ListCommandsCommandInput['Filters'], string[]]>([
    [undefined, ['AWS-RunPowerShellScript', 'AWS-RunShellScript']],
    [[{ key: 'DocumentName', value: 'AWS-RunShellScript' }], ['AWS-RunShellScript']],
    [[{ key: 'Status', value: 'Success' }], ['AWS-RunShellScript']],
    [[{ key: 'Status', value: 'DeliveryTimedOut' }], ['AWS-RunPowerShellScript']],
    [[{ key: 'Status', value: 'TimedOut' }], ['AWS-RunPowerShellScript']],
    [[{ key: 'InvokedAfter', value: '2026-11-21T00:00:00Z' }], []],
    [
      [{ key: 'InvokedBefore', value: '2026-11-21T00:00:00Z' }],
      ['AWS-RunPowerShellScript', 'AWS-RunShellScript'],
    ],
  ])('both return for %j the result %j, newest first', async (Filters, expected) => {
    const { one, windows, send, done, list, invocations, change, world } = await fleet();
    await send({ InstanceIds: [one] });
    change(windows, { agentLostAt: world.now() });
    const { agentOnlineSince: _since, ...silent } = world.instances.get(windows) ?? { id: '' };
    world.instances.put(silent as NonNullable<ReturnType<typeof world.instances.get>>, world.now(), 0);
    await send({ InstanceIds: [windows], DocumentName: 'AWS-RunPowerShellScript', TimeoutSeconds: 30 });
    await done();
    expect((await list({ Filters })).map(({ DocumentName }) => DocumentName)).toEqual(expected);
    const found = await invocations(undefined, { Filters });
    expect(found.map(({ DocumentName }) => DocumentName)).toEqual(expected);
  });

  test('support filters by instance and stage, and pages', async () => {
    const { one, two, send, done, list, run, client } = await fleet();
    const first = await send({ InstanceIds: [one] });
    const second = await send({ InstanceIds: [one, two] });
    const stage = (value: string) => list({ Filters: [{ key: 'ExecutionStage', value }] });
    await done();
    expect((await list({ InstanceId: two })).map(({ CommandId }) => CommandId)).toEqual([second.CommandId]);
    expect(await stage('Executing')).toEqual([]);
    expect(await stage('Complete')).toHaveLength(2);
    const page = await run(client.send(new ListCommandsCommand({ MaxResults: 1 })));
    expect(page.Commands).toMatchObject([{ CommandId: second.CommandId }]);
    expect(await list({ MaxResults: 1, NextToken: page.NextToken })).toMatchObject([
      { CommandId: first.CommandId },
    ]);
  });

  const unknown = '0f6ae1c0-2f8e-4d22-8e11-0a1b2c3d4e5f';
  test.each<[ListCommandsCommandInput, string, RegExp]>([
    [{ CommandId: unknown }, 'InvalidCommandId', /not valid/],
    [{ CommandId: 'x' }, 'ValidationException', /at 'commandId' .*greater than or equal to 36/],
    [{ InstanceId: 'x' }, 'ValidationException', /at 'instanceId'/],
    [{ Filters: [{ key: 'InvokedAfter', value: 'noon' }] }, 'InvalidFilterValue', /noon/],
    [
      { Filters: [{ key: 'Colour' as 'Status', value: 'red' }] },
      'ValidationException',
      /at 'filters\.1\.member\.key'/,
    ],
    [{ NextToken: 'x' }, 'InvalidNextToken', /not valid/],
    [{ MaxResults: 51 }, 'ValidationException', /less than or equal to 50/],
  ])('both refuse %j', async (input, name, message) => {
    const { run, client } = simulateSsm();
    const refused = { name, message: expect.stringMatching(message) };
    await expect(run(client.send(new ListCommandsCommand(input)))).rejects.toMatchObject(refused);
    await expect(run(client.send(new ListCommandInvocationsCommand(input)))).rejects.toMatchObject(refused);
  });

  test('only ListCommands supports the stage filter', async () => {
    const { run, client } = simulateSsm();
    const Filters = [{ key: 'ExecutionStage' as const, value: 'Complete' }];
    await expect(run(client.send(new ListCommandInvocationsCommand({ Filters })))).rejects.toMatchObject({
      name: 'InvalidFilterKey',
    });
    await expect(
      run(client.send(new ListCommandsCommand({ Filters: [{ key: 'ExecutionStage', value: 'x' }] }))),
    ).rejects.toMatchObject({ name: 'InvalidFilterValue' });
  });
});

describe('CancelCommand', () => {
  const hanging: Fault[] = [{ command: 'AWS-RunShellScript', hangs: true, times: 'always' }];

  test('stops a running command after a moment, and leaves no effects', async () => {
    const { one, two, send, pass, cancel, list, invocations } = await fleet(hanging);
    const { CommandId } = await send({ InstanceIds: [one, two] });
    await pass(60);
    await cancel({ CommandId, InstanceIds: [one] });
    expect(await invocations(CommandId)).toMatchObject([{ Status: 'Cancelling' }, { Status: 'InProgress' }]);
    await pass(60);
    expect(await invocations(CommandId)).toMatchObject([
      { Status: 'Cancelled', StatusDetails: 'Cancelled', CommandPlugins: [{ Status: 'Cancelled' }] },
      { Status: 'InProgress' },
    ]);
    expect(await list({ CommandId })).toMatchObject([{ Status: 'InProgress', CompletedCount: 1 }]);
    await cancel({ CommandId });
    await pass(60);
    expect(await list({ CommandId })).toMatchObject([{ Status: 'Cancelled', CompletedCount: 2 }]);
  });

  test('cancels an undelivered command immediately', async () => {
    const { one, send, cancel, world, pass, disk } = await fleet();
    const { CommandId } = await send({ InstanceIds: [one] });
    await cancel({ CommandId });
    expect(world.commands.all()).toMatchObject([{ status: 'Cancelled' }]);
    await pass(600);
    expect(disk(one).files).not.toContain('/done');
  });

  test('does not change a command that has ended', async () => {
    const { one, send, cancel, done, world } = await fleet();
    const { CommandId } = await send({ InstanceIds: [one] });
    await done();
    await cancel({ CommandId });
    expect(world.commands.all()).toMatchObject([{ status: 'Success' }]);
  });

  test.each<[Partial<CancelCommandCommandInput>, string]>([
    [{ CommandId: '0f6ae1c0-2f8e-4d22-8e11-0a1b2c3d4e5f' }, 'InvalidCommandId'],
    [{ CommandId: undefined }, 'ValidationException'],
    [{ InstanceIds: ['i-11111111'] }, 'InvalidInstanceId'],
    [{ InstanceIds: ['i-11111111', 'i-11111111'] }, 'DuplicateInstanceId'],
  ])('refuses %j', async (input, name) => {
    const { one, send, cancel } = await fleet();
    const { CommandId } = await send({ InstanceIds: [one] });
    await expect(cancel({ CommandId, ...input })).rejects.toMatchObject({ name });
  });
});

test('EventBridge receives events of commands and of each invocation', async () => {
  const simulated = await fleet();
  const heard = listen(simulated);
  const { one, send, done, world } = simulated;
  const { CommandId } = await send({ InstanceIds: [one] });
  await done();
  const requested = new Date(world.commands.all()[0]?.requested ?? 0).toISOString();
  const invocation = {
    'command-id': CommandId,
    'document-name': 'AWS-RunShellScript',
    'instance-id': one,
    'requested-date-time': requested,
  };
  const command = {
    'command-id': CommandId,
    'document-name': 'AWS-RunShellScript',
    'expire-after': expect.stringMatching(/^2026-.*Z$/),
    parameters: { commands: ['touch /done'] },
    'requested-date-time': requested,
  };
  const resources = [`arn:aws:ec2:${REGION}:${ACCOUNT}:instance/${one}`];
  expect(heard().map(({ detailType, detail, resources }) => ({ detailType, detail, resources }))).toEqual(
    ['InProgress', 'Success'].flatMap((status) => [
      {
        detailType: 'EC2 Command Invocation Status-change Notification',
        detail: { ...invocation, status },
        resources,
      },
      { detailType: 'EC2 Command Status-change Notification', detail: { ...command, status }, resources },
    ]),
  );
});
