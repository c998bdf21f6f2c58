import {
  CreateImageCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstanceCreditSpecificationsCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  type EC2Client,
  type Filter,
  GetConsoleOutputCommand,
  GetInstanceMetadataDefaultsCommand,
  type InstanceAttributeName,
  ModifyInstanceAttributeCommand,
  type ModifyInstanceAttributeCommandInput,
  ModifyInstanceMetadataDefaultsCommand,
  type ModifyInstanceMetadataDefaultsCommandInput,
  ModifyInstanceMetadataOptionsCommand,
  RebootInstancesCommand,
  RegisterImageCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { changeDisk, runScript } from '../../src/guest/index.ts';
import { CONSUMER, refusal, type SimulatedEc2, simulateEc2 } from '../simulated-ec2.ts';

const UNKNOWN = 'i-0123456789abcdef0';

/** A running instance, and functions that read it. */
async function running(changes: Partial<RunInstancesCommandInput> = {}, options = {}) {
  const simulated = simulateEc2(options);
  const { client, run, launch, pass } = simulated;
  const { Instances } = await run(client().send(new RunInstancesCommand(launch(changes))));
  const id = Instances?.[0]?.InstanceId ?? '';
  await pass(130);
  const sent = <T>(work: (ec2: EC2Client) => Promise<T>) => run(work(client()));
  return {
    ...simulated,
    id,
    sent,
    modify: (input: Partial<ModifyInstanceAttributeCommandInput>) =>
      sent((ec2) => ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, ...input }))),
    attribute: (Attribute: InstanceAttributeName) =>
      sent((ec2) => ec2.send(new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute }))),
    described: async () => {
      const { Reservations } = await sent((ec2) =>
        ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] })),
      );
      return Reservations?.[0]?.Instances?.[0];
    },
    stopped: async () => {
      await sent((ec2) => ec2.send(new StopInstancesCommand({ InstanceIds: [id] })));
      await pass(400);
    },
  };
}

