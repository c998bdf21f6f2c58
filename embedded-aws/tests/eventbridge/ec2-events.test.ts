import {
  CopyImageCommand,
  CopySnapshotCommand,
  CreateImageCommand,
  CreateSnapshotCommand,
  DeregisterImageCommand,
  DisableImageCommand,
  EC2Client,
  EnableImageCommand,
  ModifySnapshotAttributeCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { describe, expect, test } from 'vitest';
import { answerFrom } from '../../src/client.ts';
import type { Fault } from '../../src/core/faults.ts';
import type { Service } from '../../src/core/service.ts';
import { ec2 } from '../../src/ec2/index.ts';
import { kms } from '../../src/kms/index.ts';
import { addDefaultNetwork, newWorld } from '../../src/new-world.ts';
import { ACCOUNT, FAR, HOME, OTHER, ROLE, simulateEvents } from './simulated-events.ts';

const guest: Service = {
  name: 'guest',
  operations: {},
  transitions: { 'guest.boot': () => {}, 'guest.reboot': () => {} },
};

interface Seen {
  readonly account: string;
  readonly region: string;
  readonly resources: string[];
  readonly detail: Record<string, string>;
}

/**
 * EC2 with a rule for its events in every relevant account and region. The rules start a state machine, which records
 * its input.
 */
async function simulate(detailType: string, faults: Fault[] = []) {
  const simulated = simulateEvents({
    others: { ec2, kms, guest },
    world: (now) => newWorld({ seed: 7, now, faults, throttling: false }),
  });
  const { world, services, events, run, pass, started } = simulated;
  const { subnets } = addDefaultNetwork(world, ACCOUNT, HOME);
  for (const account of [ACCOUNT, OTHER]) {
    for (const region of [HOME, FAR]) {
      const client = events({ account, region });
      const EventPattern = JSON.stringify({ source: ['aws.ec2'], 'detail-type': [detailType] });
      await run(client.send(new PutRuleCommand({ Name: 'all', EventPattern })));
      const Arn = `arn:aws:states:${region}:${account}:stateMachine:watch`;
      const Targets = [{ Id: 'watch', Arn, RoleArn: ROLE }];
      await run(client.send(new PutTargetsCommand({ Rule: 'all', Targets })));
    }
  }
  await pass(20);
  const at = (region: string) => {
    const client = new EC2Client({ region, maxAttempts: 1, retryMode: 'standard', defaultsMode: 'standard' });
    answerFrom(world, services, client, ACCOUNT);
    return client;
  };
  const home = at(HOME);
  const send: typeof home.send = ((command: never) => run(home.send(command))) as never;
  const image = world.images
    .all()
    .find(({ region, name }) => region === HOME && /^al2023.*-kernel-6\.1-x86_64$/.test(name));
  const launch = async () => {
    const { Instances } = await send(
      new RunInstancesCommand({
        ImageId: image?.id,
        InstanceType: 'm7i.large',
        MinCount: 1,
        MaxCount: 1,
        SubnetId: subnets[0]?.id,
      }),
    );
    await pass(300);
    return Instances?.[0]?.InstanceId ?? '';
  };
  const stopped = async () => {
    const id = await launch();
    await send(new StopInstancesCommand({ InstanceIds: [id] }));
    await pass(600);
    return id;
  };
  const seen = () => started.map(({ input }) => input as Seen);
  const far = at(FAR);
  const sendFar: typeof far.send = ((command: never) => run(far.send(command))) as never;
  return { ...simulated, send, sendFar, launch, stopped, seen };
}

test('every state of an instance is reported, from launch to termination', async () => {
  const { send, stopped, pass, seen } = await simulate('EC2 Instance State-change Notification');
  const id = await stopped();
  await send(new StartInstancesCommand({ InstanceIds: [id] }));
  await pass(300);
  await send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  await pass(600);
  const states = seen().map(({ detail }) => detail.state);
  expect(states.toSorted()).toEqual(
    [
      'pending',
      'running',
      'stopping',
      'stopped',
      'pending',
      'running',
      'shutting-down',
      'terminated',
    ].toSorted(),
  );
  expect(seen()[0]).toMatchObject({
    source: 'aws.ec2',
    account: ACCOUNT,
    region: HOME,
    resources: [`arn:aws:ec2:${HOME}:${ACCOUNT}:instance/${id}`],
    detail: { 'instance-id': id },
  });
  expect(Object.keys(seen()[0]?.detail ?? {})).toEqual(['instance-id', 'state']);
});

describe('an image', () => {
  const type = 'EC2 AMI State Change';

  test('is reported when it becomes available in any way, and when it is deregistered', async () => {
    const { send, sendFar, stopped, pass, seen } = await simulate(type);
    const id = await stopped();
    const { ImageId = '' } = await send(new CreateImageCommand({ InstanceId: id, Name: 'golden' }));
    await pass(7200);
    expect(seen()).toEqual([
      expect.objectContaining({
        region: HOME,
        resources: [`arn:aws:ec2:${HOME}::image/${ImageId}`],
        detail: {
          RequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          ImageId,
          State: 'available',
          ErrorMessage: '',
        },
      }),
    ]);
    const { ImageId: copy } = await sendFar(
      new CopyImageCommand({ SourceImageId: ImageId, SourceRegion: HOME, Name: 'golden' }),
    );
    await pass(7200);
    expect(seen().at(-1)).toMatchObject({ region: FAR, detail: { ImageId: copy, State: 'available' } });
    await send(new DisableImageCommand({ ImageId }));
    await pass(120);
    await send(new EnableImageCommand({ ImageId }));
    await pass(120);
    await send(new DeregisterImageCommand({ ImageId }));
    await pass(120);
    expect(seen().map(({ detail }) => detail.State)).toEqual([
      'available',
      'available',
      'disabled',
      'available',
      'deregistered',
    ]);
  });

  test('that fails is reported with its reason', async () => {
    const { send, stopped, pass, seen } = await simulate(type, [{ image: 'fails', message: 'no luck' }]);
    const id = await stopped();
    const { ImageId } = await send(new CreateImageCommand({ InstanceId: id, Name: 'golden' }));
    await pass(7200);
    expect(seen()).toMatchObject([{ detail: { ImageId, State: 'failed', ErrorMessage: 'no luck' } }]);
  });
});

test('a snapshot is reported when it is created, copied and shared', async () => {
  const { send, sendFar, launch, pass, seen, world } = await simulate('EBS Snapshot Notification');
  const id = await launch();
  const volumeId = world.instances.get(id)?.blockDevices[0]?.volumeId ?? '';
  const { SnapshotId = '' } = await send(new CreateSnapshotCommand({ VolumeId: volumeId }));
  await pass(7200);
  const arn = (region: string, what: string) => `arn:aws:ec2::${region}:${what}`;
  const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const common = { result: 'succeeded', cause: '', 'request-id': '', startTime: iso, endTime: iso };
  expect(seen()).toEqual([
    expect.objectContaining({
      account: ACCOUNT,
      region: HOME,
      resources: [arn(HOME, `snapshot/${SnapshotId}`)],
      detail: {
        event: 'createSnapshot',
        snapshot_id: arn(HOME, `snapshot/${SnapshotId}`),
        source: arn(HOME, `volume/${volumeId}`),
        ...common,
      },
    }),
  ]);
  const { SnapshotId: copy } = await sendFar(
    new CopySnapshotCommand({ SourceRegion: HOME, SourceSnapshotId: SnapshotId }),
  );
  await pass(7200);
  expect(seen().at(-1)).toMatchObject({
    region: FAR,
    detail: {
      event: 'copySnapshot',
      snapshot_id: arn(FAR, `snapshot/${copy}`),
      source: arn(HOME, `snapshot/${SnapshotId}`),
      transferType: 'standard',
      incremental: 'false',
      ...common,
    },
  });
  const CreateVolumePermission = { Add: [{ UserId: OTHER }] };
  for (let turn = 0; turn < 2; turn++) {
    await send(new ModifySnapshotAttributeCommand({ SnapshotId, CreateVolumePermission }));
  }
  await pass(120);
  expect(seen().slice(2)).toEqual([
    expect.objectContaining({
      account: OTHER,
      region: HOME,
      detail: {
        event: 'shareSnapshot',
        snapshot_id: arn(HOME, `snapshot/${SnapshotId}`),
        source: ACCOUNT,
        ...common,
      },
    }),
  ]);
});
