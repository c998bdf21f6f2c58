import type { Disk } from './disk.ts';

/**
 * The content of the operating systems in the catalog: packages, services, and the files that matter for images.
 * Names are the distributions' own. Versions have the distributions' form; only their order matters. repositories.ts
 * adds later releases.
 */
export type OsName = 'amazon-linux-2023' | 'ubuntu-24.04' | 'debian-12' | 'windows-2022';

/**
 * Classifications of AWS's patch baselines. The baselines of Ubuntu and Debian sort by section and know only the
 * class Security.
 */
export type Classification =
  | 'Security'
  | 'Bugfix'
  | 'Enhancement'
  | 'CriticalUpdates'
  | 'SecurityUpdates'
  | 'UpdateRollups'
  | 'DefinitionUpdates';

export interface RepositoryPackage {
  readonly name: string;
  readonly classification: Classification;
  /** Whether the new version takes effect only after a reboot. */
  readonly reboot: boolean;
  /**
   * Newest first: the repository's version, then the version in the newest image (generation 0), then in the image
   * that is a month older (generation 1), and so on. The last version applies to all older images. `null`: not on
   * that image.
   */
  readonly versions: readonly [string, ...(string | null)[]];
  /** Whether a disk without the package needs it: an update of Windows, not a package. */
  readonly update: boolean;
}

export interface System {
  readonly platform: 'linux' | 'windows';
  /** As SSM reports it (PlatformName, PlatformVersion). */
  readonly platformName: string;
  readonly platformVersion: string;
  /** The home directory of the default user. Logins leave authorised keys and a history there. */
  readonly home: string;
  readonly packages: readonly RepositoryPackage[];
  /** The package that installs the kernel. Absent: the kernel is no package. */
  readonly kernel?: string;
  /** Files on every published image. */
  readonly files: readonly string[];
  /** Files that a boot creates if they are missing: the machine's identity, cloud-init's state, logs. */
  readonly bootFiles: readonly string[];
  readonly services: readonly string[];
}

/** The agent that AWS's signed package installs if the distribution has none. */
export const agentPackage = 'amazon-ssm-agent';
export const agentVersion = '3.3.3050.0';

/** Files that the agent writes when it registers and works. */
export const agentFiles: Readonly<Record<System['platform'], readonly string[]>> = {
  linux: [
    '/var/lib/amazon/ssm/Vault/Store/EC2RegistrationKey',
    '/var/lib/amazon/ssm/ipc/health',
    '/var/log/amazon/ssm/amazon-ssm-agent.log',
  ],
  windows: [
    'C:\\ProgramData\\Amazon\\SSM\\Vault\\Store\\EC2RegistrationKey',
    'C:\\ProgramData\\Amazon\\SSM\\Logs\\amazon-ssm-agent.log',
  ],
};

/** Whether a file identifies a machine. Such a file is written once, if it is missing; others are written again. */
export const isIdentity = (file: string): boolean =>
  /\/(ssh_host_[^/]*|machine-id|instance-id)$|[\\/]Vault[\\/]|\\\.run-once$/.test(file);

/** Files that package installation leaves behind. */
export const packageFiles: Readonly<Record<OsName, readonly string[]>> = {
  'amazon-linux-2023': [
    '/var/cache/dnf/amazonlinux-repodata.solv',
    '/var/log/dnf.log',
    '/var/log/dnf.rpm.log',
  ],
  'ubuntu-24.04': [
    '/var/cache/apt/pkgcache.bin',
    '/var/lib/apt/lists/noble-updates_InRelease',
    '/var/log/apt/history.log',
    '/var/log/dpkg.log',
  ],
  'debian-12': [
    '/var/cache/apt/pkgcache.bin',
    '/var/lib/apt/lists/bookworm-updates_InRelease',
    '/var/log/apt/history.log',
    '/var/log/dpkg.log',
  ],
  'windows-2022': ['C:\\Windows\\SoftwareDistribution\\Download\\update.cab'],
};

type Versions = RepositoryPackage['versions'];

const row = (
  name: string,
  classification: Classification,
  versions: Versions,
  { reboot = false, update = false }: { reboot?: boolean; update?: boolean } = {},
): RepositoryPackage => ({ name, classification, versions, reboot, update });

/** A package that is in the repository, but on no image. */
const offered = (name: string, version: string): RepositoryPackage =>
  row(name, 'Enhancement', [version, null]);