describe('status checks', () => {
  const statuses = async ({ client, run }: SimulatedEc2, input = {}) => {
    const answer = await run(client().send(new DescribeInstanceStatusCommand(input)));
    return answer.InstanceStatuses?.map(({ InstanceId, InstanceStatus, SystemStatus }) => [
      InstanceId,
      InstanceStatus?.Status,
      SystemStatus?.Details?.[0]?.Status,
    ]);
  };

  test('start with the instance, pass, and end with the instance', async () => {
    const simulated = simulateEc2();
    const { client, run, launch, pass } = simulated;
    const { Instances } = await run(client().send(new RunInstancesCommand(launch())));
    const id = Instances?.[0]?.InstanceId ?? '';
    await pass(120);
    expect(await statuses(simulated, { InstanceIds: [id] })).toEqual([[id, 'initializing', 'initializing']]);
    await pass(800);
    expect(await statuses(simulated)).toEqual([[id, 'ok', 'passed']]);
    const filtered = (Name: string, value: string) =>
      statuses(simulated, { Filters: [{ Name, Values: [value] }] });
    expect(await filtered('instance-status.status', 'ok')).toHaveLength(1);
    expect(await filtered('system-status.reachability', 'failed')).toEqual([]);
    expect(await filtered('instance-state-code', '16')).toHaveLength(1);
    await run(client().send(new StopInstancesCommand({ InstanceIds: [id] })));
    expect(await statuses(simulated, { InstanceIds: [id] })).toEqual([]);
    expect(await statuses(simulated, { IncludeAllInstances: true })).toEqual([
      [id, 'not-applicable', undefined],
    ]);
  });

  test('fail for an instance that does not boot, and only the instance check', async () => {
    const simulated = simulateEc2({ guests: true, faults: [{ boot: 'fails' }] });
    const { client, run, launch, pass } = simulated;
    const { Instances } = await run(client().send(new RunInstancesCommand(launch({ MaxCount: 2 }))));
    const [failed, other] = Instances?.map(({ InstanceId = '' }) => InstanceId) ?? [];
    await pass(1000);
    const { InstanceStatuses = [] } = await run(
      client().send(new DescribeInstanceStatusCommand({ InstanceIds: [failed ?? ''] })),
    );
    expect(InstanceStatuses[0]).toMatchObject({
      InstanceState: { Name: 'running' },
      InstanceStatus: {
        Status: 'impaired',
        Details: [
          {
            Name: 'reachability',
            Status: 'failed',
            ImpairedSince: new Date(Instances?.[0]?.LaunchTime ?? 0),
          },
        ],
      },
      SystemStatus: { Status: 'ok', Details: [{ Name: 'reachability', Status: 'passed' }] },
    });
    const filtered = (Name: string, value: string) =>
      statuses(simulated, { Filters: [{ Name, Values: [value] }] });
    expect(await filtered('instance-status.status', 'impaired')).toEqual([[failed, 'impaired', 'passed']]);
    expect(await filtered('instance-status.reachability', 'failed')).toHaveLength(1);
    expect(await filtered('instance-status.reachability', 'passed')).toEqual([[other, 'ok', 'passed']]);
    const console = await run(client().send(new GetConsoleOutputCommand({ InstanceId: failed })));
    expect(Buffer.from(console.Output ?? '', 'base64').toString()).not.toContain('login:');
  });

  test('fail some minutes after a reboot that does not end', async () => {
    const simulated = simulateEc2({ guests: true });
    const { world, client, run, launch, pass } = simulated;
    const { Instances } = await run(client().send(new RunInstancesCommand(launch())));
    const id = Instances?.[0]?.InstanceId ?? '';
    await pass(1000);
    changeDisk(world, id, world.now(), (disk) => runScript(disk, 'rm -f /boot/vmlinuz-*', world.now()).disk);
    await pass(1000);
    expect(await statuses(simulated)).toEqual([[id, 'ok', 'passed']]);
    const rebootedAt = world.now();
    await run(client().send(new RebootInstancesCommand({ InstanceIds: [id] })));
    await pass(30);
    expect(await statuses(simulated)).toEqual([[id, 'ok', 'passed']]);
    await pass(1000);
    const { InstanceStatuses = [] } = await run(client().send(new DescribeInstanceStatusCommand({})));
    const [detail] = InstanceStatuses[0]?.InstanceStatus?.Details ?? [];
    expect(detail?.Status).toBe('failed');
    expect(detail?.ImpairedSince?.getTime()).toBeGreaterThan(rebootedAt);
  });

  test('are refused for unknown instances and invalid pages', async () => {
    const { id, sent } = await running();
    const asked = (input: object) =>
      refusal(sent((ec2) => ec2.send(new DescribeInstanceStatusCommand(input))));
    expect((await asked({ InstanceIds: [UNKNOWN] })).code).toBe('InvalidInstanceID.NotFound');
    expect((await asked({ InstanceIds: ['one'] })).code).toBe('InvalidInstanceID.Malformed');
    expect((await asked({ MaxResults: 4 })).code).toBe('InvalidParameterValue');
    expect((await asked({ InstanceIds: [id], MaxResults: 5 })).code).toBe('InvalidParameterCombination');
    expect((await asked({ DryRun: true })).code).toBe('DryRunOperation');
  });
});

describe('a reboot', () => {
  test('is allowed only for running instances, which stay running', async () => {
    const { id, sent, described, stopped, world } = await running();
    const reboot = (input = {}) =>
      sent((ec2) => ec2.send(new RebootInstancesCommand({ InstanceIds: [id], ...input })));
    const { ImageId = '' } = await sent((ec2) =>
      ec2.send(new CreateImageCommand({ InstanceId: id, Name: 'while it reboots', NoReboot: true })),
    );
    await reboot();
    expect((await described())?.State?.Name).toBe('running');
    expect(world.images.get(ImageId)?.stateReason?.Code).toBe('Client.InstanceTerminated');
    await reboot();
    expect((await refusal(reboot({ DryRun: true }))).code).toBe('DryRunOperation');
    expect((await refusal(reboot({ InstanceIds: [] }))).code).toBe('InvalidParameterCombination');
    expect((await refusal(reboot({ InstanceIds: [UNKNOWN] }))).code).toBe('InvalidInstanceID.NotFound');
    await stopped();
    expect(await refusal(reboot())).toMatchObject({
      code: 'IncorrectInstanceState',
      message: `The instance '${id}' is not in the 'running' state.`,
    });
  });
});

