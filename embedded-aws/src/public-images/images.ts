import type { BlockDeviceMapping, ProductCode } from '@aws-sdk/client-ec2';
import type { Disk } from '../catalog/disk.ts';
import { baseDisk, type OsName } from '../catalog/packages.ts';
import { hex } from '../core/random.ts';
import type { ImageRecord, SnapshotRecord } from '../ec2/records.ts';

/**
 * The public images of vendors in every region, with their real names, owners and properties. An image has up
 * to three generations: the newest, a generation that is about a month older, and for some images a
 * deprecated generation from spring.
 *
 * Every image has the owner alias that AWS shows. Canonical and Debian are verified providers: their images
 * have the alias `amazon`, as AWS's own images do.
 */
interface PublicImage {
  readonly name: string;
  readonly description: string;
  readonly owner: string;
  readonly ownerAlias: 'amazon' | 'aws-marketplace';
  readonly architecture: 'x86_64' | 'arm64';
  readonly created: string;
  readonly os: OsName;
  readonly generation: number;
  readonly rootDeviceName: string;
  readonly rootDeviceType?: 'instance-store';
  readonly sizeGiB: number;
  readonly volumeType: 'gp2' | 'gp3';
  readonly ephemeral?: readonly (readonly [device: string, virtualName: string])[];
  readonly bootMode?: 'uefi' | 'uefi-preferred';
  readonly imdsSupport?: 'v2.0';
  readonly productCode?: string;
  /** Days until the image is deprecated. AWS deprecates public images after two years at the latest. */
  readonly deprecatedAfterDays?: number;
  /** The public SSM parameters that name the image, if it is the `latest` of its kind. */
  readonly parameters?: readonly string[];
  /** The only region that has the image; absent: all regions. */
  readonly region?: string;
}

const amazonLinux = (
  version: string,
  kernel: string,
  created: string,
  generation: number,
  { parameters = [], ...rest }: { parameters?: readonly string[]; deprecatedAfterDays?: number } = {},
): PublicImage[] =>
  (['x86_64', 'arm64'] as const).map((architecture) => ({
    name: `al2023-ami-${version}-kernel-${kernel}-${architecture}`,
    description: `Amazon Linux 2023 AMI ${version} ${architecture} HVM kernel-${kernel}`,
    owner: '137112412989',
    ownerAlias: 'amazon',
    architecture,
    created,
    os: 'amazon-linux-2023',
    generation,
    rootDeviceName: '/dev/xvda',
    sizeGiB: 8,
    volumeType: 'gp3',
    bootMode: architecture === 'arm64' ? 'uefi' : 'uefi-preferred',
    imdsSupport: 'v2.0',
    parameters: parameters.map(
      (name) => `/aws/service/ami-amazon-linux-latest/al2023-ami-${name}-${architecture}`,
    ),
    ...rest,
  }));

const ubuntu = (serial: string, created: string, generation: number, latest: boolean): PublicImage[] =>
  (['amd64', 'arm64'] as const).map((kind) => ({
    name: `ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-${kind}-server-${serial}`,
    description: `Canonical, Ubuntu, 24.04, ${kind} noble image`,
    owner: '099720109477',
    ownerAlias: 'amazon',
    architecture: kind === 'amd64' ? 'x86_64' : 'arm64',
    created,
    os: 'ubuntu-24.04',
    generation,
    rootDeviceName: '/dev/sda1',
    sizeGiB: 8,
    volumeType: 'gp3',
    ephemeral: [
      ['/dev/sdb', 'ephemeral0'],
      ['/dev/sdc', 'ephemeral1'],
    ],
    bootMode: kind === 'arm64' ? 'uefi' : 'uefi-preferred',
    imdsSupport: 'v2.0',
    parameters: latest
      ? [`/aws/service/canonical/ubuntu/server/24.04/stable/current/${kind}/hvm/ebs-gp3/ami-id`]
      : [],
  }));

