import { DescribeImagesCommand, DescribeSnapshotsCommand } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import type { OsName } from '../../src/catalog/packages.ts';
import { pendingUpdates } from '../../src/catalog/repositories.ts';
import { regionNames } from '../../src/core/regions.ts';
import { publishBaseImage } from '../../src/public-images/releases.ts';
import { HOME, simulateEc2 } from '../simulated-ec2.ts';

const ubuntuParameter = '/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id';
const debianParameter = '/aws/service/debian/release/12/latest/amd64';

describe('a vendor that publishes a release', () => {
  test.each<[OsName, string, string]>([
    ['ubuntu-24.04', ubuntuParameter, 'ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20261120'],
    ['debian-12', debianParameter, 'debian-12-amd64-20261120-2700'],
    [
      'windows-2022',
      '/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base',
      'Windows_Server-2022-English-Full-Base-2026.11.20',
    ],
    [
      'amazon-linux-2023',
      '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64',
      'al2023-ami-2023.12.20261120.0-kernel-6.1-arm64',
    ],
  ])('moves the parameters of %s to the new images', async (os, parameterName, imageName) => {
    const { world, run, client } = simulateEc2();
    const parameter = () =>
      world.parameters.all().find(({ name, region }) => name === parameterName && region === HOME);
    const before = parameter();
    const published = publishBaseImage(world, { os });
    const after = parameter();
    expect(after).toMatchObject({ version: 2, lastModified: world.now() });
    expect(after?.value).not.toBe(before?.value);
    expect(new Set(published.map(({ region }) => region))).toEqual(new Set(regionNames));
    const { Images } = await run(
      client().send(new DescribeImagesCommand({ ImageIds: [after?.value ?? ''] })),
    );
    const [old] = world.images.all().filter(({ id }) => id === before?.value);
    expect(Images).toMatchObject([
      { Name: imageName, OwnerId: old?.account, State: 'available', Public: true },
    ]);
    const SnapshotId = Images?.[0]?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? '';
    const shown = await run(client().send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] })));
    expect(shown.Snapshots).toMatchObject([{ State: 'completed' }]);
    const { disk } = world.snapshots.get(SnapshotId) ?? {};
    expect(disk && pendingUpdates(disk, world.now())).toEqual([]);
  });

  test('publishes an image once when two parameters name it', () => {
    const { world } = simulateEc2();
    const inHome = publishBaseImage(world, { os: 'debian-12' }).filter(({ region }) => region === HOME);
    expect(inHome.map(({ name }) => name).sort()).toEqual([
      'debian-12-amd64-20261120-2700',
      'debian-12-arm64-20261120-2700',
    ]);
  });

  test('needs a new version for each release', () => {
    const { world } = simulateEc2();
    publishBaseImage(world, { os: 'debian-12' });
    expect(() => publishBaseImage(world, { os: 'debian-12' })).toThrow('give the release a new version');
    const again = publishBaseImage(world, { os: 'debian-12', version: '20261121-2701' });
    expect(again[0]?.name).toContain('20261121-2701');
  });
});
