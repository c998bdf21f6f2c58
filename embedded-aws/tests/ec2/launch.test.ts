import {
  CreateTagsCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { schedule } from '../../src/core/world.ts';
import { addDefaultNetwork } from '../../src/new-world.ts';
import { CONSUMER, OWNER, refusal, type SimulatedEc2, simulateEc2 } from '../simulated-ec2.ts';

async function launched(simulated: SimulatedEc2, changes: Partial<RunInstancesCommandInput> = {}) {
  const { client, run, launch } = simulated;
  const { Instances } = await run(client().send(new RunInstancesCommand(launch(changes))));
  return Instances?.[0]?.InstanceId ?? '';
}

async function described({ client, run }: SimulatedEc2, id: string) {
  const answer = await run(client().send(new DescribeInstancesCommand({ InstanceIds: [id] })));
  return answer.Reservations?.[0]?.Instances?.[0];
}

describe('the life of an instance', () => {
  test('is pending, running, stopping, stopped, and runs again', async () => {
    const simulated = simulateEc2();
    const { client, run, pass } = simulated;
    const id = await launched(simulated);
    expect(await described(simulated, id)).toMatchObject({
      State: { Code: 0, Name: 'pending' },
      StateReason: { Code: 'pending' },
    });
    await pass(130);
    const running = await described(simulated, id);
    expect(running).toMatchObject({ State: { Code: 16, Name: 'running' }, StateTransitionReason: '' });
    expect(running?.StateReason).toBeUndefined();

    const stop = await run(client().send(new StopInstancesCommand({ InstanceIds: [id] })));
    expect(stop.StoppingInstances).toEqual([
      {
        InstanceId: id,
        PreviousState: { Code: 16, Name: 'running' },
        CurrentState: { Code: 64, Name: 'stopping' },
      },
    ]);
    await pass(400);
    const stopped = await described(simulated, id);
    expect(stopped).toMatchObject({
      State: { Code: 80, Name: 'stopped' },
      StateReason: {
        Code: 'Client.UserInitiatedShutdown',
        Message: 'Client.UserInitiatedShutdown: User initiated shutdown',
      },
    });
    expect(stopped?.StateTransitionReason).toMatch(/^User initiated \(2026-11-20 \d\d:\d\d:\d\d GMT\)$/);

    await run(client().send(new StartInstancesCommand({ InstanceIds: [id] })));
    expect(await described(simulated, id)).toMatchObject({ State: { Name: 'pending' } });
    await pass(130);
    expect(await described(simulated, id)).toMatchObject({ State: { Name: 'running' } });
  });

  test('a terminated one loses its parts, stays visible for an hour and is then unknown', async () => {
    const simulated = simulateEc2();
    const { client, run, pass, network } = simulated;
    const id = await launched(simulated);
    await run(client().send(new TerminateInstancesCommand({ InstanceIds: [id] })));
    await pass(400);
    expect(await described(simulated, id)).toMatchObject({
      State: { Code: 48, Name: 'terminated' },
      BlockDeviceMappings: [],
      SubnetId: undefined,
      PrivateIpAddress: undefined,
    });
    const { Volumes } = await run(client().send(new DescribeVolumesCommand({})));
    expect(Volumes).toEqual([]);
    const { Subnets } = await run(client().send(new DescribeSubnetsCommand({})));
    expect(Subnets?.map((subnet) => subnet.AvailableIpAddressCount)).toEqual([4091, 4091, 4091]);
    expect(network.subnets).toHaveLength(3);
    // Terminating again is no mistake.
    await run(client().send(new TerminateInstancesCommand({ InstanceIds: [id] })));
    await pass(3700);
    expect(await refusal(described(simulated, id))).toMatchObject({
      code: 'InvalidInstanceID.NotFound',
      message: `The instance ID '${id}' does not exist`,
    });
  });

  test('a volume that outlives its instance becomes available and can be deleted then', async () => {
    const simulated = simulateEc2();
    const { client, run, pass } = simulated;
    const id = await launched(simulated, {
      BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { VolumeSize: 5, DeleteOnTermination: false } }],
    });
    await run(client().send(new TerminateInstancesCommand({ InstanceIds: [id] })));
    await pass(400);
    const { Volumes } = await run(client().send(new DescribeVolumesCommand({})));
    expect(Volumes).toMatchObject([{ State: 'available', Size: 5, Attachments: [] }]);
  });

  test.each([
    ['stop', 'stopped'],
    ['terminate', 'terminated'],
  ] as const)('a guest that shuts down leads to %s', async (shutdownBehavior, state) => {
    const simulated = simulateEc2();
    const id = await launched(simulated, { InstanceInitiatedShutdownBehavior: shutdownBehavior });
    await simulated.pass(130);
    schedule(simulated.world, 'instance.shutdown-by-guest', id, simulated.world.now());
    await simulated.pass(400);
    expect(await described(simulated, id)).toMatchObject({
      State: { Name: state },
      StateReason: {
        Code: 'Client.InstanceInitiatedShutdown',
        Message: 'Client.InstanceInitiatedShutdown: Instance initiated shutdown',
      },
    });
  });

  test('a fault ends what was launched, with its reason', async () => {
    const simulated = simulateEc2({
      faults: [{ instance: 'terminates', afterSeconds: 2, reason: 'Client.InternalError' }],
    });
    const id = await launched(simulated);
    await simulated.pass(400);
    expect(await described(simulated, id)).toMatchObject({
      State: { Name: 'terminated' },
      StateReason: { Code: 'Client.InternalError', Message: 'Client.InternalError: Client error on launch' },
    });
    // It was spent on the first.
    const second = await launched(simulated);
    await simulated.pass(400);
    expect(await described(simulated, second)).toMatchObject({ State: { Name: 'running' } });
  });

  test('the agent is forgotten with the stop', async () => {
    const simulated = simulateEc2();
    const { world, client, run, pass } = simulated;
    const id = await launched(simulated);
    await pass(130);
    const record = world.instances.get(id);
    if (record) world.instances.put({ ...record, agentOnlineSince: world.now() }, world.now(), 0);
    await run(client().send(new StopInstancesCommand({ InstanceIds: [id] })));
    expect(world.instances.get(id)?.agentOnlineSince).toBeUndefined();
  });
});

