import type {
  InstanceBlockDeviceMappingSpecification,
  ModifyInstanceAttributeCommandInput,
  ModifyInstanceAttributeCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter, missingParameter, notEmulated } from '../core/errors.ts';
import type { Call, Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { instanceAttributes, livingInstance } from './instance-attributes.ts';
import { checkSpotProtection } from './launch-market.ts';
import { findSecurityGroups } from './launch-network.ts';
import { checkInstanceType, checkUserData } from './launch-refusals.ts';
import { putInstance } from './lifecycle.ts';
import { changeInterface } from './network-interfaces.ts';
import type { InstanceRecord } from './records.ts';
import { checkAttribute, checkDryRun, checkOneOf, parameterCombination } from './refusals.ts';

type Input = ModifyInstanceAttributeCommandInput;
type Attribute = (typeof instanceAttributes)[number];

/**
 * Changes one attribute per call. The request uses the attribute's own member (`DisableApiTermination`), or
 * `Attribute` with `Value`, `Groups` or `BlockDeviceMappings`.
 */
export const modifyInstanceAttribute: Operation<Input, ModifyInstanceAttributeCommandOutput> = {
  kind: 'write',
  accepts: [
    'Attribute',
    'BlockDeviceMappings.DeviceName',
    'BlockDeviceMappings.Ebs.DeleteOnTermination',
    'BlockDeviceMappings.Ebs.VolumeId',
    'DisableApiStop.Value',
    'DisableApiTermination.Value',
    'DryRun',
    'EbsOptimized.Value',
    'EnaSupport.Value',
    'Groups',
    'InstanceId',
    'InstanceInitiatedShutdownBehavior.Value',
    'InstanceType.Value',
    'SourceDestCheck.Value',
    'SriovNetSupport.Value',
    'UserData.Value',
    'Value',
  ],
  run(input, call) {
    const { InstanceId } = input;
    if (InstanceId === undefined) throw missingParameter('instanceId');
    const { attribute, value } = asked(input);
    const instance = livingInstance(call, InstanceId);
    const isStopped = instance.state === 'stopped';
    if (!isStopped && requiresStopped.has(attribute)) {
      throw new AwsError(
        'IncorrectInstanceState',
        `The instance '${InstanceId}' is not in the 'stopped' state.`,
      );
    }
    if (attribute === 'disableApiTermination') checkSpotProtection(instance);
    const changed = change(attribute, value, instance, input, call);
    checkDryRun(input);
    if (attribute === 'blockDeviceMapping') updateVolumeAttachments(changed, call);
    const { securityGroupIds, sourceDestCheck = true } = changed;
    changeInterface(call.world, instance, call.now, { securityGroupIds, sourceDestCheck });
    putInstance(call.world, changed, call.now);
    return {};
  },
};

const requiresStopped: ReadonlySet<Attribute> = new Set([
  'instanceType',
  'userData',
  'ebsOptimized',
  'enaSupport',
  'sriovNetSupport',
]);

/** The requested attribute and its new value as a text. */
function asked(input: Input): { attribute: Attribute; value: string | undefined } {
  const userData = input.UserData?.Value;
  const given: [Attribute, unknown, string | undefined][] = [
    ['disableApiStop', input.DisableApiStop, text(input.DisableApiStop?.Value)],
    ['disableApiTermination', input.DisableApiTermination, text(input.DisableApiTermination?.Value)],
    ['ebsOptimized', input.EbsOptimized, text(input.EbsOptimized?.Value)],
    ['enaSupport', input.EnaSupport, text(input.EnaSupport?.Value)],
    ['sriovNetSupport', input.SriovNetSupport, input.SriovNetSupport?.Value],
    ['sourceDestCheck', input.SourceDestCheck, text(input.SourceDestCheck?.Value)],
    [
      'instanceInitiatedShutdownBehavior',
      input.InstanceInitiatedShutdownBehavior,
      input.InstanceInitiatedShutdownBehavior?.Value,
    ],
    ['instanceType', input.InstanceType, input.InstanceType?.Value],
    ['userData', input.UserData, userData && Buffer.from(userData).toString('base64')],
    ['groupSet', input.Groups, undefined],
    ['blockDeviceMapping', input.BlockDeviceMappings, undefined],
  ];
  const found = given.filter(([, member]) => member !== undefined);
  const named = checkAttribute(input.Attribute, instanceAttributes, { hasField: found.length > 0 });
  if (named !== undefined && input.Value !== undefined) {
    found.push([named, input.Value, input.Value]);
  }
  const [first, ...others] = found;
  if (first === undefined) {
    if (named === undefined) throw parameterCombination('No attributes specified.');
    throw missingParameter('value');
  }
  if (others.length > 0) {
    const names = [...new Set(found.map(([name]) => name))].join(', ');
    throw parameterCombination(`Fields for multiple attribute types specified: ${names}`);
  }
  const [attribute, , value] = first;
  if (named !== undefined && named !== attribute) {
    throw parameterCombination(`The attribute ${named} was named, and ${attribute} specified.`);
  }
  return { attribute, value };
}

const text = (value: boolean | undefined) => (value === undefined ? undefined : String(value));

function change(
  attribute: Attribute,
  value: string | undefined,
  instance: InstanceRecord,
  input: Input,
  call: Call,
): InstanceRecord {
  switch (attribute) {
    case 'disableApiStop':
    case 'disableApiTermination':
    case 'ebsOptimized':
    case 'sourceDestCheck':
      return { ...instance, [attribute]: flag(attribute, value) };
    case 'instanceInitiatedShutdownBehavior': {
      const shutdownBehavior = checkOneOf(attribute, value, ['stop', 'terminate']);
      if (shutdownBehavior === undefined) throw missingParameter('value');
      return { ...instance, shutdownBehavior };
    }
    case 'instanceType': {
      if (value === undefined) throw missingParameter('value');
      checkInstanceType({ InstanceType: value as never }, { ...instance, rootDeviceType: 'ebs' }, instance);
      // The number of cores depends on the type, so a new type discards the CPU options (EC2 user guide, CPU
      // options).
      const { cpuOptions: _cpuOptions, ...rest } = instance;
      return { ...rest, instanceType: value };
    }
    case 'userData': {
      const { userData: _before, ...rest } = instance;
      checkUserData(value);
      return value === undefined || value === '' ? rest : { ...rest, userData: value };
    }
    case 'enaSupport': {
      const { withoutEna: _before, ...rest } = instance;
      return flag(attribute, value) ? rest : { ...rest, withoutEna: true };
    }
    case 'sriovNetSupport': {
      // SR-IOV cannot be disabled (SDK, ModifyInstanceAttributeRequest).
      if (checkOneOf(attribute, value, ['simple']) === undefined) throw missingParameter('value');
      const { withoutSriov: _before, ...rest } = instance;
      return rest;
    }
    case 'groupSet':
      return { ...instance, securityGroupIds: groups(input.Groups ?? [], instance, call) };
    case 'blockDeviceMapping':
      return { ...instance, blockDevices: devices(input.BlockDeviceMappings ?? [], instance) };
    case 'rootDeviceName':
    case 'productCodes':
      throw invalidParameter(`The attribute '${attribute}' cannot be modified.`);
    default:
      throw notEmulated(`ec2:ModifyInstanceAttribute with the attribute ${attribute}`);
  }
}

function flag(attribute: Attribute, value: string | undefined): boolean {
  if (value === undefined) throw missingParameter('value');
  if (value !== 'true' && value !== 'false') {
    throw invalidParameter(
      `Value (${value}) for parameter ${attribute} is invalid. Expecting true or false.`,
    );
  }
  return value === 'true';
}

function groups(ids: readonly string[], instance: InstanceRecord, call: Call): string[] {
  const subnet = call.world.subnets.get(instance.subnetId);
  if (ids.length === 0 || subnet === undefined) throw missingParameter('groupId');
  return findSecurityGroups(undefined, { subnet, securityGroupIds: ids }, true, call);
}

function devices(
  asked: readonly InstanceBlockDeviceMappingSpecification[],
  { id, blockDevices }: InstanceRecord,
): InstanceRecord['blockDevices'] {
  if (asked.length === 0) throw missingParameter('blockDeviceMapping');
  const changes = new Map<string, boolean | undefined>();
  for (const { DeviceName, Ebs } of asked) {
    if (DeviceName === undefined) throw missingParameter('deviceName');
    const known = blockDevices.find(({ device }) => device === DeviceName);
    if (known === undefined || (Ebs?.VolumeId !== undefined && Ebs.VolumeId !== known.volumeId)) {
      throw new AwsError(
        'InvalidInstanceAttributeValue',
        `No device is currently mapped at ${DeviceName} on the instance '${id}'`,
      );
    }
    changes.set(DeviceName, Ebs?.DeleteOnTermination);
  }
  return blockDevices.map((each) => ({
    ...each,
    deleteOnTermination: changes.get(each.device) ?? each.deleteOnTermination,
  }));
}

/** Copies the attachment settings of the instance to its volumes. */
function updateVolumeAttachments({ blockDevices }: InstanceRecord, { world, now }: Call): void {
  for (const { volumeId, deleteOnTermination } of blockDevices) {
    const volume = world.volumes.get(volumeId);
    if (volume?.attachment === undefined) continue;
    const attachment = { ...volume.attachment, deleteOnTermination };
    world.volumes.put({ ...volume, attachment }, now, lagMs(world, volumeId));
  }
}
