import type { RegisterImageCommandInput, RegisterImageCommandOutput } from '@aws-sdk/client-ec2';
import { invalidParameter, missingParameter, notEmulated } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs, newId, schedule } from '../core/world.ts';
import { imageDeviceParameters } from './image-devices.ts';
import { checkDescription, checkImageName, checkNameIsFree } from './images.ts';
import { drawSeconds } from './latency.ts';
import type { ImageRecord } from './records.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';
import { registeredDevices } from './register-image-devices.ts';
import { tagSpecifications } from './tagging.ts';

/**
 * Registers an image from snapshots. The API has no client token here. A repeated call fails because the
 * first call already uses the name. The billing data come from the snapshot of the root device (EC2 API
 * reference, RegisterImage).
 */
export const registerImage: Operation<RegisterImageCommandInput, RegisterImageCommandOutput> = {
  kind: 'write',
  accepts: [
    'Architecture',
    ...imageDeviceParameters,
    'BootMode',
    'Description',
    'DryRun',
    'EnaSupport',
    'ImdsSupport',
    'Name',
    'RootDeviceName',
    'SriovNetSupport',
    'TagSpecifications.ResourceType',
    'TagSpecifications.Tags.Key',
    'TagSpecifications.Tags.Value',
    'TpmSupport',
    'UefiData',
    'VirtualizationType',
  ],
  run(input, call) {
    const { world, account, region, now } = call;
    const { Name, Description, EnaSupport, SriovNetSupport } = input;
    if (Name === undefined) throw missingParameter('name');
    checkImageName(Name);
    checkDescription(Description);
    const tags = tagSpecifications(input.TagSpecifications, ['image']);
    const machine = checkMachine(input);
    // The default of the old command line tool ec2-register.
    const rootDeviceName = input.RootDeviceName ?? '/dev/sda1';
    checkNameIsFree(call, Name);
    const { mappings, rootDisk } = registeredDevices(input.BlockDeviceMappings ?? [], rootDeviceName, call);
    checkDryRun(input);

    const id = newId(world, 'ami');
    const isWindows = rootDisk?.platform === 'windows';
    const readyAt = now + drawSeconds(world.seed, 'image.register', id) * 1000;
    const image: ImageRecord = {
      id,
      account,
      region,
      tags: tags.image,
      name: Name,
      ...(Description === undefined ? {} : { description: Description }),
      state: 'pending',
      creationDate: now,
      ...(isWindows ? { platform: 'windows' as const } : {}),
      platformDetails: isWindows ? 'Windows' : 'Linux/UNIX',
      usageOperation: isWindows ? 'RunInstances:0002' : 'RunInstances',
      rootDeviceName,
      rootDeviceType: 'ebs',
      blockDeviceMappings: mappings,
      ...machine,
      ...(EnaSupport ? {} : { withoutEna: true }),
      ...(SriovNetSupport === undefined ? { withoutSriov: true } : {}),
      productCodes: [],
      launchPermissions: [],
      readyAt,
    };
    world.images.put(image, now, lagMs(world, id));
    schedule(world, 'image.ready', id, readyAt);
    return { ImageId: id };
  },
};

const architectures = ['i386', 'x86_64', 'arm64', 'x86_64_mac', 'arm64_mac'] as const;

/** Checks and returns the machine properties of the image. */
function checkMachine(
  input: RegisterImageCommandInput,
): Pick<ImageRecord, 'architecture' | 'bootMode' | 'imdsSupport' | 'tpmSupport' | 'uefiData'> {
  const architecture = checkOneOf('architecture', input.Architecture, architectures) ?? 'i386';
  const virtualization = checkOneOf('virtualizationType', input.VirtualizationType, ['hvm', 'paravirtual']);
  const bootMode = checkOneOf('bootMode', input.BootMode, ['legacy-bios', 'uefi', 'uefi-preferred']);
  const imdsSupport = checkOneOf('imdsSupport', input.ImdsSupport, ['v2.0']);
  const tpmSupport = checkOneOf('tpmSupport', input.TpmSupport, ['v2.0']);
  checkOneOf('sriovNetSupport', input.SriovNetSupport, ['simple']);
  if (virtualization !== 'hvm') {
    // The default for historical reasons (SDK, RegisterImageRequest).
    throw notEmulated('ec2:RegisterImage with the VirtualizationType paravirtual (the default)');
  }
  if (architecture.endsWith('_mac'))
    throw notEmulated(`ec2:RegisterImage with the Architecture ${architecture}`);
  if (architecture === 'arm64' && bootMode === 'legacy-bios') {
    throw invalidParameter(`Invalid bootMode value '${bootMode}' for machineArchitecture '${architecture}'`);
  }
  if (tpmSupport !== undefined) checkTpm(architecture, bootMode);
  const uefiData = checkUefiData(input.UefiData, bootMode);
  return {
    architecture,
    ...(bootMode === undefined ? {} : { bootMode }),
    ...(imdsSupport === undefined ? {} : { imdsSupport }),
    ...(tpmSupport === undefined ? {} : { tpmSupport }),
    ...(uefiData === undefined ? {} : { uefiData }),
  };
}

/**
 * NitroTPM requires x86 (balena-os/balena-yocto-scripts#298) and the boot mode `uefi`; `uefi-preferred` is
 * not enough (flatcar/mantle#582).
 */
function checkTpm(architecture: string, bootMode: string | undefined): void {
  if (architecture !== 'x86_64') {
    throw invalidParameter(`Invalid machineArchitecture value '${architecture}' for tpmSupport`);
  }
  if (bootMode !== 'uefi') {
    throw invalidParameter(`Invalid bootMode value '${bootMode ?? ''}' for tpmSupport`);
  }
}

const uefiDataLengthMax = 64_000;

function checkUefiData(data: string | undefined, bootMode: string | undefined): string | undefined {
  if (data === undefined) return undefined;
  if (bootMode === undefined || bootMode === 'legacy-bios') {
    throw invalidParameter(`Invalid bootMode value '${bootMode ?? ''}' for uefiData`);
  }
  if (
    data.length > uefiDataLengthMax ||
    data === '' ||
    !/^[A-Za-z0-9+/]*={0,2}$/.test(data) ||
    data.length % 4
  ) {
    throw invalidParameter(
      `The value for parameter uefiData is invalid. It must be base64 of no more than ${uefiDataLengthMax} characters.`,
    );
  }
  return data;
}