describe('a launch', () => {
  test('takes disk, sizes, metadata options and tags from image and request', async () => {
    const simulated = simulateEc2();
    const { client, run, securityGroupId, profile, world } = simulated;
    const id = await launched(simulated, {
      SecurityGroupIds: [securityGroupId],
      IamInstanceProfile: { Name: profile },
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 20 } }],
      MetadataOptions: { HttpPutResponseHopLimit: 1 },
      TagSpecifications: [
        { ResourceType: 'instance', Tags: [{ Key: 'a', Value: '1' }] },
        { ResourceType: 'volume', Tags: [{ Key: 'b', Value: '2' }] },
      ],
    });
    expect(await described(simulated, id)).toMatchObject({
      IamInstanceProfile: { Arn: `arn:aws:iam::${OWNER}:instance-profile/builder` },
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      SecurityGroups: [{ GroupId: securityGroupId, GroupName: 'builders' }],
      Tags: [{ Key: 'a', Value: '1' }],
    });
    const { Volumes } = await run(client().send(new DescribeVolumesCommand({})));
    expect(Volumes).toMatchObject([
      {
        Size: 20,
        VolumeType: 'gp3',
        Iops: 3000,
        Throughput: 125,
        State: 'in-use',
        Tags: [{ Key: 'b', Value: '2' }],
        Attachments: [{ InstanceId: id, Device: '/dev/xvda', DeleteOnTermination: true }],
      },
    ]);
    expect(world.volumes.all()[0]?.disk?.os).toBe('amazon-linux-2023');
  });

  test('without a subnet goes to a default subnet that offers the type', async () => {
    const simulated = simulateEc2({ region: 'eu-west-3' });
    const id = await launched(simulated, {
      SubnetId: undefined,
      InstanceType: 'c7g.large',
      ImageId: simulated.publicImage(/^debian-12-arm64/).id,
    });
    expect((await described(simulated, id))?.Placement?.AvailabilityZone).toBe('eu-west-3b');
  });

  test('gives every instance an address of its own', async () => {
    const simulated = simulateEc2();
    const { client, run, launch, network } = simulated;
    await run(client().send(new RunInstancesCommand(launch({ MinCount: 3, MaxCount: 3 }))));
    await run(client().send(new RunInstancesCommand(launch())));
    const { Reservations } = await run(client().send(new DescribeInstancesCommand({})));
    expect(Reservations?.map(({ Instances }) => Instances?.length)).toEqual([3, 1]);
    const addresses = Reservations?.flatMap(({ Instances = [] }) =>
      Instances.map(({ PrivateIpAddress }) => PrivateIpAddress),
    );
    expect(new Set(addresses).size).toBe(4);
    const { Subnets } = await run(
      client().send(new DescribeSubnetsCommand({ SubnetIds: [network.subnets[0]?.id ?? ''] })),
    );
    expect(Subnets?.[0]?.AvailableIpAddressCount).toBe(4087);
  });

  const notYours = `Value (stranger) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name`;
  const refusals: [string, Partial<RunInstancesCommandInput>, { code: string; message: string | RegExp }][] =
    [
      [
        'an id that is none',
        { ImageId: 'ami-golden' },
        { code: 'InvalidAMIID.Malformed', message: 'Invalid id: "ami-golden"' },
      ],
      [
        'an id of something else',
        { ImageId: 'i-0123456789abcdef0' },
        {
          code: 'InvalidAMIID.Malformed',
          message: 'Invalid id: "i-0123456789abcdef0" (expecting "ami-...")',
        },
      ],
      [
        'an image that is not there',
        { ImageId: 'ami-0123456789abcdef0' },
        { code: 'InvalidAMIID.NotFound', message: "The image id '[ami-0123456789abcdef0]' does not exist" },
      ],
      [
        'a type that is none',
        { InstanceType: 't3.enormous' as 't3.large' },
        { code: 'InvalidParameterValue', message: "Invalid value 't3.enormous' for InstanceType." },
      ],
      [
        'a type of another architecture',
        { InstanceType: 'm7g.large' },
        {
          code: 'InvalidParameterValue',
          message:
            "The architecture 'arm64' of the specified instance type does not match the architecture 'x86_64' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.",
        },
      ],
      [
        'a subnet that is not there',
        { SubnetId: 'subnet-0123456789abcdef0' },
        {
          code: 'InvalidSubnetID.NotFound',
          message: "The subnet ID 'subnet-0123456789abcdef0' does not exist",
        },
      ],
      [
        'a security group that is not there',
        { SecurityGroupIds: ['sg-0123456789abcdef0'] },
        {
          code: 'InvalidGroup.NotFound',
          message: "The security group 'sg-0123456789abcdef0' does not exist",
        },
      ],
      [
        'an instance profile that is not there',
        { IamInstanceProfile: { Name: 'stranger' } },
        { code: 'InvalidParameterValue', message: notYours },
      ],
      [
        'a volume that is too small',
        { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 4 } }] },
        {
          code: 'InvalidBlockDeviceMapping',
          message: /^Volume of size 4GB is smaller than snapshot 'snap-[0-9a-f]{17}', expect size >= 8GB$/,
        },
      ],
      [
        'a volume of no size',
        { BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { VolumeType: 'gp3' } }] },
        { code: 'MissingParameter', message: 'The request must contain the parameter size or snapshotId' },
      ],
      [
        'speed that a type has not',
        { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeType: 'gp2', Iops: 3000 } }] },
        {
          code: 'InvalidParameterCombination',
          message: 'The parameter iops is not supported for gp2 volumes.',
        },
      ],
      [
        'tags for what it does not make',
        { TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'a', Value: '1' }] }] },
        {
          code: 'InvalidParameterValue',
          message: "'image' is not a valid taggable resource type for this operation.",
        },
      ],
      [
        'tags of AWS',
        { TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'aws:mine', Value: '1' }] }] },
        {
          code: 'InvalidParameterValue',
          message: "Tag keys starting with 'aws:' are reserved for internal use",
        },
      ],
      [
        'a path as a tag key of an instance that shows its tags',
        {
          MetadataOptions: { InstanceMetadataTags: 'enabled' },
          TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'ec2:SharedTag/a', Value: '1' }] }],
        },
        {
          code: 'InvalidParameterValue',
          message: /^'ec2:SharedTag\/a' is not a valid tag key\. Tag keys must/,
        },
      ],
      [
        'a hop limit out of range',
        { MetadataOptions: { HttpPutResponseHopLimit: 65 } },
        { code: 'InvalidParameterValue', message: /HttpPutResponseHopLimit/ },
      ],
      [
        'user data in clear',
        { UserData: '#!/bin/sh' },
        { code: 'InvalidParameterValue', message: 'Invalid BASE64 encoding of user data.' },
      ],
      [
        'too much user data',
        { UserData: Buffer.alloc(16_385).toString('base64') },
        { code: 'InvalidParameterValue', message: 'User data is limited to 16384 bytes' },
      ],
      ['no count', { MinCount: undefined }, { code: 'MissingParameter', message: /MinCount$/ }],
    ];
  test.each(refusals)('is refused with %s', async (_name, changes, { code, message }) => {
    const { client, run, launch, world } = simulateEc2();
    const refused = await refusal(run(client().send(new RunInstancesCommand(launch(changes)))));
    expect(refused.code).toBe(code);
    expect(refused.message).toMatch(message instanceof RegExp ? message : exactly(message));
    expect(refused.status).toBe(400);
    expect(world.instances.all()).toEqual([]);
    expect(world.volumes.all()).toEqual([]);
  });

  test('is refused in a zone that does not offer the type', async () => {
    const { client, run, launch, network } = simulateEc2({ region: 'us-east-1', zones: 5 });
    const subnet = network.subnets[4];
    const refused = await refusal(
      run(client().send(new RunInstancesCommand(launch({ SubnetId: subnet?.id, InstanceType: 't3.micro' })))),
    );
    expect(refused).toMatchObject({
      code: 'Unsupported',
      message:
        'Your requested instance type (t3.micro) is not supported in your requested Availability Zone (us-east-1e). Please retry your request by not specifying an Availability Zone or choosing us-east-1a, us-east-1b, us-east-1c, us-east-1d, us-east-1f.',
    });
  });

  test('is refused when the subnet has not enough addresses', async () => {
    const { client, run, launch, network } = simulateEc2({ freeAddresses: 1 });
    const subnetId = network.subnets[0]?.id;
    const two = await refusal(
      run(client().send(new RunInstancesCommand(launch({ MinCount: 2, MaxCount: 2 })))),
    );
    expect(two).toMatchObject({
      code: 'InsufficientFreeAddressesInSubnet',
      message: `There are not enough free addresses in subnet '${subnetId}' to satisfy the requested number of instances.`,
    });
    // As many as there is room for, if that is enough.
    const one = await run(client().send(new RunInstancesCommand(launch({ MinCount: 1, MaxCount: 2 }))));
    expect(one.Instances).toHaveLength(1);
  });

  test('is refused with a security group of another network, and in a subnet of another account', async () => {
    const { client, run, launch, network, world } = simulateEc2();
    const other = addNetworkOf(world, CONSUMER);
    const group = { ...other.securityGroup, account: OWNER };
    world.securityGroups.put(group, world.now(), 0);
    const mixed = await refusal(
      run(client().send(new RunInstancesCommand(launch({ SecurityGroupIds: [group.id] })))),
    );
    expect(mixed).toMatchObject({
      code: 'InvalidParameter',
      message: `Security group ${group.id} and subnet ${network.subnets[0]?.id} belong to different networks.`,
    });
    const foreign = await refusal(
      run(client().send(new RunInstancesCommand(launch({ SubnetId: other.subnets[0]?.id })))),
    );
    expect(foreign.code).toBe('InvalidSubnetID.NotFound');
  });

  test('of an instance store-backed image is refused', async () => {
    const { client, run, launch, publicImage } = simulateEc2({ region: 'us-east-1' });
    const refused = await refusal(
      run(client().send(new RunInstancesCommand(launch({ ImageId: publicImage(/x86_64-s3$/).id })))),
    );
    expect(refused.code).toBe('Unsupported');
  });

  test('that is only rehearsed changes nothing', async () => {
    const { client, run, launch, world } = simulateEc2();
    expect(await refusal(run(client().send(new RunInstancesCommand(launch({ DryRun: true })))))).toEqual({
      code: 'DryRunOperation',
      message: 'Request would have succeeded, but DryRun flag is set.',
      status: 412,
    });
    expect(world.instances.all()).toEqual([]);
  });
});