describe('attributes', () => {
  const forms: [string, Partial<ModifyInstanceAttributeCommandInput>, InstanceAttributeName, object][] = [
    [
      'their own member',
      { DisableApiTermination: { Value: true } },
      'disableApiTermination',
      { Value: true },
    ],
    ['name', { Attribute: 'disableApiStop', Value: 'true' }, 'disableApiStop', { Value: true }],
    ['their own member', { SourceDestCheck: { Value: false } }, 'sourceDestCheck', { Value: false }],
    [
      'name',
      { Attribute: 'instanceInitiatedShutdownBehavior', Value: 'terminate' },
      'instanceInitiatedShutdownBehavior',
      { Value: 'terminate' },
    ],
    [
      'their own member',
      { InstanceInitiatedShutdownBehavior: { Value: 'terminate' } },
      'instanceInitiatedShutdownBehavior',
      { Value: 'terminate' },
    ],
  ];
  test.each(forms)('of a running instance are changed by %s: %o', async (_form, input, name, value) => {
    const { modify, attribute, id } = await running();
    await modify(input);
    await modify(input);
    const member = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    expect(await attribute(name)).toMatchObject({ InstanceId: id, [member]: value });
  });

  test('type, user data and disk speed change only on a stopped instance', async () => {
    const { modify, attribute, stopped, described, id } = await running();
    const script = Buffer.from('#!/bin/sh\ntrue\n');
    const changes: Partial<ModifyInstanceAttributeCommandInput>[] = [
      { InstanceType: { Value: 'm7i.xlarge' } },
      { UserData: { Value: script } },
      { EbsOptimized: { Value: true } },
    ];
    for (const change of changes) {
      expect(await refusal(modify(change))).toMatchObject({
        code: 'IncorrectInstanceState',
        message: `The instance '${id}' is not in the 'stopped' state.`,
      });
    }
    await stopped();
    for (const change of changes) await modify(change);
    expect((await attribute('userData')).UserData?.Value).toBe(script.toString('base64'));
    expect(await described()).toMatchObject({
      InstanceType: 'm7i.xlarge',
      EbsOptimized: true,
      CpuOptions: { CoreCount: 2, ThreadsPerCore: 2 },
    });
    await modify({ Attribute: 'userData', Value: Buffer.from('new').toString('base64') });
    expect((await attribute('userData')).UserData?.Value).toBe('bmV3');
    expect((await refusal(modify({ InstanceType: { Value: 'm7g.large' } }))).code).toBe(
      'InvalidParameterValue',
    );
  });

  test('of groups and disks change together on the instance and its parts', async () => {
    const { modify, described, attribute, securityGroupId, sent, world } = await running();
    await modify({ Groups: [securityGroupId] });
    expect((await described())?.SecurityGroups).toEqual([
      { GroupId: securityGroupId, GroupName: 'builders' },
    ]);
    expect(world.networkInterfaces.all()[0]?.securityGroupIds).toEqual([securityGroupId]);
    expect((await attribute('groupSet')).Groups).toMatchObject([{ GroupId: securityGroupId }]);
    const BlockDeviceMappings = [{ DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: false } }];
    await modify({ BlockDeviceMappings });
    await modify({ Attribute: 'blockDeviceMapping', BlockDeviceMappings });
    expect((await attribute('blockDeviceMapping')).BlockDeviceMappings).toMatchObject([
      { DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: false } },
    ]);
    const { Volumes } = await sent((ec2) => ec2.send(new DescribeVolumesCommand({})));
    expect(Volumes?.[0]?.Attachments?.[0]?.DeleteOnTermination).toBe(false);
  });

  test.each([
    ['a request without attributes', {}, 'InvalidParameterCombination'],
    ['a name without a value', { Attribute: 'instanceType' }, 'MissingParameter'],
    [
      'two members',
      { DisableApiStop: { Value: true }, DisableApiTermination: { Value: true } },
      'InvalidParameterCombination',
    ],
    [
      'a name and another member',
      { Attribute: 'ebsOptimized', DisableApiStop: { Value: true } },
      'InvalidParameterCombination',
    ],
    ['an unknown name', { Attribute: 'colour', Value: 'blue' }, 'InvalidParameterValue'],
    [
      'a value other than true and false',
      { Attribute: 'disableApiStop', Value: 'yes' },
      'InvalidParameterValue',
    ],
    [
      'an unknown behavior',
      { InstanceInitiatedShutdownBehavior: { Value: 'sleep' } },
      'InvalidParameterValue',
    ],
    [
      'the name of a read-only attribute',
      { Attribute: 'rootDeviceName', Value: '/dev/sda' },
      'InvalidParameterValue',
    ],
    ['an attribute that is not emulated', { Attribute: 'kernel', Value: 'aki-1' }, 'NotEmulated'],
    ['an empty list of groups', { Groups: [] }, 'MissingParameter'],
    ['an unknown group', { Groups: ['sg-0123456789abcdef0'] }, 'InvalidGroup.NotFound'],
    [
      'an unknown device',
      { BlockDeviceMappings: [{ DeviceName: '/dev/sdz', Ebs: { DeleteOnTermination: true } }] },
      'InvalidInstanceAttributeValue',
    ],
    [
      'a request for another instance',
      { InstanceId: UNKNOWN, DisableApiStop: { Value: true } },
      'InvalidInstanceID.NotFound',
    ],
    ['DryRun', { DryRun: true, DisableApiStop: { Value: true } }, 'DryRunOperation'],
  ] as [string, Partial<ModifyInstanceAttributeCommandInput>, string][])(
    'are not changed by %s',
    async (_name, input, code) => {
      const { modify, world, id } = await running();
      const before = world.instances.get(id);
      expect((await refusal(modify(input))).code).toBe(code);
      expect(world.instances.get(id)).toEqual(before);
    },
  );

  test('are described one at a time, and cannot be changed on a terminated instance', async () => {
    const { attribute, sent, id, modify, pass } = await running({
      UserData: Buffer.from('true').toString('base64'),
    });
    expect(await attribute('instanceType')).toMatchObject({ InstanceType: { Value: 'm7i.large' } });
    expect(await attribute('rootDeviceName')).toMatchObject({ RootDeviceName: { Value: '/dev/xvda' } });
    expect(await attribute('disableApiTermination')).toMatchObject({
      DisableApiTermination: { Value: false },
    });
    expect(await refusal(attribute('enaSupport'))).toMatchObject({
      code: 'InvalidParameterValue',
      message: 'Value (enaSupport) for parameter attribute is invalid. Unknown attribute.',
    });
    expect(await attribute('kernel')).toMatchObject({ KernelId: {} });
    expect((await refusal(attribute('colour' as 'kernel'))).code).toBe('InvalidParameterValue');
    expect((await refusal(attribute(undefined as unknown as 'kernel'))).code).toBe('MissingParameter');
    await sent((ec2) => ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] })));
    await pass(400);
    expect((await refusal(modify({ DisableApiStop: { Value: true } }))).code).toBe('IncorrectInstanceState');
  });
});

