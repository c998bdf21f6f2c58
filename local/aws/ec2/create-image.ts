import type {
  BlockDeviceMapping,
  CreateImageCommandInput,
  CreateImageCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter, missingParameter } from '../errors.ts';
import { isImageFault, strike } from '../faults.ts';
import type { Call, Operation } from '../operation.ts';
import type { ImageRecord, InstanceRecord, VolumeRecord } from '../records.ts';
import { lagMs, newId, schedule } from '../world.ts';
import { checkDescription, checkImageName, checkNameIsFree } from './images.ts';
import { ownInstances } from './instances.ts';
import { creationSeconds, reboot } from './lifecycle.ts';
import { checkDryRun } from './refusals.ts';
import { tagSpecifications } from './tagging.ts';

/** The API has no client token here: a call that is repeated runs into its own name (EC2 API reference, CreateImage). */
export const createImage: Operation<CreateImageCommandInput, CreateImageCommandOutput> = {
  kind: 'write',
  accepts: [
    'BlockDeviceMappings.DeviceName',
    'BlockDeviceMappings.Ebs.DeleteOnTermination',
    'BlockDeviceMappings.NoDevice',
    'Description',
    'DryRun',
    'InstanceId',
    'Name',
    'NoReboot',
    'TagSpecifications.ResourceType',
    'TagSpecifications.Tags.Key',
    'TagSpecifications.Tags.Value',
  ],
  run(input, call) {
    const { world, account, region, now } = call;
    const { InstanceId, Name, Description, NoReboot } = input;
    if (InstanceId === undefined) throw missingParameter('instanceId');
    if (Name === undefined) throw missingParameter('name');
    checkImageName(Name);
    checkDescription(Description);
    const tags = tagSpecifications(input.TagSpecifications, ['image', 'snapshot']);
    const [instance] = ownInstances(call, [InstanceId]);
    if (instance === undefined || (instance.state !== 'running' && instance.state !== 'stopped')) {
      throw invalidParameter(
        `Invalid value '${InstanceId}' for instanceId. Instance is not in state 'running' or 'stopped'`,
      );
    }
    checkNameIsFree(call, Name);
    const volumes = chooseVolumes(input.BlockDeviceMappings ?? [], instance, call);
    for (const { volume } of volumes) checkSnapshotLimits(volume, call);
    checkDryRun(input);

    const id = newId(world, 'ami');
    const mappings: BlockDeviceMapping[] = volumes.map(({ device, volume, deleteOnTermination }) => {
      const snapshotId = newId(world, 'snap');
      world.snapshots.put(
        {
          id: snapshotId,
          account,
          region,
          tags: tags.snapshot,
          volumeId: volume.id,
          volumeSizeGiB: volume.sizeGiB,
          description: `Created by CreateImage(${InstanceId}) for ${id}`,
          encrypted: volume.encrypted,
          state: 'pending',
          startTime: now,
          ...(volume.disk === undefined ? {} : { disk: volume.disk }),
        },
        now,
        lagMs(world, snapshotId),
      );
      return {
        DeviceName: device,
        Ebs: {
          DeleteOnTermination: deleteOnTermination,
          SnapshotId: snapshotId,
          VolumeSize: volume.sizeGiB,
          VolumeType: volume.volumeType as NonNullable<BlockDeviceMapping['Ebs']>['VolumeType'],
          Encrypted: volume.encrypted,
          // EC2 shows the speed of the types that have one to choose.
          ...(volume.volumeType === 'gp2' || volume.iops === undefined ? {} : { Iops: volume.iops }),
          ...(volume.throughput === undefined ? {} : { Throughput: volume.throughput }),
        },
      };
    });
    const fault = strike(world, isImageFault, region, ({ by = 'CreateImage' }) => by === 'CreateImage');
    const seconds = creationSeconds(
      world,
      id,
      volumes.map(({ volume }) => volume),
    );
    const readyAt = fault?.image === 'hangs' ? undefined : now + seconds * 1000;
    const image: ImageRecord = {
      id,
      account,
      region,
      tags: tags.image,
      name: Name,
      ...(Description === undefined ? {} : { description: Description }),
      state: 'pending',
      architecture: instance.architecture,
      creationDate: now,
      ...(instance.platform === undefined ? {} : { platform: instance.platform }),
      platformDetails: instance.platformDetails,
      usageOperation: instance.usageOperation,
      rootDeviceName: instance.rootDeviceName,
      rootDeviceType: 'ebs',
      blockDeviceMappings: [
        ...mappings,
        ...instance.ephemeralDevices.map(({ device, virtualName }) => ({
          DeviceName: device,
          VirtualName: virtualName,
        })),
      ],
      ...(instance.bootMode === undefined ? {} : { bootMode: instance.bootMode }),
      productCodes: instance.productCodes,
      launchPermissions: [],
      sourceInstanceId: InstanceId,
      sourceImageId: instance.imageId,
      sourceImageRegion: region,
      ...(readyAt === undefined ? {} : { readyAt }),
      ...(fault?.image === 'fails'
        ? {
            failsWith: {
              Code: 'Server.InternalError',
              Message: fault.message ?? 'Create image failed with an internal error.',
            },
          }
        : {}),
    };
    world.images.put(image, now, lagMs(world, id));
    if (readyAt !== undefined) schedule(world, 'image.ready', id, readyAt);
    // NoReboot makes no difference to an instance that is stopped.
    if (instance.state === 'running' && NoReboot !== true) reboot(world, instance, now);
    return { ImageId: id };
  },
};

