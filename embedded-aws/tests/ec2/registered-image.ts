import {
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  RegisterImageCommand,
  type RegisterImageCommandInput,
} from '@aws-sdk/client-ec2';
import { newId } from '../../src/core/world.ts';
import type { SnapshotRecord } from '../../src/ec2/records.ts';
import { HOME, OWNER, type SimulatedEc2, simulateEc2 } from '../simulated-ec2.ts';

type Options = NonNullable<Parameters<typeof simulateEc2>[0]>;

/** A snapshot of a public image's disk that belongs to the owner. */
export function ownSnapshot(
  { world, publicImage }: SimulatedEc2,
  changes: Partial<SnapshotRecord> = {},
  name = /^al2023.*-kernel-6\.1-x86_64$/,
): SnapshotRecord {
  const vendors = publicImage(name).blockDeviceMappings[0]?.Ebs?.SnapshotId ?? '';
  const { public: _public, ...snapshot } = world.snapshots.get(vendors) as SnapshotRecord;
  const id = newId(world, 'snap');
  return world.snapshots.put({ ...snapshot, id, account: OWNER, region: HOME, ...changes }, world.now(), 0);
}

/** EC2 with a snapshot of the owner, and functions that the image tests share. */
export function withSnapshot(options: Options = {}) {
  const simulated = simulateEc2(options);
  const { client, run, pass } = simulated;
  const snapshot = ownSnapshot(simulated);
  const register = (changes: Partial<RegisterImageCommandInput> = {}) =>
    run(
      client().send(
        new RegisterImageCommand({
          Name: 'golden',
          Architecture: 'x86_64',
          VirtualizationType: 'hvm',
          EnaSupport: true,
          RootDeviceName: '/dev/xvda',
          BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: snapshot.id } }],
          ...changes,
        }),
      ),
    );
  const images = async (input: DescribeImagesCommandInput, account = OWNER) =>
    (await run(client({ account }).send(new DescribeImagesCommand(input)))).Images ?? [];
  /** Registers an image and returns the id when the image is available. */
  const registered = async (changes: Partial<RegisterImageCommandInput> = {}) => {
    const { ImageId = '' } = await register(changes);
    await pass(60);
    return ImageId;
  };
  return { ...simulated, snapshot, register, registered, images };
}
