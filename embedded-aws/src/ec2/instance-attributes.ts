import { AwsError } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import { ownInstances } from './instances.ts';
import type { InstanceRecord } from './records.ts';

/** The attribute names of DescribeInstanceAttribute and ModifyInstanceAttribute. */
export const instanceAttributes = [
  'instanceType',
  'kernel',
  'ramdisk',
  'userData',
  'disableApiTermination',
  'instanceInitiatedShutdownBehavior',
  'rootDeviceName',
  'blockDeviceMapping',
  'productCodes',
  'sourceDestCheck',
  'groupSet',
  'ebsOptimized',
  'sriovNetSupport',
  'enaSupport',
  'enclaveOptions',
  'disableApiStop',
] as const;

/** The instance that a request names. Attributes of a terminated instance cannot be read or changed. */
export function livingInstance(call: Call, id: string): InstanceRecord {
  const [instance] = ownInstances(call, [id]) as [InstanceRecord];
  if (instance.state === 'terminated' || instance.state === 'shutting-down') {
    throw new AwsError(
      'IncorrectInstanceState',
      `The instance '${id}' is not in a valid state for this operation: ${instance.state}`,
    );
  }
  return instance;
}
