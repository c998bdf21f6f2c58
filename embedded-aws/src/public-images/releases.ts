import type { Disk } from '../catalog/disk.ts';
import { kernelFiles, kernelVersionOf, type OsName } from '../catalog/packages.ts';
import { pendingUpdates } from '../catalog/repositories.ts';
import { newId, type World } from '../core/world.ts';
import type { ImageRecord, SnapshotRecord } from '../ec2/records.ts';
import { checkMessage, publishTo } from '../sns/publishing.ts';
import type { TopicRecord } from '../sns/records.ts';
import type { ParameterRecord } from '../ssm/records.ts';

/** How a vendor names its images: each release has a new version in the name. */
interface Family {
  /** Matches the version in a name. */
  readonly version: RegExp;
  /** The version of a release on a day (`20261120`). */
  readonly released: (day: string) => string;
}

const families: Readonly<Record<OsName, Family>> = {
  'amazon-linux-2023': { version: /\d{4}\.\d+\.\d{8}\.\d+/, released: (day) => `2023.12.${day}.0` },
  'ubuntu-24.04': { version: /\d{8}$/, released: (day) => day },
  'debian-12': { version: /\d{8}-\d+$/, released: (day) => `${day}-2700` },
  'windows-2022': {
    version: /\d{4}\.\d\d\.\d\d$/,
    released: (day) => `${day.slice(0, 4)}.${day.slice(4, 6)}.${day.slice(6)}`,
  },
};

const amazonLinuxAccount = '137112412989';

/** The topic on which Amazon announces images of Amazon Linux 2023, for all regions. */
export const amazonLinuxTopic = `arn:aws:sns:us-east-1:${amazonLinuxAccount}:amazon-linux-2023-ami-updates`;

/** Any account may subscribe to the topic. */
export function createAmazonLinuxTopic(world: World): TopicRecord {
  const statement = {
    Sid: 'public',
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action: ['SNS:Subscribe', 'SNS:Receive'],
    Resource: amazonLinuxTopic,
  };
  return world.topics.put(
    {
      id: amazonLinuxTopic,
      account: amazonLinuxAccount,
      region: 'us-east-1',
      name: 'amazon-linux-2023-ami-updates',
      tags: {},
      attributes: { Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }) },
      subscriptionsDeleted: 0,
    },
    0,
    0,
  );
}

export interface PublishedImage {
  readonly region: string;
  readonly id: string;
  readonly name: string;
}

/**
 * Publishes a new release of a vendor in every region, at the current time. The new images contain all
 * updates and replace the images that the public parameters name. The parameters get new versions. For Amazon
 * Linux, a message is published on Amazon's topic. `version` is the version in the image names. By default,
 * the version is derived from the date. Each release needs a new version.
 */
export function publishBaseImage(
  world: World,
  { os, version: given }: { os: OsName; version?: string },
): PublishedImage[] {
  const { version: pattern, released } = families[os];
  const at = world.now();
  const version = given ?? released(new Date(at).toISOString().slice(0, 10).replaceAll('-', ''));
  const replacements = new Map<string, ImageRecord>();
  for (const parameter of world.parameters.all()) {
    const before = newestNamedBy(world, parameter, os);
    if (before === undefined) continue;
    const image = replacements.get(before.id) ?? release(world, before, { pattern, version, at });
    replacements.set(before.id, image);
    world.parameters.put(
      { ...parameter, value: image.id, version: parameter.version + 1, lastModified: at },
      at,
      0,
    );
  }
  const published = [...replacements.values()].map(({ id, name, region }) => ({ id, name, region }));
  if (os === 'amazon-linux-2023') announce(world, published, { version, at });
  return published;
}

/** The image that a public parameter names, if it has this operating system. */
function newestNamedBy(
  world: World,
  { account, value }: ParameterRecord,
  os: OsName,
): ImageRecord | undefined {
  const image = account === '' ? world.images.get(value) : undefined;
  return image !== undefined && snapshotOf(world, image)?.disk?.os === os ? image : undefined;
}

function snapshotOf(world: World, { blockDeviceMappings }: ImageRecord): SnapshotRecord | undefined {
  return world.snapshots.get(blockDeviceMappings[0]?.Ebs?.SnapshotId ?? '');
}

function release(
  world: World,
  before: ImageRecord,
  { pattern, version, at }: { pattern: RegExp; version: string; at: number },
): ImageRecord {
  const [last = ''] = pattern.exec(before.name) ?? [];
  const name = before.name.replace(last, version);
  if (name === before.name) throw new Error(`${name} already exists; give the release a new version`);
  const { deprecationTime } = before;
  const snapshot = snapshotOf(world, before);
  const [root, ...others] = before.blockDeviceMappings;
  const SnapshotId = newId(world, 'snap');
  if (snapshot !== undefined) {
    const disk = snapshot.disk === undefined ? {} : { disk: updated(snapshot.disk, at) };
    const description = `Created by CreateImage for ${name}`;
    world.snapshots.put(
      { ...snapshot, ...disk, id: SnapshotId, description, startTime: at, completionTime: at },
      at,
      0,
    );
  }
  return world.images.put(
    {
      ...before,
      id: newId(world, 'ami'),
      name,
      ...(before.description === undefined ? {} : { description: before.description.replace(last, version) }),
      creationDate: at,
      ...(deprecationTime === undefined
        ? {}
        : { deprecationTime: at + deprecationTime - before.creationDate }),
      blockDeviceMappings: [{ ...root, Ebs: { ...root?.Ebs, SnapshotId } }, ...others],
    },
    at,
    0,
  );
}

function updated(disk: Disk, at: number): Disk {
  const newest = pendingUpdates(disk, at).flatMap(({ name, versions: [version] }) =>
    version == null ? [] : [[name, version] as const],
  );
  const packages = { ...disk.packages, ...Object.fromEntries(newest) };
  const others = disk.files.filter((file) => kernelVersionOf(file) === undefined);
  return { ...disk, packages, files: [...others, ...kernelFiles(disk.os, packages)] };
}

/** Amazon's message lists all images of the release, by region. */
function announce(
  world: World,
  published: readonly PublishedImage[],
  { version, at }: { version: string; at: number },
): void {
  const topic = world.topics.get(amazonLinuxTopic);
  if (topic === undefined) return;
  const release = version.replace(/\.\d+$/, '');
  const Regions: Record<string, { Name: string; ImageId: string }[]> = {};
  for (const { region, id, name } of published) {
    Regions[region] = [...(Regions[region] ?? []), { Name: name, ImageId: id }];
  }
  const v1 = {
    ReleaseVersion: release,
    ImageVersion: version,
    ReleaseNotes: `https://docs.aws.amazon.com/linux/al2023/release-notes/relnotes-${release}.html`,
    Regions,
  };
  const message = checkMessage({
    Subject: 'New Amazon Linux 2023 AMI available',
    Message: JSON.stringify({ v1 }),
  });
  publishTo(world, topic, message, at);
}
