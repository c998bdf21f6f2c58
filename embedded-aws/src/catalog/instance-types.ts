/**
 * A selection of EC2's instance types with their real sizes. Here, every region offers every type; on AWS,
 * the newest regions do not. Every zone offers every type, except the zones in `missingZones`. m1.small is
 * from the first generation: EC2 launches it when a request names no type.
 */
export interface InstanceTypeFacts {
  readonly name: string;
  readonly architectures: readonly ('x86_64' | 'arm64' | 'i386')[];
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly burstable: boolean;
  readonly processor: 'Intel' | 'AMD' | 'AWS';
  readonly bootModes: readonly ('legacy-bios' | 'uefi')[];
  readonly hypervisor: 'nitro' | 'xen';
  /** The only regions that offer a type of an earlier generation; absent: all regions. */
  readonly formerRegions?: readonly string[];
}

/** The type of an instance whose launch names no type (EC2 API reference, RunInstances). */
export const defaultInstanceType = 'm1.small';

/**
 * EC2 user guide, Previous generation instances. Its regions are the regions that EC2 had when the next
 * generation started.
 */
const m1Small: InstanceTypeFacts = {
  name: defaultInstanceType,
  architectures: ['i386', 'x86_64'],
  vcpus: 1,
  memoryMiB: 1740,
  burstable: false,
  processor: 'Intel',
  bootModes: ['legacy-bios'],
  hypervisor: 'xen',
  formerRegions: [
    'ap-northeast-1',
    'ap-southeast-1',
    'ap-southeast-2',
    'eu-west-1',
    'sa-east-1',
    'us-east-1',
    'us-west-1',
    'us-west-2',
  ],
};

/**
 * Cores and threads per core. Graviton types, seventh-generation AMD types and the smallest T2 types have one
 * thread per core (EC2 user guide, CPU options for instance types).
 */
export function coresOf({ name, processor, vcpus }: InstanceTypeFacts): {
  coreCount: number;
  threadsPerCore: number;
} {
  const hasOneThread = processor === 'AWS' || name.startsWith('t2.') || /^[a-z]7a\./.test(name);
  return hasOneThread || vcpus === 1
    ? { coreCount: vcpus, threadsPerCore: 1 }
    : { coreCount: vcpus / 2, threadsPerCore: 2 };
}

function family(
  name: string,
  kind: 'x86_64' | 'arm64',
  sizes: Readonly<Record<string, readonly [vcpus: number, memoryGiB: number]>>,
): InstanceTypeFacts[] {
  return Object.entries(sizes).map(([size, [vcpus, memoryGiB]]) => ({
    name: `${name}.${size}`,
    architectures: name === 't2' ? ['i386', kind] : [kind],
    vcpus,
    memoryMiB: memoryGiB * 1024,
    burstable: name.startsWith('t'),
    processor: kind === 'arm64' ? 'AWS' : name.endsWith('a') ? 'AMD' : 'Intel',
    bootModes: kind === 'arm64' ? ['uefi'] : name === 't2' ? ['legacy-bios'] : ['legacy-bios', 'uefi'],
    hypervisor: name === 't2' ? 'xen' : 'nitro',
  }));
}

const large = { '8xlarge': 32, '12xlarge': 48, '16xlarge': 64 } as const;

/** Sizes from large to 16xlarge with this ratio of GiB to vCPUs. */
function sizes(gibPerVcpu: 2 | 4 | 8): Readonly<Record<string, readonly [number, number]>> {
  const vcpus = { large: 2, xlarge: 4, '2xlarge': 8, '4xlarge': 16, ...large };
  return Object.fromEntries(
    Object.entries(vcpus).map(([size, count]) => [size, [count, count * gibPerVcpu]]),
  );
}

const general = sizes(4);
const compute = sizes(2);
const memory = sizes(8);
const { '8xlarge': _none, '16xlarge': _neither, ...c5 } = compute;
const burstable = {
  nano: [2, 0.5],
  micro: [2, 1],
  small: [2, 2],
  medium: [2, 4],
  large: [2, 8],
  xlarge: [4, 16],
  '2xlarge': [8, 32],
} as const;

export const instanceTypes: readonly InstanceTypeFacts[] = [
  ...['m5', 'm6i', 'm6a', 'm7i', 'm7a', 'm8i'].flatMap((name) => family(name, 'x86_64', general)),
  ...family('c5', 'x86_64', { ...c5, '9xlarge': [36, 72], '18xlarge': [72, 144] }),
  ...['c6i', 'c6a', 'c7i', 'c7a'].flatMap((name) => family(name, 'x86_64', compute)),
  ...['r5', 'r6i', 'r6a', 'r7i', 'r7a'].flatMap((name) => family(name, 'x86_64', memory)),
  ...['t3', 't3a'].flatMap((name) => family(name, 'x86_64', burstable)),
  ...family('t2', 'x86_64', { ...burstable, nano: [1, 0.5], micro: [1, 1], small: [1, 2] }),
  ...['m6g', 'm7g', 'm8g'].flatMap((name) => family(name, 'arm64', { medium: [1, 4], ...general })),
  ...['c6g', 'c7g', 'c8g'].flatMap((name) => family(name, 'arm64', { medium: [1, 2], ...compute })),
  ...['r6g', 'r7g', 'r8g'].flatMap((name) => family(name, 'arm64', { medium: [1, 8], ...memory })),
  ...family('t4g', 'arm64', burstable),
  m1Small,
];

const byName = new Map(instanceTypes.map((type) => [type.name, type]));

export function instanceType(name: string): InstanceTypeFacts | undefined {
  return byName.get(name);
}

/**
 * Zones that do not offer some families. us-east-1e is the old zone that has t2, but not t3, m5 or any newer
 * family. The other entries are assumed, so that the zones of a region differ.
 */
const missingZones: Readonly<Record<string, RegExp>> = {
  'us-east-1e': /^(?!t2\.)/,
  'us-west-2d': /^(m7g|c7g|c7i)\./,
  'ca-central-1d': /^(t3|m5)\./,
  'sa-east-1b': /^(m7i|r7i|c7i|m7g)\./,
  'eu-west-3a': /^c7g\./,
  'ap-south-1c': /^(r7i|c7g)\./,
};

export function isOffered(type: string, zone: string): boolean {
  const isInRegion = byName.get(type)?.formerRegions?.includes(zone.slice(0, -1)) ?? byName.has(type);
  return isInRegion && !missingZones[zone]?.test(type);
}