interface ChosenVolume {
  readonly device: string;
  readonly volume: VolumeRecord;
  readonly deleteOnTermination: boolean;
}

/** The instance's volumes; a request can only leave one out, or change whether it outlives its instance. */
function chooseVolumes(
  asked: readonly BlockDeviceMapping[],
  instance: InstanceRecord,
  { world }: Call,
): ChosenVolume[] {
  const devices = new Map(instance.blockDevices.map((entry) => [entry.device, entry]));
  for (const { DeviceName, NoDevice, Ebs } of asked) {
    if (DeviceName === undefined) throw missingParameter('deviceName');
    const entry = devices.get(DeviceName);
    const isEphemeral = instance.ephemeralDevices.some(({ device }) => device === DeviceName);
    if (entry === undefined && !isEphemeral) {
      throw new AwsError(
        'InvalidBlockDeviceMapping',
        `The device '${DeviceName}' is not attached to the instance '${instance.id}'`,
      );
    }
    if (entry === undefined) continue;
    if (NoDevice === undefined) {
      const deleteOnTermination = Ebs?.DeleteOnTermination ?? entry.deleteOnTermination;
      devices.set(DeviceName, { ...entry, deleteOnTermination });
    } else if (DeviceName === instance.rootDeviceName) {
      throw new AwsError('InvalidBlockDeviceMapping', `The root device ${DeviceName} cannot be suppressed`);
    } else {
      devices.delete(DeviceName);
    }
  }
  return [...devices.values()].flatMap(({ device, volumeId, deleteOnTermination }) => {
    const volume = world.volumes.get(volumeId);
    return volume === undefined ? [] : [{ device, volume, deleteOnTermination }];
  });
}

const pendingSnapshotsMax = 5;
const snapshotIntervalMs = 15_000;

/** A volume takes one snapshot in 15 seconds, and has five under way at most (EC2 API reference, Error codes). */
function checkSnapshotLimits(volume: VolumeRecord, { world, now }: Call): void {
  const snapshots = world.snapshots.all().filter(({ volumeId }) => volumeId === volume.id);
  if (snapshots.some(({ startTime }) => now - startTime < snapshotIntervalMs)) {
    throw new AwsError(
      'SnapshotCreationPerVolumeRateExceeded',
      'The maximum per volume CreateSnapshot request rate has been exceeded. Use an increasing or variable sleep interval between requests.',
    );
  }
  if (snapshots.filter(({ state }) => state === 'pending').length >= pendingSnapshotsMax) {
    throw new AwsError(
      'ConcurrentSnapshotLimitExceeded',
      'Maximum allowed in-progress snapshots for a single volume exceeded.',
    );
  }
}