const afterReboot = { reboot: true };
const update = { update: true };
const updateAndReboot = { update: true, reboot: true };

const hostKeys = (...kinds: string[]) =>
  kinds.flatMap((kind) => [`/etc/ssh/ssh_host_${kind}_key`, `/etc/ssh/ssh_host_${kind}_key.pub`]);

const cloudInitFiles = [
  '/var/lib/cloud/data/instance-id',
  '/var/lib/cloud/instance/boot-finished',
  '/var/log/cloud-init.log',
  '/var/log/cloud-init-output.log',
];

const linuxFiles = [
  '/etc/cloud/cloud.cfg',
  '/etc/fstab',
  '/etc/os-release',
  '/etc/ssh/sshd_config',
  '/etc/sudoers',
];

export const systems: Readonly<Record<OsName, System>> = {
  'amazon-linux-2023': {
    platform: 'linux',
    platformName: 'Amazon Linux',
    platformVersion: '2023',
    home: '/home/ec2-user',
    kernel: 'kernel',
    packages: [
      row(
        'kernel',
        'Security',
        [
          '6.1.158-180.294.amzn2023',
          '6.1.156-177.286.amzn2023',
          '6.1.153-175.280.amzn2023',
          '6.1.150-174.273.amzn2023',
          '6.1.147-172.266.amzn2023',
        ],
        afterReboot,
      ),
      row(
        'glibc',
        'Security',
        ['2.34-231.amzn2023.0.2', '2.34-231.amzn2023.0.1', '2.34-196.amzn2023.0.1'],
        afterReboot,
      ),
      row('systemd', 'Bugfix', ['252.23-7.amzn2023', '252.23-6.amzn2023', '252.23-3.amzn2023'], afterReboot),
      row('openssl', 'Security', [
        '1:3.2.2-1.amzn2023.0.2',
        '1:3.2.2-1.amzn2023.0.1',
        '1:3.0.8-1.amzn2023.0.22',
      ]),
      row('openssl-libs', 'Security', [
        '1:3.2.2-1.amzn2023.0.2',
        '1:3.2.2-1.amzn2023.0.1',
        '1:3.0.8-1.amzn2023.0.22',
      ]),
      row('openssh-server', 'Security', [
        '8.7p1-8.amzn2023.0.15',
        '8.7p1-8.amzn2023.0.15',
        '8.7p1-8.amzn2023.0.14',
      ]),
      row('curl-minimal', 'Security', [
        '8.11.1-4.amzn2023.0.3',
        '8.11.1-4.amzn2023.0.1',
        '8.5.0-1.amzn2023.0.5',
      ]),
      row('python3', 'Security', ['3.9.24-1.amzn2023.0.3', '3.9.24-1.amzn2023.0.1', '3.9.23-1.amzn2023.0.3']),
      row('sudo', 'Security', [
        '1.9.15-1.p5.amzn2023.0.2',
        '1.9.15-1.p5.amzn2023.0.2',
        '1.9.15-1.p5.amzn2023.0.1',
      ]),
      row('expat', 'Security', ['2.6.3-1.amzn2023.0.3', '2.6.3-1.amzn2023.0.2', '2.6.3-1.amzn2023.0.1']),
      row('sqlite-libs', 'Security', ['3.40.0-1.amzn2023.0.7', '3.40.0-1.amzn2023.0.6']),
      row('cloud-init', 'Bugfix', [
        '22.2.2-1.amzn2023.1.17',
        '22.2.2-1.amzn2023.1.17',
        '22.2.2-1.amzn2023.1.16',
      ]),
      row('dnf', 'Bugfix', ['4.14.0-1.amzn2023.0.6', '4.14.0-1.amzn2023.0.6', '4.14.0-1.amzn2023.0.5']),
      row('ec2-utils', 'Enhancement', [
        '2.2.1-1.amzn2023.0.1',
        '2.2.1-1.amzn2023.0.1',
        '2.2.0-1.amzn2023.0.2',
      ]),
      row('system-release', 'Enhancement', [
        '2023.9.20251117-1.amzn2023',
        '2023.9.20251105-1.amzn2023',
        '2023.9.20251014-0.amzn2023',
        '2023.8.20250915-0.amzn2023',
        '2023.8.20250818-0.amzn2023',
      ]),
      row(agentPackage, 'Enhancement', [
        '3.3.3050.0-1.amzn2023',
        '3.3.3050.0-1.amzn2023',
        '3.3.2299.0-1.amzn2023',
      ]),
      offered('amazon-cloudwatch-agent', '1.300059.1-1.amzn2023'),
      offered('nginx', '1:1.28.0-1.amzn2023.0.2'),
      offered('docker', '25.0.13-1.amzn2023.0.1'),
      offered('git', '2.50.1-1.amzn2023.0.1'),
      offered('jq', '1.7.1-49.amzn2023.0.2'),
    ],
    files: [...linuxFiles, '/etc/amazon-linux-release', '/etc/chrony.conf'],
    bootFiles: [
      ...hostKeys('ecdsa', 'ed25519'),
      '/etc/machine-id',
      ...cloudInitFiles,
      '/var/log/audit/audit.log',
      '/var/log/journal/system.journal',
      '/var/log/wtmp',
    ],
    services: ['amazon-ssm-agent', 'chronyd', 'cloud-init', 'sshd', 'systemd-journald'],
  },
  'ubuntu-24.04': {
    platform: 'linux',
    platformName: 'Ubuntu',
    platformVersion: '24.04',
    home: '/home/ubuntu',
    kernel: 'linux-image-aws',
    packages: [
      row(
        'linux-image-aws',
        'Security',
        [
          '6.14.0-1017.17~24.04.1',
          '6.14.0-1016.16~24.04.1',
          '6.14.0-1014.14~24.04.1',
          '6.14.0-1011.11~24.04.1',
        ],
        afterReboot,
      ),
      row('libc6', 'Security', ['2.39-0ubuntu8.6', '2.39-0ubuntu8.6', '2.39-0ubuntu8.5'], afterReboot),
      row('systemd', 'Bugfix', ['255.4-1ubuntu8.11', '255.4-1ubuntu8.10', '255.4-1ubuntu8.8'], afterReboot),
      row('openssl', 'Security', ['3.0.13-0ubuntu3.6', '3.0.13-0ubuntu3.6', '3.0.13-0ubuntu3.5']),
      row('libssl3t64', 'Security', ['3.0.13-0ubuntu3.6', '3.0.13-0ubuntu3.6', '3.0.13-0ubuntu3.5']),
      row('openssh-server', 'Security', [
        '1:9.6p1-3ubuntu13.14',
        '1:9.6p1-3ubuntu13.14',
        '1:9.6p1-3ubuntu13.12',
      ]),
      row('curl', 'Security', ['8.5.0-2ubuntu10.6', '8.5.0-2ubuntu10.6']),
      row('python3.12', 'Security', ['3.12.3-1ubuntu0.9', '3.12.3-1ubuntu0.8', '3.12.3-1ubuntu0.7']),
      row('sudo', 'Security', [
        '1.9.15p5-3ubuntu5.24.04.1',
        '1.9.15p5-3ubuntu5.24.04.1',
        '1.9.15p5-3ubuntu5',
      ]),
      row('libexpat1', 'Security', ['2.6.1-2ubuntu0.3', '2.6.1-2ubuntu0.3', '2.6.1-2ubuntu0.2']),
      row('libxml2', 'Security', [
        '2.9.14+dfsg-1.3ubuntu3.6',
        '2.9.14+dfsg-1.3ubuntu3.5',
        '2.9.14+dfsg-1.3ubuntu3.3',
      ]),
      row('apt', 'Bugfix', ['2.8.3', '2.8.3']),
      row('cloud-init', 'Bugfix', [
        '25.2-0ubuntu1~24.04.1',
        '25.2-0ubuntu1~24.04.1',
        '25.1.4-0ubuntu0~24.04.1',
      ]),
      row('snapd', 'Bugfix', ['2.72+ubuntu24.04', '2.71+ubuntu24.04', '2.70+ubuntu24.04']),
      row('tzdata', 'Enhancement', ['2025b-0ubuntu0.24.04.1', '2025b-0ubuntu0.24.04.1']),
      // On Ubuntu the agent is a snap, which snapd updates automatically.
      row(agentPackage, 'Enhancement', ['3.3.3050.0', '3.3.3050.0', '3.3.2299.0']),
      offered('amazon-cloudwatch-agent', '1.300059.1b1207-1'),
      offered('nginx', '1.24.0-2ubuntu7.5'),
      offered('docker.io', '28.2.2-0ubuntu1~24.04.1'),
      offered('git', '1:2.43.0-1ubuntu7.3'),
      offered('jq', '1.7.1-3ubuntu0.24.04.1'),
    ],
    files: [...linuxFiles, '/etc/lsb-release', '/etc/netplan/50-cloud-init.yaml'],
    bootFiles: [
      ...hostKeys('ecdsa', 'ed25519', 'rsa'),
      '/etc/machine-id',
      ...cloudInitFiles,
      '/var/log/auth.log',
      '/var/log/journal/system.journal',
      '/var/log/syslog',
      '/var/log/wtmp',
    ],
    services: ['amazon-ssm-agent', 'cloud-init', 'rsyslog', 'snapd', 'ssh', 'systemd-journald'],
  },
  'debian-12': {
    platform: 'linux',
    platformName: 'Debian GNU/Linux',
    platformVersion: '12',
    home: '/home/admin',
    kernel: 'linux-image-cloud-amd64',
    packages: [
      row(
        'linux-image-cloud-amd64',
        'Security',
        ['6.1.158-1', '6.1.153-1', '6.1.148-1', '6.1.140-1'],
        afterReboot,
      ),
      row('libc6', 'Security', ['2.36-9+deb12u13', '2.36-9+deb12u13', '2.36-9+deb12u10'], afterReboot),
      row('systemd', 'Bugfix', ['252.39-1~deb12u1', '252.39-1~deb12u1', '252.38-1~deb12u1'], afterReboot),
      row('openssl', 'Security', ['3.0.17-1~deb12u3', '3.0.17-1~deb12u2', '3.0.16-1~deb12u1']),
      row('libssl3', 'Security', ['3.0.17-1~deb12u3', '3.0.17-1~deb12u2', '3.0.16-1~deb12u1']),
      row('openssh-server', 'Security', ['1:9.2p1-2+deb12u7', '1:9.2p1-2+deb12u7', '1:9.2p1-2+deb12u6']),
      row('curl', 'Security', ['7.88.1-10+deb12u14', '7.88.1-10+deb12u14', '7.88.1-10+deb12u12']),
      row('python3.11', 'Security', ['3.11.2-6+deb12u6', '3.11.2-6+deb12u6', '3.11.2-6+deb12u5']),
      row('sudo', 'Security', ['1.9.13p3-1+deb12u2', '1.9.13p3-1+deb12u2', '1.9.13p3-1+deb12u1']),
      row('libexpat1', 'Security', ['2.5.0-1+deb12u2', '2.5.0-1+deb12u2', '2.5.0-1+deb12u1']),
      row('libxml2', 'Security', [
        '2.9.14+dfsg-1.3~deb12u4',
        '2.9.14+dfsg-1.3~deb12u3',
        '2.9.14+dfsg-1.3~deb12u2',
      ]),
      row('libgnutls30', 'Security', ['3.7.9-2+deb12u5', '3.7.9-2+deb12u5', '3.7.9-2+deb12u4']),
      row('apt', 'Bugfix', ['2.6.1', '2.6.1']),
      row('cloud-init', 'Bugfix', ['22.4.2-1+deb12u3', '22.4.2-1+deb12u3', '22.4.2-1+deb12u2']),
      row('tzdata', 'Enhancement', ['2025b-0+deb12u2', '2025b-0+deb12u2', '2025b-0+deb12u1']),
      offered('nginx', '1.22.1-9+deb12u3'),
      offered('docker.io', '20.10.24+dfsg1-1+deb12u1'),
      offered('git', '1:2.39.5-0+deb12u2'),
      offered('jq', '1.6-2.1+deb12u1'),
    ],
    files: [...linuxFiles, '/etc/debian_version'],
    bootFiles: [
      ...hostKeys('ecdsa', 'ed25519', 'rsa'),
      '/etc/machine-id',
      ...cloudInitFiles,
      '/var/log/journal/system.journal',
      '/var/log/wtmp',
    ],
    // No SSM agent: Debian publishes its images without it (Systems Manager user guide, AMIs with SSM Agent
    // preinstalled).
    services: ['chrony', 'cloud-init', 'ssh', 'systemd-journald'],
  },
  'windows-2022': {
    platform: 'windows',
    platformName: 'Microsoft Windows Server 2022 Datacenter',
    platformVersion: '10.0.20348',
    home: 'C:\\Users\\Administrator',
    packages: [
      // Cumulative updates: each has its own number, and an image keeps the updates that it was built with.
      row('KB5068787', 'SecurityUpdates', ['20348.4405', null], updateAndReboot),
      row('KB5066782', 'SecurityUpdates', ['20348.4294', '20348.4294', null], updateAndReboot),
      row('KB5065432', 'SecurityUpdates', ['20348.4171', '20348.4171', '20348.4171', null], updateAndReboot),
      row(
        'KB5063880',
        'SecurityUpdates',
        ['20348.4052', '20348.4052', '20348.4052', '20348.4052'],
        updateAndReboot,
      ),
      row('KB5066139', 'UpdateRollups', ['4.8.9323.0', null], updateAndReboot),
      row('KB5064401', 'UpdateRollups', ['4.8.9310.0', '4.8.9310.0'], updateAndReboot),
      row('KB5012170', 'CriticalUpdates', ['1.002', '1.002'], update),
      row('KB890830', 'UpdateRollups', ['5.135', '5.134', '5.133', '5.132'], update),
      row(
        'KB2267602',
        'DefinitionUpdates',
        ['1.441.420.0', '1.439.300.0', '1.437.120.0', '1.435.40.0'],
        update,
      ),
      row('KB4052623', 'DefinitionUpdates', ['4.18.25100.9008', '4.18.25090.3009', '4.18.25080.5'], update),
      row('AWS-PV-Drivers', 'Enhancement', ['8.5.0', '8.5.0', '8.4.3']),
      row('AWS-NVMe-Drivers', 'Enhancement', ['1.6.0', '1.6.0', '1.5.1']),
      row('ENA-Drivers', 'Enhancement', ['2.9.0', '2.9.0', '2.8.0']),
      row('EC2Launch', 'Enhancement', ['2.0.2246.0', '2.0.2246.0', '2.0.2197.0']),
      row('AWS-Tools-For-PowerShell', 'Enhancement', ['4.1.880.0', '4.1.880.0', '4.1.846.0']),
      row(agentPackage, 'Enhancement', [agentVersion, agentVersion, '3.3.2299.0']),
      offered('AmazonCloudWatchAgent', '1.300059.1'),
    ],
    files: [
      'C:\\ProgramData\\Amazon\\EC2Launch\\config\\agent-config.yml',
      'C:\\Windows\\System32\\drivers\\etc\\hosts',
    ],
    bootFiles: [
      'C:\\ProgramData\\Amazon\\EC2Launch\\state\\.run-once',
      'C:\\ProgramData\\Amazon\\EC2Launch\\log\\agent.log',
      'C:\\ProgramData\\Amazon\\EC2Launch\\log\\console.log',
      'C:\\Windows\\System32\\winevt\\Logs\\Application.evtx',
      'C:\\Windows\\System32\\winevt\\Logs\\Security.evtx',
      'C:\\Windows\\System32\\winevt\\Logs\\System.evtx',
    ],
    services: ['AmazonSSMAgent', 'Amazon EC2Launch', 'TermService', 'WinDefend'],
  },
};

