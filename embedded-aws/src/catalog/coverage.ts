import { agentFiles, kernelVersionOf, packageFiles, systemOf, systems } from './packages.ts';

/** What the catalog covers: where the absence of something means that it is really absent. */

/** Places in which the catalog lists all files, or which are empty on a published image. */
const places: readonly RegExp[] = [
  /^\/(home\/[^/]+|root)\/\.(ssh\/.*|\w*_history)$/,
  /^\/(var\/)?tmp\/./,
  /^\/etc\/ssh\/ssh_host_/,
  /^\/var\/lib\/(cloud|amazon\/ssm)\/./,
  /^C:\\Windows\\Temp\\./i,
  /^C:\\Users\\[^\\]+\\\.ssh\\./i,
];

/**
 * Whether a file that a disk does not list is known to be missing. This includes the files of other systems, by which
 * scripts recognise a system.
 */
export function isModelled(os: string, path: string): boolean {
  const { platform } = systemOf(os);
  const named = [
    ...Object.values(systems).flatMap(({ files, bootFiles }) => [...files, ...bootFiles]),
    ...Object.values(packageFiles).flat(),
    ...agentFiles[platform],
  ];
  return (
    kernelVersionOf(path) !== undefined ||
    named.some((file) => file.toLowerCase() === path.toLowerCase()) ||
    places.some((place) => place.test(path))
  );
}

/** Commands whose package has another name. All packages that have the command are listed. */
export const commandPackages: Readonly<Record<string, readonly string[]>> = {
  apt: ['apt'],
  'apt-get': ['apt'],
  curl: ['curl', 'curl-minimal'],
  docker: ['docker', 'docker.io'],
  dpkg: ['apt'],
  dnf: ['dnf'],
  python3: ['python3', 'python3.11', 'python3.12'],
  rpm: ['dnf'],
  snap: ['snapd'],
  sshd: ['openssh-server'],
  systemctl: ['systemd'],
  yum: ['dnf'],
};

/** The services of packages in the repositories, by package. */
export const installedServices: Readonly<Record<string, string>> = {
  docker: 'docker',
  'docker.io': 'docker',
  nginx: 'nginx',
};
