/**
 * A choice of EC2's instance types with their true sizes. All are offered in every region (AWS's newest regions lack some), and
 * in every zone but those of `missingZones`.
 */
export interface InstanceTypeFacts {
  readonly name: string;
  readonly architectures: readonly ('x86_64' | 'arm64' | 'i386')[];
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly burstable: boolean;
  readonly processor: 'Intel' | 'AWS';
  readonly bootModes: readonly ('legacy-bios' | 'uefi')[];
}

function family(
  name: string,
  kind: 'x86_64' | 'arm64',
  sizes: Readonly<Record<string, readonly [vcpus: number, memoryGiB: number]>>,
): InstanceTypeFacts[] {
  return Object.entries(sizes).map(([size, [vcpus, memoryGiB]]) => ({
    name: `${name}.${size}`,
    architectures: [kind],
    vcpus,
    memoryMiB: memoryGiB * 1024,
    burstable: name.startsWith('t'),
    processor: kind === 'arm64' ? 'AWS' : 'Intel',
    bootModes: kind === 'arm64' ? ['uefi'] : ['legacy-bios', 'uefi'],
  }));
}

export const instanceTypes: readonly InstanceTypeFacts[] = [
  ...family('m7i', 'x86_64', { large: [2, 8], xlarge: [4, 16], '2xlarge': [8, 32] }),
  ...family('m6i', 'x86_64', { large: [2, 8], xlarge: [4, 16] }),
  ...family('m5', 'x86_64', { large: [2, 8], xlarge: [4, 16] }),
  ...family('t3', 'x86_64', { micro: [2, 1], small: [2, 2], medium: [2, 4], large: [2, 8], xlarge: [4, 16] }),
  ...family('c7i', 'x86_64', { large: [2, 4], xlarge: [4, 8] }),
  ...family('r7i', 'x86_64', { large: [2, 16], xlarge: [4, 32] }),
  ...family('m7g', 'arm64', { medium: [1, 4], large: [2, 8], xlarge: [4, 16] }),
  ...family('m6g', 'arm64', { medium: [1, 4], large: [2, 8], xlarge: [4, 16] }),
  ...family('t4g', 'arm64', { micro: [2, 1], small: [2, 2], medium: [2, 4], large: [2, 8], xlarge: [4, 16] }),
  ...family('c7g', 'arm64', { medium: [1, 2], large: [2, 4], xlarge: [4, 8] }),
];

const byName = new Map(instanceTypes.map((type) => [type.name, type]));

export function instanceType(name: string): InstanceTypeFacts | undefined {
  return byName.get(name);
}

/**
 * Zones that lack families, by zone. us-east-1e is the old zone that has neither t3 nor m5 nor anything newer; the others are
 * assumed, so that not every zone of a region is as good as the next.
 */
const missingZones: Readonly<Record<string, RegExp>> = {
  'us-east-1e': /./,
  'us-west-2d': /^(m7g|c7g|c7i)\./,
  'ca-central-1d': /^(t3|m5)\./,
  'sa-east-1b': /^(m7i|r7i|c7i|m7g)\./,
  'eu-west-3a': /^c7g\./,
  'ap-south-1c': /^(r7i|c7g)\./,
};

export function isOffered(type: string, zone: string): boolean {
  return byName.has(type) && !missingZones[zone]?.test(type);
}
