import {
  DeleteSnapshotCommand,
  DeleteSubnetCommand,
  DeregisterImageCommand,
  DescribeFastLaunchImagesCommand,
  DescribeFastSnapshotRestoresCommand,
  DisableFastLaunchCommand,
  DisableFastSnapshotRestoresCommand,
  EnableFastLaunchCommand,
  EnableFastSnapshotRestoresCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { CONSUMER, HOME, refusal } from '../simulated-ec2.ts';
import { ownSnapshot, withSnapshot } from './registered-image.ts';

const ZONE = `${HOME}a`;

function withRestores() {
  const simulated = withSnapshot();
  const { client, run, snapshot } = simulated;
  const pairs = (SourceSnapshotIds = [snapshot.id], AvailabilityZones = [ZONE]) => ({
    SourceSnapshotIds,
    AvailabilityZones,
  });
  return {
    ...simulated,
    enable: (ids?: string[], zones?: string[], account?: string) =>
      run(
        client(account === undefined ? {} : { account }).send(
          new EnableFastSnapshotRestoresCommand(pairs(ids, zones)),
        ),
      ),
    disable: (ids?: string[], zones?: string[]) =>
      run(client().send(new DisableFastSnapshotRestoresCommand(pairs(ids, zones)))),
    states: async () => {
      const { FastSnapshotRestores = [] } = await run(
        client().send(new DescribeFastSnapshotRestoresCommand({})),
      );
      return FastSnapshotRestores.map(({ AvailabilityZone, State }) => `${AvailabilityZone} ${State}`);
    },
  };
}

/** The codes of the refused pairs. */
const codes = ({
  Unsuccessful = [],
}: {
  Unsuccessful?: { FastSnapshotRestoreStateErrors?: { Error?: { Code?: string } }[] }[];
}) =>
  Unsuccessful.flatMap(({ FastSnapshotRestoreStateErrors: errors = [] }) =>
    errors.map(({ Error: error }) => error?.Code),
  );

describe('fast snapshot restore', () => {
  test('goes through its states, for each zone by itself', async () => {
    const { enable, disable, states, pass, snapshot } = withRestores();
    const { Successful = [] } = await enable(undefined, [ZONE, `${HOME}b`]);
    expect(Successful.map(({ SnapshotId, State }) => [SnapshotId, State])).toEqual([
      [snapshot.id, 'enabling'],
      [snapshot.id, 'enabling'],
    ]);
    await pass(700);
    const optimizingSeconds = (3600 * snapshot.volumeSizeGiB) / 1024;
    await pass(3 * optimizingSeconds);
    expect(await states()).toEqual([`${ZONE} enabled`, `${HOME}b enabled`]);
    await disable();
    expect(await states()).toEqual([`${ZONE} disabling`, `${HOME}b enabled`]);
    await pass(700);
    expect(await states()).toEqual([`${ZONE} disabled`, `${HOME}b enabled`]);
  });

  test('takes 60 minutes per TiB', async () => {
    const simulated = withRestores();
    const { enable, states, pass } = simulated;
    const big = ownSnapshot(simulated, { volumeSizeGiB: 1024 });
    await enable([big.id]);
    await pass(3000);
    expect(await states()).toEqual([`${ZONE} optimizing`]);
    await pass(1500);
    expect(await states()).toEqual([`${ZONE} enabled`]);
  });

  test('reports refusals in a successful answer, for each pair', async () => {
    const simulated = withRestores();
    const { enable, disable, states, snapshot } = simulated;
    const pending = ownSnapshot(simulated, { state: 'pending' });
    const huge = ownSnapshot(simulated, { volumeSizeGiB: 16 * 1024 + 1 });
    const answer = await enable(
      [snapshot.id, pending.id, huge.id, 'snap-00000000000000001'],
      [ZONE, `${HOME}z`],
    );
    expect(answer.Successful).toHaveLength(1);
    expect(codes(answer)).toEqual([
      ...['InvalidParameterValue', 'IncorrectState', 'InvalidParameterValue'],
      ...['InvalidParameterValue', 'InvalidParameterValue'],
      ...['InvalidSnapshot.NotFound', 'InvalidSnapshot.NotFound'],
    ]);
    expect(await states()).toEqual([`${ZONE} enabling`]);
    expect(codes(await disable(undefined, [`${HOME}b`]))).toEqual(['InvalidParameterValue']);
    expect(codes(await enable(undefined, undefined, CONSUMER))).toEqual(['InvalidSnapshot.NotFound']);
  });

  test('is limited to five snapshots in a region, until others are disabled', async () => {
    const simulated = withRestores();
    const { enable, disable, pass } = simulated;
    const ids = Array.from({ length: 6 }, () => ownSnapshot(simulated).id);
    const answer = await enable(ids, [ZONE, `${HOME}b`]);
    expect(answer.Successful).toHaveLength(10);
    expect(codes(answer)).toEqual(Array(2).fill('FastSnapshotRestoreLimitExceeded'));
    await disable(ids.slice(0, 1), [ZONE, `${HOME}b`]);
    expect(codes(await enable(ids.slice(5)))).toEqual(['FastSnapshotRestoreLimitExceeded']);
    expect(codes(await enable(ids.slice(0, 1)))).toEqual(['IncorrectState']);
    await pass(700);
    expect(codes(await enable(ids.slice(5)))).toEqual([]);
  });

  test('takes ten snapshots in a call, and at least one snapshot and one zone', async () => {
    const simulated = withRestores();
    const { enable } = simulated;
    const ids = Array.from({ length: 11 }, () => ownSnapshot(simulated).id);
    expect((await refusal(enable(ids))).code).toBe('InvalidRequest');
    expect((await refusal(enable([]))).code).toBe('MissingParameter');
    expect((await refusal(enable(undefined, []))).code).toBe('MissingParameter');
  });

  test('is repeatable, and ends with its snapshot', async () => {
    const { enable, states, client, run, pass, snapshot } = withRestores();
    await enable();
    await pass(100);
    expect((await enable()).Successful).toHaveLength(1);
    expect(await states()).toHaveLength(1);
    await run(client().send(new DeleteSnapshotCommand({ SnapshotId: snapshot.id })));
    await pass(700);
    expect(await states()).toEqual([]);
  });
});

async function withWindows() {
  const simulated = withSnapshot();
  const { client, run } = simulated;
  const { id: SnapshotId } = ownSnapshot(simulated, {}, /^Windows_Server-2022-English-Full-Base/);
  const imageId = await simulated.registered({
    RootDeviceName: '/dev/sda1',
    BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId } }],
  });
  return {
    ...simulated,
    imageId,
    SnapshotId,
    enable: (changes: object = {}, ImageId = imageId) =>
      run(client().send(new EnableFastLaunchCommand({ ImageId, ...changes }))),
    disable: () => run(client().send(new DisableFastLaunchCommand({ ImageId: imageId }))),
    images: async () => {
      const { FastLaunchImages = [] } = await run(client().send(new DescribeFastLaunchImagesCommand({})));
      return FastLaunchImages.map(({ ImageId, State, SnapshotConfiguration, MaxParallelLaunches }) => [
        ...[ImageId, State, SnapshotConfiguration?.TargetResourceCount, MaxParallelLaunches],
      ]);
    },
  };
}

