import type { RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { coresOf, type InstanceTypeFacts } from '../catalog/instance-types.ts';
import { AwsError, invalidParameter, missingParameter, notEmulated } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import type { ImageRecord, InstanceRecord } from './records.ts';
import { checkOneOf, parameterCombination } from './refusals.ts';

/** The remaining options of a launch, in the form that the instance keeps. */
export function checkOptions(
  input: RunInstancesCommandInput,
  type: InstanceTypeFacts,
): Pick<
  InstanceRecord,
  'autoRecovery' | 'cpuCredits' | 'cpuOptions' | 'disableApiStop' | 'disableApiTermination' | 'monitoring'
> {
  checkOneOf('tenancy', input.Placement?.Tenancy, ['default', 'dedicated', 'host']);
  if ((input.Placement?.Tenancy ?? 'default') !== 'default') {
    throw notEmulated(`ec2:RunInstances with the tenancy ${input.Placement?.Tenancy}`);
  }
  if (input.Placement?.GroupName) {
    throw new AwsError(
      'InvalidPlacementGroup.Unknown',
      `The Placement Group '${input.Placement.GroupName}' is unknown.`,
    );
  }
  if (input.HibernationOptions?.Configured) throw notEmulated('ec2:RunInstances with hibernation');
  if (input.EnclaveOptions?.Enabled) throw notEmulated('ec2:RunInstances with enclaves');
  const cpuOptions = checkCpuOptions(input.CpuOptions, type);
  const cpuCredits = checkCredits(input.CreditSpecification?.CpuCredits, type);
  const autoRecovery = checkOneOf('autoRecovery', input.MaintenanceOptions?.AutoRecovery, [
    'default',
    'disabled',
  ]);
  return {
    ...(cpuOptions && { cpuOptions }),
    ...(cpuCredits && { cpuCredits }),
    ...(autoRecovery && { autoRecovery }),
    ...(input.DisableApiStop && { disableApiStop: true }),
    ...(input.DisableApiTermination && { disableApiTermination: true }),
    ...(input.Monitoring?.Enabled && { monitoring: true }),
  };
}

function checkCpuOptions(
  asked: RunInstancesCommandInput['CpuOptions'],
  type: InstanceTypeFacts,
): InstanceRecord['cpuOptions'] {
  if (asked === undefined) return undefined;
  const { CoreCount: coreCount, ThreadsPerCore: threadsPerCore } = asked;
  if (coreCount === undefined && threadsPerCore === undefined) return undefined;
  if (coreCount === undefined) throw missingParameter('CpuOptions.CoreCount');
  if (threadsPerCore === undefined) throw missingParameter('CpuOptions.ThreadsPerCore');
  const own = coresOf(type);
  if (type.hypervisor === 'xen') {
    throw new AwsError(
      'UnsupportedOperation',
      `CPU options are not supported for the instance type ${type.name}`,
    );
  }
  if (!Number.isInteger(coreCount) || coreCount < 1 || coreCount > own.coreCount) {
    throw invalidParameter(
      `Value (${coreCount}) for parameter coreCount is invalid. The instance type ${type.name} has 1 to ${own.coreCount} cores.`,
    );
  }
  if (threadsPerCore !== 1 && threadsPerCore !== own.threadsPerCore) {
    throw invalidParameter(
      `Value (${threadsPerCore}) for parameter threadsPerCore is invalid for the instance type ${type.name}.`,
    );
  }
  return { coreCount, threadsPerCore };
}

/**
 * T2 instances start with standard credits. T3 and later start with unlimited credits (EC2 user guide,
 * Burstable performance instances).
 */
function checkCredits(asked: string | undefined, type: InstanceTypeFacts): InstanceRecord['cpuCredits'] {
  const credits = checkOneOf('CpuCredits', asked, ['standard', 'unlimited']);
  if (!type.burstable) {
    if (credits === undefined) return undefined;
    throw parameterCombination(
      `The instance type ${type.name} does not support CreditSpecification. Only burstable performance instances do.`,
    );
  }
  return credits ?? (type.name.startsWith('t2.') ? 'standard' : 'unlimited');
}

/** Refuses a missing key pair, and a type of key that Windows does not support. */
export function checkKeyName(
  keyName: string | undefined,
  image: ImageRecord,
  { world, account, region, now }: Call,
): string | undefined {
  if (keyName === undefined) return undefined;
  const pair = world.keyPairs
    .allSeen(now)
    .find((each) => each.account === account && each.region === region && each.name === keyName);
  if (pair === undefined) {
    throw new AwsError('InvalidKeyPair.NotFound', `The key pair '${keyName}' does not exist`);
  }
  if (pair.keyType === 'ed25519' && image.platform === 'windows') {
    throw invalidParameter('ED25519 key pairs are not supported with Windows AMIs.');
  }
  return keyName;
}