describe('enhanced networking', () => {
  /** An instance of an older type, from an image without ENA and SR-IOV. */
  const older = async () => {
    const simulated = await running({ InstanceType: 't2.large' });
    const { sent, id, pass } = simulated;
    await sent((ec2) => ec2.send(new StopInstancesCommand({ InstanceIds: [id] })));
    await pass(400);
    const { ImageId: made = '' } = await sent((ec2) =>
      ec2.send(new CreateImageCommand({ InstanceId: id, Name: 'to register' })),
    );
    await pass(1200);
    const snapshot = simulated.world.images.get(made)?.blockDeviceMappings[0]?.Ebs?.SnapshotId;
    const { ImageId } = await sent((ec2) =>
      ec2.send(
        new RegisterImageCommand({
          Name: 'without enhanced networking',
          Architecture: 'x86_64',
          VirtualizationType: 'hvm',
          RootDeviceName: '/dev/xvda',
          BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: snapshot } }],
        }),
      ),
    );
    await pass(60);
    const { Instances } = await sent((ec2) =>
      ec2.send(new RunInstancesCommand(simulated.launch({ ImageId, InstanceType: 't2.large' }))),
    );
    const InstanceId = Instances?.[0]?.InstanceId ?? '';
    await pass(130);
    return {
      ...simulated,
      InstanceId,
      change: (input: Partial<ModifyInstanceAttributeCommandInput>) =>
        sent((ec2) => ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, ...input }))),
      stop: async () => {
        await sent((ec2) => ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] })));
        await pass(400);
      },
      start: () => sent((ec2) => ec2.send(new StartInstancesCommand({ InstanceIds: [InstanceId] }))),
    };
  };

  test('can be enabled on a stopped instance, and an image of that instance has it', async () => {
    const { change, stop, start, sent, world, InstanceId } = await older();
    expect(world.instances.get(InstanceId)).toMatchObject({ withoutEna: true, withoutSriov: true });
    for (const input of [{ EnaSupport: { Value: true } }, { SriovNetSupport: { Value: 'simple' } }]) {
      expect(await refusal(change(input))).toMatchObject({
        code: 'IncorrectInstanceState',
        message: `The instance '${InstanceId}' is not in the 'stopped' state.`,
      });
    }
    await stop();
    await change({ InstanceType: { Value: 'm7i.large' } });
    expect((await refusal(start())).code).toBe('InvalidParameterCombination');
    expect(world.instances.get(InstanceId)).toMatchObject({ state: 'stopped' });
    await change({ EnaSupport: { Value: true } });
    await change({ SriovNetSupport: { Value: 'simple' } });
    const { Reservations } = await sent((ec2) =>
      ec2.send(new DescribeInstancesCommand({ Filters: [{ Name: 'ena-support', Values: ['true'] }] })),
    );
    expect(Reservations?.flatMap(({ Instances = [] }) => Instances)).toContainEqual(
      expect.objectContaining({ InstanceId, EnaSupport: true }),
    );
    const { SriovNetSupport } = await sent((ec2) =>
      ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'sriovNetSupport' })),
    );
    expect(SriovNetSupport).toEqual({ Value: 'simple' });
    const { ImageId = '' } = await sent((ec2) =>
      ec2.send(new CreateImageCommand({ InstanceId, Name: 'with enhanced networking' })),
    );
    expect(world.images.get(ImageId)).not.toHaveProperty('withoutEna');
    expect(world.images.get(ImageId)).not.toHaveProperty('withoutSriov');
    await start();
    expect(world.instances.get(InstanceId)).toMatchObject({ state: 'pending' });
  });

  test('allows only one value for SR-IOV', async () => {
    const { modify, stopped } = await running();
    await stopped();
    expect((await refusal(modify({ SriovNetSupport: { Value: 'none' } }))).code).toBe(
      'InvalidParameterValue',
    );
  });
});

