import type {
  DescribeInstanceTypesCommandInput,
  DescribeInstanceTypesCommandOutput,
  InstanceTypeInfo,
} from '@aws-sdk/client-ec2';
import { type InstanceTypeFacts, instanceType, instanceTypes } from '../catalog/instance-types.ts';
import { AwsError } from '../errors.ts';
import type { Operation } from '../operation.ts';
import { type FilterNames, matcher } from './filters.ts';
import { page } from './paging.ts';
import { checkDryRun } from './refusals.ts';

export const describeInstanceTypes: Operation<
  DescribeInstanceTypesCommandInput,
  DescribeInstanceTypesCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'InstanceTypes', 'MaxResults', 'NextToken'],
  run(input) {
    const names = input.InstanceTypes ?? [];
    const unknown = names.filter((name) => instanceType(name) === undefined);
    if (unknown.length > 0) {
      throw new AwsError(
        'InvalidInstanceType',
        `The following supplied instance types do not exist: [${unknown.join(', ')}]`,
      );
    }
    const matches = matcher(input.Filters, filters, () => ({}));
    checkDryRun(input);
    const named = new Set<string>(names);
    const found = instanceTypes.filter(({ name }) => named.size === 0 || named.has(name)).filter(matches);
    // Without MaxResults a page has 100 types, which is more than are emulated.
    const { items, NextToken } = page(found, input, {
      min: 5,
      max: 100,
      ids: names,
      idsName: 'instanceTypes',
    });
    return { InstanceTypes: items.map(shape), NextToken };
  },
};

function shape(type: InstanceTypeFacts): InstanceTypeInfo {
  return {
    InstanceType: type.name as InstanceTypeInfo['InstanceType'],
    CurrentGeneration: true,
    FreeTierEligible: type.name === 't3.micro',
    SupportedUsageClasses: ['on-demand', 'spot'],
    SupportedRootDeviceTypes: ['ebs'],
    SupportedVirtualizationTypes: ['hvm'],
    BareMetal: false,
    Hypervisor: 'nitro',
    ProcessorInfo: {
      SupportedArchitectures: [...type.architectures],
      Manufacturer: type.processor,
    },
    VCpuInfo: { DefaultVCpus: type.vcpus },
    MemoryInfo: { SizeInMiB: type.memoryMiB },
    InstanceStorageSupported: false,
    EbsInfo: { EbsOptimizedSupport: 'default', EncryptionSupport: 'supported', NvmeSupport: 'required' },
    NetworkInfo: { EnaSupport: 'required', Ipv6Supported: true },
    BurstablePerformanceSupported: type.burstable,
    SupportedBootModes: [...type.bootModes],
  };
}

const filters: FilterNames<InstanceTypeFacts> = {
  'bare-metal': () => false,
  'burstable-performance-supported': ({ burstable }) => burstable,
  'current-generation': () => true,
  hypervisor: () => 'nitro',
  'instance-type': ({ name }) => name,
  'memory-info.size-in-mib': ({ memoryMiB }) => memoryMiB,
  'processor-info.supported-architecture': ({ architectures }) => architectures,
  'supported-boot-mode': ({ bootModes }) => bootModes,
  'supported-root-device-type': () => 'ebs',
  'supported-virtualization-type': () => 'hvm',
  'vcpu-info.default-vcpus': ({ vcpus }) => vcpus,
};