describe('EC2 Fast Launch', () => {
  test('is enabled some time later, and is removed some time after it was disabled', async () => {
    const { enable, disable, images, pass, imageId } = await withWindows();
    expect((await enable({ SnapshotConfiguration: { TargetResourceCount: 9 } })).State).toBe('enabling');
    expect(await images()).toEqual([[imageId, 'enabling', 9, 6]]);
    await pass(15_000);
    expect(await images()).toEqual([[imageId, 'enabled', 9, 6]]);
    expect((await disable()).State).toBe('disabling');
    expect((await refusal(enable())).code).toBe('IncorrectState');
    await pass(1300);
    expect(await images()).toEqual([]);
    expect((await refusal(disable())).code).toBe('InvalidParameter');
  });

  test('is refused for other systems, and for settings that are too small', async () => {
    const simulated = await withWindows();
    const { enable, images, client, run } = simulated;
    const linux = await simulated.registered({ Name: 'linux' });
    expect((await refusal(enable({}, linux))).message).toBe(`The image '${linux}' is not a Windows image.`);
    expect((await refusal(enable({ MaxParallelLaunches: 5 }))).code).toBe('InvalidParameterValue');
    expect((await refusal(enable({ SnapshotConfiguration: { TargetResourceCount: 0 } }))).code).toBe(
      'InvalidParameterValue',
    );
    expect((await refusal(enable({ LaunchTemplate: { LaunchTemplateName: 'a', Version: '1' } }))).code).toBe(
      'NotEmulated',
    );
    const vendors = simulated.publicImage(/^Windows_Server-2022-English-Full-Base/).id;
    expect((await refusal(enable({}, vendors))).code).toBe('AuthFailure');
    for (const { id: SubnetId } of simulated.network.subnets)
      await run(client().send(new DeleteSubnetCommand({ SubnetId })));
    expect((await refusal(enable())).code).toBe('VPCIdNotSpecified');
    expect(await images()).toEqual([]);
  });

  test('ends with its image', async () => {
    const { enable, images, client, run, pass, imageId } = await withWindows();
    await enable();
    await run(client().send(new DeregisterImageCommand({ ImageId: imageId })));
    await pass(1300);
    expect(await images()).toEqual([]);
  });
});
