import { type ImageRecord, perform, type SnapshotRecord, type World } from 'embedded-aws';
import { HOME } from '../local/pipeline.ts';
import { plainRecipe, type Simulation } from './simulated-build.ts';
import { forConsumers, leftToIam } from './simulated-keys.ts';

// An image of another account that is shared with the account of the pipeline, and a recipe that takes it in.

export const VENDOR = '234567890123';
export const VENDOR_IMAGE = 'ami-0fedcba9876543210';
export const VENDOR_SNAPSHOT = 'snap-0fedcba9876543210';

export const vendorRecipe = {
  ...plainRecipe,
  name: 'vendor',
  description: 'An image of a vendor',
  base: { imageId: VENDOR_IMAGE },
  build: { copyBase: true, instanceTypes: ['m7i.large', 'm6i.large'] },
};

/** Creates the image of `vendorRecipe`: Amazon Linux, with changes of the image, of its snapshot, and of what is on its disk. */
export function vendorImage(
  world: World,
  {
    snapshot: changed = {},
    disk = {},
    ...changes
  }: Partial<ImageRecord> & {
    snapshot?: Partial<SnapshotRecord>;
    disk?: Partial<NonNullable<SnapshotRecord['disk']>>;
  } = {},
): ImageRecord {
  const amazons = world.images
    .all()
    .find(
      ({ region, name }) => region === HOME.region && /^al2023-ami-2023.*-kernel-6\.1-x86_64$/.test(name),
    );
  const [root] = amazons?.blockDeviceMappings ?? [];
  const source = world.snapshots.get(root?.Ebs?.SnapshotId ?? '');
  if (amazons === undefined || source?.disk === undefined) throw new Error('the catalogue has no image');
  const { public: _, ...snapshot } = {
    ...source,
    id: VENDOR_SNAPSHOT,
    account: VENDOR,
    tags: {},
    sharedWith: [HOME.account],
    disk: { ...source.disk, ...disk },
    ...changed,
  };
  world.snapshots.put(snapshot, world.now(), 0);
  // It does not require IMDSv2, and is not deprecated.
  const {
    ownerAlias: _alias,
    imdsSupport: _imds,
    deprecationTime: _time,
    ...image
  } = {
    ...amazons,
    id: VENDOR_IMAGE,
    account: VENDOR,
    name: 'vendor-appliance-7',
    tags: {},
    launchPermissions: [{ UserId: HOME.account }],
    blockDeviceMappings: [
      { ...root, Ebs: { ...root?.Ebs, SnapshotId: VENDOR_SNAPSHOT, Encrypted: snapshot.encrypted } },
    ],
  };
  return world.images.put({ ...image, ...changes }, world.now(), 0);
}

/** Creates a key of the vendor that lets these accounts use it, and returns its ARN. */
export function vendorKey(
  { pipeline, world }: Pick<Simulation, 'pipeline' | 'world'>,
  ...accounts: string[]
): string {
  const owner = { ...leftToIam, Principal: { AWS: `arn:aws:iam::${VENDOR}:root` } };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [owner, forConsumers(...accounts)] });
  const { KeyMetadata } = perform(pipeline.services, world, {
    service: 'kms',
    operation: 'CreateKey',
    account: VENDOR,
    region: HOME.region,
    input: { Policy },
    inner: true,
  }) as { KeyMetadata: { Arn: string } };
  return KeyMetadata.Arn;
}