const debian = (serial: string, created: string, generation: number, latest: boolean): PublicImage[] =>
  (['amd64', 'arm64'] as const).map((kind) => ({
    name: `debian-12-${kind}-${serial}`,
    description: `Debian 12 (${serial})`,
    owner: '136693071363',
    ownerAlias: 'amazon',
    architecture: kind === 'amd64' ? 'x86_64' : 'arm64',
    created,
    os: 'debian-12',
    generation,
    rootDeviceName: '/dev/xvda',
    sizeGiB: 8,
    volumeType: 'gp3',
    bootMode: kind === 'arm64' ? 'uefi' : 'uefi-preferred',
    parameters: latest
      ? [
          `/aws/service/debian/release/12/latest/${kind}`,
          `/aws/service/debian/release/bookworm/latest/${kind}`,
        ]
      : [],
  }));

const windows = (date: string, created: string, generation: number, latest: boolean): PublicImage => ({
  name: `Windows_Server-2022-English-Full-Base-${date}`,
  description: 'Microsoft Windows Server 2022 Full Locale English AMI provided by Amazon',
  owner: '801119661308',
  ownerAlias: 'amazon',
  architecture: 'x86_64',
  created,
  os: 'windows-2022',
  generation,
  rootDeviceName: '/dev/sda1',
  sizeGiB: 30,
  volumeType: 'gp2',
  // Amazon's Windows images map the instance store volumes of instance types that have them: xvdca to xvdcz.
  ephemeral: [...'abcdefghijklmnopqrstuvwxyz'].map(
    (letter, index) => [`xvdc${letter}`, `ephemeral${index}`] as const,
  ),
  parameters: latest ? ['/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base'] : [],
});

const publicImages: readonly PublicImage[] = [
  // Amazon deprecates its Linux images after 90 days.
  ...amazonLinux('2023.11.20260514.0', '6.1', '2026-05-14T22:41:07.000Z', 2, { deprecatedAfterDays: 90 }),
  ...amazonLinux('2023.12.20260831.0', '6.1', '2026-08-31T23:12:44.000Z', 1),
  ...amazonLinux('2023.12.20260930.0', '6.18', '2026-09-30T22:58:19.000Z', 0, {
    parameters: ['kernel-6.18'],
  }),
  ...amazonLinux('2023.12.20260930.0', '6.1', '2026-09-30T23:05:31.000Z', 0, {
    parameters: ['kernel-6.1', 'kernel-default'],
  }),
  ...ubuntu('20260904', '2026-09-04T07:31:02.000Z', 1, false),
  ...ubuntu('20261004', '2026-10-04T06:55:48.000Z', 0, true),
  ...debian('20260821-2577', '2026-08-21T10:22:16.000Z', 1, false),
  ...debian('20260923-2610', '2026-09-23T10:17:53.000Z', 0, true),
  windows('2026.08.12', '2026-08-12T17:46:25.000Z', 1, false),
  windows('2026.09.17', '2026-09-17T18:03:11.000Z', 0, true),
  {
    ...(debian('20240717-1811', '2024-07-18T00:12:09.000Z', 2, false)[0] as PublicImage),
    name: 'debian-12-amd64-20240717-1811-a264997c-d509-4a51-8e85-c2644a3f8ba2',
    owner: '679593333241',
    ownerAlias: 'aws-marketplace',
    productCode: 'auhljmclkudu651zy27rih2x2',
    // Assumed. The real image is deprecated after two years, and then no search would find it.
    deprecatedAfterDays: 3650,
  },
  {
    name: 'amzn-ami-hvm-2018.03.0.20200918.0-x86_64-s3',
    description: 'Amazon Linux AMI 2018.03.0.20200918.0 x86_64 HVM Instance Store',
    owner: '137112412989',
    ownerAlias: 'amazon',
    architecture: 'x86_64',
    created: '2020-09-21T22:29:05.000Z',
    os: 'amazon-linux-2023',
    generation: 2,
    rootDeviceName: '/dev/xvda',
    rootDeviceType: 'instance-store',
    sizeGiB: 0,
    volumeType: 'gp2',
    region: 'us-east-1',
  },
];