describe('client tokens of launches', () => {
  test('a repeated call is answered with the first instance', async () => {
    const simulated = simulateEc2();
    const first = await launched(simulated, { ClientToken: 'token' });
    expect(await launched(simulated, { ClientToken: 'token' })).toBe(first);
    expect(await launched(simulated, { ClientToken: 'Token' })).not.toBe(first);
    expect(simulated.world.instances.all()).toHaveLength(2);
  });

  test('another request with the token is refused, but in another zone it launches again', async () => {
    const simulated = simulateEc2();
    const { client, run, launch, network } = simulated;
    const first = await launched(simulated, { ClientToken: 'token' });
    const refused = await refusal(
      run(
        client().send(new RunInstancesCommand(launch({ ClientToken: 'token', InstanceType: 'm6i.large' }))),
      ),
    );
    expect(refused).toMatchObject({
      code: 'IdempotentParameterMismatch',
      message:
        'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
    });
    const elsewhere = await launched(simulated, { ClientToken: 'token', SubnetId: network.subnets[1]?.id });
    expect(elsewhere).not.toBe(first);
  });

  test('the token of a terminated instance is of no more use', async () => {
    const simulated = simulateEc2();
    const { client, run, launch, pass } = simulated;
    const id = await launched(simulated, { ClientToken: 'token' });
    await run(client().send(new TerminateInstancesCommand({ InstanceIds: [id] })));
    for (const seconds of [0, 400, 5000]) {
      await pass(seconds);
      const again = run(client().send(new RunInstancesCommand(launch({ ClientToken: 'token' }))));
      expect((await refusal(again)).code).toBe('IdempotentInstanceTerminated');
    }
  });

  test('of more than 64 characters are refused', async () => {
    const { client, run, launch } = simulateEc2();
    const long = run(client().send(new RunInstancesCommand(launch({ ClientToken: 'x'.repeat(65) }))));
    expect((await refusal(long)).code).toBe('InvalidParameterValue');
  });
});