test('an attribute name can differ in case when its own field is present', async () => {
  const { modify, world, id } = await running();
  const Attribute = 'DisableApiTermination' as 'disableApiTermination';
  await modify({ Attribute, DisableApiTermination: { Value: true } });
  expect(world.instances.get(id)).toMatchObject({ disableApiTermination: true });
});

describe('protection', () => {
  test('against termination also protects the instances in the same zone, but no other zone', async () => {
    const { id, client, run, launch, network, world, modify } = await running({
      DisableApiTermination: true,
    });
    const more = async (zone: number) => {
      const { Instances } = await run(
        client().send(new RunInstancesCommand(launch({ SubnetId: network.subnets[zone]?.id }))),
      );
      return Instances?.[0]?.InstanceId ?? '';
    };
    const [neighbour, elsewhere] = [await more(0), await more(1)];
    const InstanceIds = [neighbour, elsewhere, id];
    const terminate = (input = {}) =>
      run(client().send(new TerminateInstancesCommand({ InstanceIds, ...input })));
    expect((await refusal(terminate({ DryRun: true }))).code).toBe('OperationNotPermitted');
    const states = () => InstanceIds.map((each) => world.instances.get(each)?.state === 'shutting-down');
    expect(states()).toEqual([false, false, false]);
    expect(await refusal(terminate())).toMatchObject({
      code: 'OperationNotPermitted',
      message: `The instance '${id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
    });
    expect(states()).toEqual([false, true, false]);
    await modify({ DisableApiTermination: { Value: false } });
    await terminate();
    expect(states()).toEqual([true, true, true]);
  });

  test('against stops, and instances that cannot hibernate', async () => {
    const { id, sent, modify, described } = await running({ DisableApiStop: true });
    const stop = (input = {}) =>
      sent((ec2) => ec2.send(new StopInstancesCommand({ InstanceIds: [id], ...input })));
    expect(await refusal(stop())).toMatchObject({
      code: 'OperationNotPermitted',
      message: `The instance '${id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.`,
    });
    await modify({ DisableApiStop: { Value: false } });
    expect((await refusal(stop({ Hibernate: true }))).code).toBe('UnsupportedHibernationConfiguration');
    await stop({ Force: true, SkipOsShutdown: true });
    expect((await described())?.State?.Name).toBe('stopping');
  });
});

