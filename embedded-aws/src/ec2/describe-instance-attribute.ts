import type {
  DescribeInstanceAttributeCommandInput,
  DescribeInstanceAttributeCommandOutput,
} from '@aws-sdk/client-ec2';
import { invalidParameter, missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { instanceAttributes } from './instance-attributes.ts';
import { groupsOf, instanceShape } from './instance-shape.ts';
import { ownInstances } from './instances.ts';
import type { InstanceRecord } from './records.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';

type Answer = Omit<DescribeInstanceAttributeCommandOutput, '$metadata'>;

export const describeInstanceAttribute: Operation<
  DescribeInstanceAttributeCommandInput,
  DescribeInstanceAttributeCommandOutput
> = {
  kind: 'read',
  accepts: ['Attribute', 'DryRun', 'InstanceId'],
  run(input, call) {
    const { InstanceId } = input;
    if (InstanceId === undefined) throw missingParameter('instanceId');
    const attribute = checkOneOf('attribute', input.Attribute, instanceAttributes);
    // The API model has this attribute, but EC2 does not describe it (aws/aws-cli#4273).
    if (attribute === 'enaSupport') {
      throw invalidParameter('Value (enaSupport) for parameter attribute is invalid. Unknown attribute.');
    }
    if (attribute === undefined) throw missingParameter('attribute');
    const [instance] = ownInstances(call, [InstanceId]) as [InstanceRecord];
    checkDryRun(input);
    return { InstanceId, ...readers[attribute](instance, call.world) };
  },
};

const readers: Readonly<
  Record<
    Exclude<(typeof instanceAttributes)[number], 'enaSupport'>,
    (instance: InstanceRecord, world: World) => Answer
  >
> = {
  instanceType: ({ instanceType }) => ({ InstanceType: { Value: instanceType } }),
  kernel: () => ({ KernelId: {} }),
  ramdisk: () => ({ RamdiskId: {} }),
  userData: ({ userData }) => ({ UserData: userData === undefined ? {} : { Value: userData } }),
  disableApiTermination: ({ disableApiTermination = false }) => ({
    DisableApiTermination: { Value: disableApiTermination },
  }),
  instanceInitiatedShutdownBehavior: ({ shutdownBehavior }) => ({
    InstanceInitiatedShutdownBehavior: { Value: shutdownBehavior },
  }),
  rootDeviceName: ({ rootDeviceName }) => ({ RootDeviceName: { Value: rootDeviceName } }),
  blockDeviceMapping: (instance, world) => ({
    BlockDeviceMappings: instanceShape(world, instance).BlockDeviceMappings,
  }),
  productCodes: ({ productCodes }) => ({ ProductCodes: [...productCodes] }),
  sourceDestCheck: ({ sourceDestCheck = true }) => ({ SourceDestCheck: { Value: sourceDestCheck } }),
  groupSet: (instance, world) => ({ Groups: groupsOf(world, instance) }),
  ebsOptimized: ({ ebsOptimized }) => ({ EbsOptimized: { Value: ebsOptimized } }),
  sriovNetSupport: ({ withoutSriov }) => ({ SriovNetSupport: withoutSriov ? {} : { Value: 'simple' } }),
  enclaveOptions: () => ({ EnclaveOptions: { Enabled: false } }),
  disableApiStop: ({ disableApiStop = false }) => ({ DisableApiStop: { Value: disableApiStop } }),
};