describe('states that refuse', () => {
  test('a pending or terminated instance cannot be stopped, a stopping one not started', async () => {
    const simulated = simulateEc2();
    const { client, run, pass, world } = simulated;
    const id = await launched(simulated);
    await pass(130);
    const record = world.instances.get(id);
    if (record) world.instances.put({ ...record, state: 'pending', boots: 0 }, world.now(), 0);
    const stop = () => run(client().send(new StopInstancesCommand({ InstanceIds: [id] })));
    const start = () => run(client().send(new StartInstancesCommand({ InstanceIds: [id] })));
    expect(await refusal(stop())).toMatchObject({
      code: 'IncorrectInstanceState',
      message: `Instance '${id}' cannot be stopped as it has never reached the 'running' state.`,
    });
    if (record) world.instances.put(record, world.now(), 0);
    await stop();
    expect(await refusal(start())).toMatchObject({
      code: 'IncorrectInstanceState',
      message: `The instance '${id}' is not in a state from which it can be started.`,
    });
    const again = await stop();
    expect(again.StoppingInstances?.[0]?.CurrentState?.Name).toBe('stopping');
    await run(client().send(new TerminateInstancesCommand({ InstanceIds: [id] })));
    await pass(400);
    expect((await refusal(stop())).code).toBe('IncorrectInstanceState');
    expect((await refusal(start())).code).toBe('IncorrectInstanceState');
  });

  test('several unknown instances are named together, and nothing is done to the known one', async () => {
    const simulated = simulateEc2();
    const id = await launched(simulated);
    const unknown = ['i-00000000000000001', 'i-00000000000000002'];
    const refused = await refusal(
      simulated.run(
        simulated
          .client()
          .send(new TerminateInstancesCommand({ InstanceIds: [unknown[0] ?? '', id, unknown[1] ?? ''] })),
      ),
    );
    expect(refused).toMatchObject({
      code: 'InvalidInstanceID.NotFound',
      message: `The instance IDs '${unknown.join(', ')}' do not exist`,
    });
    expect(simulated.world.instances.get(id)?.state).toMatch(/pending|running/);
  });

  test('nobody else finds the instance', async () => {
    const simulated = simulateEc2();
    const id = await launched(simulated);
    for (const elsewhere of [{ account: CONSUMER }, { region: 'us-east-2' }]) {
      const found = simulated.run(
        simulated.client(elsewhere).send(new TerminateInstancesCommand({ InstanceIds: [id] })),
      );
      expect((await refusal(found)).code).toBe('InvalidInstanceID.NotFound');
    }
  });
});

test('what was just launched is sometimes not found at first, and then it is', async () => {
  const simulated = simulateEc2({ lags: true, seed: 3 });
  const { client, run, pass } = simulated;
  let refused = 0;
  for (let turn = 0; turn < 100; turn++) {
    const id = await launched(simulated);
    const early = await run(
      client()
        .send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'a', Value: '1' }] }))
        .then(
          () => undefined,
          (error: Error) => error.name,
        ),
    );
    if (early !== undefined) {
      expect(early).toBe('InvalidInstanceID.NotFound');
      refused++;
    }
    await pass(20);
    expect((await described(simulated, id))?.InstanceId).toBe(id);
  }
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(25);
});

function addNetworkOf(world: SimulatedEc2['world'], account: string) {
  return addDefaultNetwork(world, account, 'eu-west-1');
}

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
}
