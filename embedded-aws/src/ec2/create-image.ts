import type { CreateImageCommandInput, CreateImageCommandOutput } from '@aws-sdk/client-ec2';
import { invalidParameter, missingParameter } from '../core/errors.ts';
import { strike } from '../core/faults.ts';
import type { Operation } from '../core/service.ts';
import { lagMs, newId, schedule } from '../core/world.ts';
import { chooseDevices, ebsShape, imageDeviceParameters } from './image-devices.ts';
import { checkDescription, checkImageName, checkNameIsFree, machineTraits } from './images.ts';
import { currentBootMode } from './instance-shape.ts';
import { ownInstances } from './instances.ts';
import { creationSeconds, reboot } from './lifecycle.ts';
import type { ImageRecord } from './records.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';
import { beginSnapshot, checkSnapshotLimits } from './snapshots.ts';
import { tagSpecifications } from './tagging.ts';

/**
 * The API has no client token here. A repeated call fails because the first call already uses the name (EC2
 * API reference, CreateImage).
 */
export const createImage: Operation<CreateImageCommandInput, CreateImageCommandOutput> = {
  kind: 'write',
  accepts: [
    ...imageDeviceParameters,
    'BlockDeviceMappings.NoDevice',
    'BootModeOverride',
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
    const override = checkOneOf('bootModeOverride', input.BootModeOverride, ['uefi']);
    if (override !== undefined && currentBootMode(instance) !== override) {
      throw invalidParameter(
        `Value (${override}) for parameter bootModeOverride is invalid. The current boot mode of the instance ${InstanceId} is not ${override}.`,
      );
    }
    const bootMode = override ?? instance.bootMode;
    checkNameIsFree(call, Name);
    const { volumes, added } = chooseDevices(input.BlockDeviceMappings ?? [], instance, call);
    for (const { volume } of volumes) checkSnapshotLimits(volume, call);
    checkDryRun(input);

    const id = newId(world, 'ami');
    const fault = strike(world, 'image', region, ({ by = 'CreateImage' }) => by === 'CreateImage');
    const seconds = creationSeconds(
      world,
      id,
      volumes.map(({ volume }) => volume),
    );
    const readyAt = fault?.image === 'hangs' ? undefined : now + seconds * 1000;
    const mappings = volumes.map(({ device, volume, deleteOnTermination }) => {
      const snapshot = beginSnapshot(call, volume, {
        tags: tags.snapshot,
        description: `Created by CreateImage(${InstanceId}) for ${id}`,
        ...(readyAt === undefined ? {} : { readyAt }),
      });
      return {
        DeviceName: device,
        Ebs: { ...ebsShape(volume), SnapshotId: snapshot.id, DeleteOnTermination: deleteOnTermination },
      };
    });
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
      blockDeviceMappings: [...mappings, ...added],
      ...(bootMode === undefined ? {} : { bootMode }),
      // hashicorp/packer-plugin-amazon#472, NixOS/amis#71
      ...(instance.imdsSupport && { imdsSupport: instance.imdsSupport }),
      ...machineTraits(world.images.get(instance.imageId), instance),
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
    // NoReboot changes nothing for a stopped instance.
    if (instance.state === 'running' && NoReboot !== true) reboot(world, instance, now);
    return { ImageId: id };
  },
};