describe('metadata options', () => {
  const options = {
    HttpTokens: 'required',
    HttpPutResponseHopLimit: 3,
    InstanceMetadataTags: 'enabled',
  } as const;

  test('change while the instance runs', async () => {
    const { id, sent, described } = await running();
    const answer = await sent((ec2) =>
      ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId: id, ...options })),
    );
    expect(answer.InstanceMetadataOptions).toMatchObject({ State: 'pending', ...options });
    expect((await described())?.MetadataOptions).toMatchObject({
      State: 'applied',
      HttpEndpoint: 'enabled',
      ...options,
    });
  });

  test.each([
    ['a request without options', {}, 'InvalidParameterCombination'],
    ['a hop limit out of range', { HttpPutResponseHopLimit: 0 }, 'InvalidParameterValue'],
    ['an invalid value for tokens', { HttpTokens: 'maybe' }, 'InvalidParameterValue'],
    ['tags that metadata cannot show', { InstanceMetadataTags: 'enabled' }, 'InvalidParameterValue'],
    ['DryRun', { HttpTokens: 'required', DryRun: true }, 'DryRunOperation'],
  ] as [string, object, string][])('are not changed by %s', async (_name, input, code) => {
    const { id, sent } = await running({
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a/b', Value: '' }] }],
    });
    const call = sent((ec2) =>
      ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId: id, ...input })),
    );
    expect((await refusal(call)).code).toBe(code);
  });

  test('apply in the order launch, account, image', async () => {
    const { client, run, launch, publicImage } = simulateEc2();
    const set = (input: ModifyInstanceMetadataDefaultsCommandInput) =>
      run(client().send(new ModifyInstanceMetadataDefaultsCommand(input)));
    const defaults = async () => {
      const { AccountLevel } = await run(client().send(new GetInstanceMetadataDefaultsCommand({})));
      return AccountLevel;
    };
    const launched = async (changes: Partial<RunInstancesCommandInput> = {}) => {
      const { Instances } = await run(client().send(new RunInstancesCommand(launch(changes))));
      const { HttpTokens, HttpPutResponseHopLimit } = Instances?.[0]?.MetadataOptions ?? {};
      return [HttpTokens, HttpPutResponseHopLimit];
    };
    const debian = publicImage(/^debian-12-amd64/).id;
    expect(await defaults()).toEqual({ ManagedBy: 'account' });
    expect(await launched()).toEqual(['required', 2]);
    expect(await set({ HttpPutResponseHopLimit: 1 })).toMatchObject({ Return: true });
    expect(await launched()).toEqual(['required', 1]);
    expect(await launched({ MetadataOptions: { HttpPutResponseHopLimit: 5 } })).toEqual(['required', 5]);
    await set({ HttpTokens: 'required', InstanceMetadataTags: 'disabled' });
    expect(await launched({ ImageId: debian })).toEqual(['required', 1]);
    await set({ HttpTokensEnforced: 'enabled' });
    expect(await defaults()).toMatchObject({
      HttpTokens: 'required',
      HttpTokensEnforced: 'enabled',
      HttpPutResponseHopLimit: 1,
      InstanceMetadataTags: 'disabled',
    });
    const without = launched({ MetadataOptions: { HttpTokens: 'optional' } });
    expect(await refusal(without)).toMatchObject({
      code: 'UnsupportedOperation',
      message: /^You can't launch instances with IMDSv1 because httpTokensEnforced is enabled/,
    });
    await set({ HttpTokens: 'no-preference', HttpPutResponseHopLimit: -1 });
    expect((await refusal(launched({ ImageId: debian }))).code).toBe('UnsupportedOperation');
    await set({ HttpTokensEnforced: 'no-preference' });
    expect(await launched({ ImageId: debian })).toEqual(['optional', 1]);
    expect((await refusal(set({}))).code).toBe('InvalidParameterCombination');
    expect((await refusal(set({ HttpPutResponseHopLimit: 0 }))).code).toBe('InvalidParameterValue');
    expect((await refusal(set({ HttpEndpoint: 'on' as 'enabled' }))).code).toBe('InvalidParameterValue');
  });
});