const dayMs = 86_400_000;
const publicDeprecationDays = 730;

/** An id that depends only on the image and the region, so that it is the same in every world. */
const catalogId = (prefix: 'ami' | 'snap', name: string, region: string) =>
  `${prefix}-0${hex(0, 16, prefix, name, region)}`;

/**
 * The parts of an image that are the same in all regions. Computed once, because there are more than thirty regions.
 */
const prepared = publicImages.map((image) => {
  const createdMs = Date.parse(image.created);
  const disk: Disk = baseDisk(image.os, image.generation);
  return { image, createdMs, disk, ephemeral: image.ephemeral ?? [] };
});

/** All public images of a region with their snapshots, and the SSM parameters that name the newest images. */
export function publicImagesOf(region: string): {
  image: ImageRecord;
  snapshot?: SnapshotRecord;
  parameters: readonly string[];
}[] {
  return prepared
    .filter(({ image }) => image.region === undefined || image.region === region)
    .map(({ image, createdMs, disk, ephemeral }) => {
      const snapshotId = catalogId('snap', image.name, region);
      const productCodes: ProductCode[] =
        image.productCode === undefined
          ? []
          : [{ ProductCodeId: image.productCode, ProductCodeType: 'marketplace' }];
      const root: BlockDeviceMapping = {
        DeviceName: image.rootDeviceName,
        Ebs: {
          DeleteOnTermination: true,
          SnapshotId: snapshotId,
          VolumeSize: image.sizeGiB,
          VolumeType: image.volumeType,
          Encrypted: false,
          ...(image.volumeType === 'gp3' ? { Iops: 3000, Throughput: 125 } : {}),
        },
      };
      const record: ImageRecord = {
        id: catalogId('ami', image.name, region),
        account: image.owner,
        region,
        tags: {},
        name: image.name,
        description: image.description,
        ownerAlias: image.ownerAlias,
        state: 'available',
        architecture: image.architecture,
        creationDate: createdMs,
        ...(disk.platform === 'windows' ? { platform: 'windows' as const } : {}),
        platformDetails: disk.platform === 'windows' ? 'Windows' : 'Linux/UNIX',
        usageOperation: disk.platform === 'windows' ? 'RunInstances:0002' : 'RunInstances',
        rootDeviceName: image.rootDeviceName,
        rootDeviceType: image.rootDeviceType ?? 'ebs',
        blockDeviceMappings:
          image.rootDeviceType === 'instance-store'
            ? []
            : [
                root,
                ...ephemeral.map(([DeviceName, VirtualName]) => ({
                  DeviceName,
                  VirtualName,
                })),
              ],
        ...(image.bootMode === undefined ? {} : { bootMode: image.bootMode }),
        ...(image.imdsSupport === undefined ? {} : { imdsSupport: image.imdsSupport }),
        productCodes,
        launchPermissions: [{ Group: 'all' }],
        deprecationTime: createdMs + (image.deprecatedAfterDays ?? publicDeprecationDays) * dayMs,
      };
      if (image.rootDeviceType === 'instance-store') return { image: record, parameters: [] };
      const snapshot: SnapshotRecord = {
        id: snapshotId,
        account: image.owner,
        region,
        tags: {},
        volumeId: 'vol-ffffffff',
        volumeSizeGiB: image.sizeGiB,
        description: `Created by CreateImage for ${image.name}`,
        encrypted: false,
        state: 'completed',
        startTime: createdMs,
        completionTime: createdMs,
        // Snapshots of Marketplace images are not public: the images can be launched, but not copied.
        public: image.ownerAlias !== 'aws-marketplace',
        disk,
      };
      return { image: record, snapshot, parameters: image.parameters ?? [] };
    });
}