/** The system that the `os` of a disk names. */
export function systemOf(os: string): System {
  if (!isOsName(os)) throw new Error(`the package catalog has no operating system ${os}`);
  return systems[os];
}

const isOsName = (os: string): os is OsName => Object.hasOwn(systems, os);

const KERNEL = '/boot/vmlinuz-';

/**
 * The version of a kernel, from its file. The distributions put the processor or the flavor behind the version. The
 * disks of the catalog are the same for all processors, so the files here end with the version.
 */
export const kernelVersionOf = (file: string): string | undefined =>
  file.startsWith(KERNEL) ? file.slice(KERNEL.length) : undefined;

/** The kernel's file of a system with these packages; none on Windows. */
export function kernelFiles(os: string, packages: Disk['packages']): string[] {
  const { kernel } = systemOf(os);
  const version = kernel === undefined ? undefined : packages[kernel];
  return version === undefined ? [] : [`${KERNEL}${version}`];
}

/** The root disk of a published image. `generation` 0 is the newest image, 1 is a month older, and so on. */
export function baseDisk(os: OsName, generation: number): Disk {
  const { platform, packages, files, services } = systems[os];
  const onImage = packages.flatMap(({ name, versions }) => {
    const version = versions[Math.min(generation + 1, versions.length - 1)];
    return version == null ? [] : [[name, version] as const];
  });
  return {
    os,
    platform,
    packages: Object.fromEntries(onImage),
    files: [...files, ...kernelFiles(os, Object.fromEntries(onImage))],
    services,
    rebootPending: false,
    // AWS publishes generalised Windows images.
    generalised: platform === 'windows',
    journal: [],
  };
}
