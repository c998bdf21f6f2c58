import type {
  DescribeInstanceTypesCommandInput,
  DescribeInstanceTypesCommandOutput,
  InstanceTypeInfo,
} from '@aws-sdk/client-ec2';
import { coresOf, type InstanceTypeFacts, instanceTypes } from '../catalog/instance-types.ts';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { type FilterNames, matcher } from './filters.ts';
import { checkPaging, page } from './paging.ts';
import { checkDryRun } from './refusals.ts';

const typesPerPage = 100;

export const describeInstanceTypes: Operation<
  DescribeInstanceTypesCommandInput,
  DescribeInstanceTypesCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'InstanceTypes', 'MaxResults', 'NextToken'],
  run(input, { region }) {
    const names = input.InstanceTypes ?? [];
    checkPaging(input, { min: 5, max: 100, ids: names, idsName: 'instanceTypes' });
    const offered = instanceTypes.filter(
      ({ formerRegions }) => formerRegions === undefined || formerRegions.includes(region),
    );
    const unknown = names.filter((name) => offered.every((type) => type.name !== name));
    if (unknown.length > 0) {
      throw new AwsError(
        'InvalidInstanceType',
        `The following supplied instance types do not exist: [${unknown.join(', ')}]`,
      );
    }
    const matches = matcher(input.Filters, filters, () => ({}));
    checkDryRun(input);
    const named = new Set<string>(names);
    const found = offered.filter(({ name }) => named.size === 0 || named.has(name)).filter(matches);
    // Without MaxResults, a page has 100 types, unless the request names types (EC2 API reference,
    // DescribeInstanceTypes).
    const sized = names.length === 0 ? { ...input, MaxResults: input.MaxResults ?? typesPerPage } : input;
    const { items, NextToken } = page(found, sized);
    return { InstanceTypes: items.map(shape), NextToken };
  },
};

/** The free tier of accounts that were opened before July 2025. */
const isFreeTier = ({ name }: InstanceTypeFacts) => name === 't2.micro' || name === 't3.micro';

function shape(type: InstanceTypeFacts): InstanceTypeInfo {
  const { coreCount, threadsPerCore } = coresOf(type);
  const isNitro = type.hypervisor === 'nitro';
  return {
    InstanceType: type.name as InstanceTypeInfo['InstanceType'],
    CurrentGeneration: type.formerRegions === undefined,
    FreeTierEligible: isFreeTier(type),
    SupportedUsageClasses: ['on-demand', 'spot'],
    SupportedRootDeviceTypes: ['ebs'],
    SupportedVirtualizationTypes: ['hvm'],
    BareMetal: false,
    Hypervisor: type.hypervisor,
    ProcessorInfo: {
      SupportedArchitectures: [...type.architectures],
      Manufacturer: type.processor,
    },
    VCpuInfo: { DefaultVCpus: type.vcpus, DefaultCores: coreCount, DefaultThreadsPerCore: threadsPerCore },
    MemoryInfo: { SizeInMiB: type.memoryMiB },
    InstanceStorageSupported: false,
    EbsInfo: {
      EbsOptimizedSupport: isNitro ? 'default' : 'unsupported',
      EncryptionSupport: 'supported',
      NvmeSupport: isNitro ? 'required' : 'unsupported',
    },
    NetworkInfo: { EnaSupport: isNitro ? 'required' : 'unsupported', Ipv6Supported: true },
    BurstablePerformanceSupported: type.burstable,
    SupportedBootModes: [...type.bootModes],
  };
}

const filters: FilterNames<InstanceTypeFacts> = {
  'bare-metal': () => false,
  'burstable-performance-supported': ({ burstable }) => burstable,
  'current-generation': ({ formerRegions }) => formerRegions === undefined,
  hypervisor: ({ hypervisor }) => hypervisor,
  'free-tier-eligible': isFreeTier,
  'instance-storage-supported': () => false,
  'processor-info.manufacturer': ({ processor }) => processor,
  'supported-usage-class': () => ['on-demand', 'spot'],
  'vcpu-info.default-cores': (type) => coresOf(type).coreCount,
  'instance-type': ({ name }) => name,
  'memory-info.size-in-mib': ({ memoryMiB }) => memoryMiB,
  'processor-info.supported-architecture': ({ architectures }) => architectures,
  'supported-boot-mode': ({ bootModes }) => bootModes,
  'supported-root-device-type': () => 'ebs',
  'supported-virtualization-type': () => 'hvm',
  'vcpu-info.default-vcpus': ({ vcpus }) => vcpus,
};