test('the console is empty before the boot and has some lines after it', async () => {
  const { id, sent, client, run, launch } = await running();
  const output = (InstanceId: string, account?: string) =>
    run(client(account ? { account } : {}).send(new GetConsoleOutputCommand({ InstanceId, Latest: true })));
  const { Output = '' } = await output(id);
  expect(Buffer.from(Output, 'base64').toString()).toMatch(/Cloud-init finished.*\n.*amazon-linux-2023/s);
  const { Instances } = await sent((ec2) => ec2.send(new RunInstancesCommand(launch())));
  expect((await output(Instances?.[0]?.InstanceId ?? '')).Output).toBeUndefined();
  expect((await refusal(output(UNKNOWN))).code).toBe('InvalidInstanceID.NotFound');
  expect((await refusal(output(id, CONSUMER))).code).toBe('InvalidInstanceID.NotFound');
});

test('credits are described for burstable instances', async () => {
  const { sent, id, launch } = await running();
  const ids: string[] = [];
  for (const [InstanceType, CpuCredits] of [
    ['t3.micro', undefined],
    ['t3.micro', 'standard'],
    ['t2.micro', undefined],
  ] as const) {
    const changes = { InstanceType, ...(CpuCredits && { CreditSpecification: { CpuCredits } }) };
    const { Instances } = await sent((ec2) => ec2.send(new RunInstancesCommand(launch(changes))));
    ids.push(Instances?.[0]?.InstanceId ?? '');
  }
  const credits = async (InstanceIds: string[]) => {
    const answer = await sent((ec2) =>
      ec2.send(new DescribeInstanceCreditSpecificationsCommand({ InstanceIds })),
    );
    return answer.InstanceCreditSpecifications?.map(({ CpuCredits }) => CpuCredits);
  };
  expect(await credits(ids)).toEqual(['unlimited', 'standard', 'standard']);
  expect(await credits([])).toEqual(['unlimited']);
  expect((await refusal(credits([id]))).message).toContain(id);
});

test.each([
  ['private-ip-address', '172.31.*', 1],
  ['key-name', '*', 0],
  ['instance.group-name', 'default', 1],
  ['network-interface.mac-address', '06:*', 1],
  ['ip-address', '*', 1],
  ['dns-name', 'ec2-*.eu-west-1.compute.amazonaws.com', 1],
  ['launch-time', '2026-11-20T*', 1],
  ['monitoring-state', 'enabled', 0],
  ['block-device-mapping.device-name', '/dev/xvda', 1],
  ['metadata-options.http-put-response-hop-limit', '2', 1],
  ['availability-zone-id', 'euw1-az1', 1],
  ['iam-instance-profile.name', 'builder', 1],
  ['instance-lifecycle', 'spot', 0],
])('instances are found by %s: %s', async (Name, value, count) => {
  const { sent } = await running({ IamInstanceProfile: { Name: 'builder' } });
  const Filters: Filter[] = [{ Name, Values: [value] }];
  const { Reservations } = await sent((ec2) => ec2.send(new DescribeInstancesCommand({ Filters })));
  expect(Reservations).toHaveLength(count);
});
