import type { Disk } from './disk.ts';
import type { OsName } from './packages.ts';
import { pendingUpdates } from './repositories.ts';
import { isOlder } from './versions.ts';

/**
 * The vulnerabilities of the packages in the catalog. Their ids have CVE's form, but they are invented, as the
 * versions of the packages are: an image of the catalog must not claim to have a real vulnerability.
 */
export type Severity = 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW' | 'INFORMATIONAL' | 'UNTRIAGED';

export interface Vulnerability {
  /** On Linux a CVE. On Windows the update that fixes it. */
  readonly id: string;
  readonly severity: Severity;
  /** The affected packages, and the version that fixes each; `null`: there is no fix. */
  readonly fixedIn: Readonly<Record<string, string | null>>;
}

/** A vulnerability of a disk, and the packages that have it. */
export interface VulnerableDisk {
  readonly vulnerability: Vulnerability;
  readonly packages: readonly VulnerablePackage[];
}

export interface VulnerablePackage {
  readonly name: string;
  readonly version: string;
  /** Absent: there is no fix. */
  readonly fixedIn?: string;
}

/** The vulnerabilities that a scan finds on a disk at a time, in the order of the catalog. */
export function vulnerabilitiesOf(disk: Disk, at: number): VulnerableDisk[] {
  if (disk.platform === 'windows') return missingUpdates(disk, at);
  return (vulnerabilities[disk.os as OsName] ?? []).flatMap((vulnerability) => {
    const packages = Object.entries(vulnerability.fixedIn).flatMap(([name, fixedIn]): VulnerablePackage[] => {
      const version = disk.packages[name];
      if (version === undefined || (fixedIn !== null && !isOlder(version, fixedIn))) return [];
      return [{ name, version, ...(fixedIn !== null && { fixedIn }) }];
    });
    return packages.length === 0 ? [] : [{ vulnerability, packages }];
  });
}

/** On Windows, each missing security update is one vulnerability (Inspector user guide, Finding types). */
function missingUpdates(disk: Disk, at: number): VulnerableDisk[] {
  return pendingUpdates(disk, at)
    .filter(({ classification, update }) => update && classification === 'SecurityUpdates')
    .map(({ name: id, versions: [fixedIn] }) => ({
      vulnerability: { id, severity: 'HIGH', fixedIn: { 'Windows Server 2022': fixedIn } },
      packages: [{ name: 'Windows Server 2022', version: newestOf(disk), fixedIn }],
    }));
}

/** The build of Windows: the newest cumulative update on the disk. */
function newestOf({ packages }: Disk): string {
  const builds = Object.entries(packages).flatMap(([name, version]) =>
    name.startsWith('KB') && version.startsWith('20348.') ? [version] : [],
  );
  return builds.toSorted((a, b) => (isOlder(a, b) ? 1 : -1))[0] ?? '20348.1';
}

const vulnerability = (id: string, severity: Severity, fixedIn: Vulnerability['fixedIn']): Vulnerability => ({
  id,
  severity,
  fixedIn,
});

/**
 * By operating system. A package of the repository has no vulnerability with a fix, unless the fix is published but
 * the repository does not offer it yet (docker). Some vulnerabilities have no fix.
 */
const vulnerabilities: Readonly<Partial<Record<OsName, readonly Vulnerability[]>>> = {
  'amazon-linux-2023': [
    vulnerability('CVE-2026-99001', 'HIGH', { kernel: '6.1.158-180.294.amzn2023' }),
    vulnerability('CVE-2026-99002', 'HIGH', { glibc: '2.34-231.amzn2023.0.2' }),
    vulnerability('CVE-2026-99003', 'MEDIUM', {
      openssl: '1:3.2.2-1.amzn2023.0.2',
      'openssl-libs': '1:3.2.2-1.amzn2023.0.2',
    }),
    vulnerability('CVE-2026-99004', 'CRITICAL', { expat: '2.6.3-1.amzn2023.0.3' }),
    vulnerability('CVE-2026-99005', 'MEDIUM', { 'curl-minimal': '8.11.1-4.amzn2023.0.3' }),
    vulnerability('CVE-2026-99006', 'CRITICAL', { sudo: '1.9.15-1.p5.amzn2023.0.2' }),
    vulnerability('CVE-2026-99007', 'LOW', { 'openssh-server': null }),
    vulnerability('CVE-2026-99008', 'MEDIUM', { python3: null }),
    vulnerability('CVE-2026-99009', 'HIGH', { docker: '25.0.14-1.amzn2023.0.1' }),
    vulnerability('CVE-2026-99010', 'HIGH', { git: null }),
    vulnerability('CVE-2026-99011', 'UNTRIAGED', { jq: null }),
  ],
  'ubuntu-24.04': [
    vulnerability('CVE-2026-99001', 'HIGH', { 'linux-image-aws': '6.14.0-1017.17~24.04.1' }),
    vulnerability('CVE-2026-99004', 'MEDIUM', { libexpat1: '2.6.1-2ubuntu0.3' }),
    vulnerability('CVE-2026-99006', 'CRITICAL', { sudo: '1.9.15p5-3ubuntu5.24.04.1' }),
    vulnerability('CVE-2026-99007', 'LOW', { 'openssh-server': null }),
    vulnerability('CVE-2026-99008', 'MEDIUM', { 'python3.12': '3.12.3-1ubuntu0.9' }),
    vulnerability('CVE-2026-99009', 'HIGH', { 'docker.io': '28.2.2-0ubuntu1~24.04.2' }),
    vulnerability('CVE-2026-99010', 'MEDIUM', { git: null }),
    vulnerability('CVE-2026-99011', 'UNTRIAGED', { jq: null }),
    vulnerability('CVE-2026-99012', 'HIGH', { libxml2: '2.9.14+dfsg-1.3ubuntu3.6' }),
  ],
  'debian-12': [
    vulnerability('CVE-2026-99001', 'HIGH', { 'linux-image-cloud-amd64': '6.1.158-1' }),
    vulnerability('CVE-2026-99003', 'MEDIUM', {
      openssl: '3.0.17-1~deb12u3',
      libssl3: '3.0.17-1~deb12u3',
    }),
    // The same flaw in two libraries, of which one has no fix yet.
    vulnerability('CVE-2026-99005', 'LOW', { curl: '7.88.1-10+deb12u15', libgnutls30: null }),
    vulnerability('CVE-2026-99006', 'CRITICAL', { sudo: '1.9.13p3-1+deb12u2' }),
    vulnerability('CVE-2026-99008', 'MEDIUM', { 'python3.11': null }),
    vulnerability('CVE-2026-99009', 'HIGH', { 'docker.io': '20.10.24+dfsg1-1+deb12u2' }),
    vulnerability('CVE-2026-99010', 'HIGH', { git: null }),
    vulnerability('CVE-2026-99011', 'UNTRIAGED', { jq: null }),
    vulnerability('CVE-2026-99012', 'HIGH', { libxml2: '2.9.14+dfsg-1.3~deb12u4' }),
  ],
};
