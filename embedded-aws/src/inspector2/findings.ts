import type { Finding, VulnerablePackage } from '@aws-sdk/client-inspector2';
import type { World } from '../core/world.ts';
import type { InspectorFindingRecord } from './records.ts';

const DAY_MS = 86_400_000;

/**
 * Whether Inspector still has a finding: it deletes a closed one after 30 days, or 3 days after its instance was
 * terminated (Inspector user guide, Understanding findings).
 */
export function isKept(world: World, finding: InspectorFindingRecord, now: number): boolean {
  const { closedAt, instanceId } = finding;
  if (closedAt !== undefined) return now < closedAt + 30 * DAY_MS;
  if (isLive(world, instanceId)) return true;
  // The scans end with the instance, so the last one is at most one interval before the end.
  const { lastScannedAt = 0 } = world.inspectorScans.get(instanceId) ?? {};
  return now < lastScannedAt + 3 * DAY_MS;
}

/** The findings of a stopped instance stay active, and those of a terminated one are closed. */
function isLive(world: World, instanceId: string): boolean {
  const state = world.instances.get(instanceId)?.state;
  return state !== undefined && state !== 'shutting-down' && state !== 'terminated';
}

/** The score in the middle of a severity's range (EC2 API reference, ImageFinding). */
const scores = { CRITICAL: 9.5, HIGH: 7.8, MEDIUM: 5.5, LOW: 3, INFORMATIONAL: 0, UNTRIAGED: undefined };

export function findingShape(world: World, finding: InspectorFindingRecord): Finding {
  const { id, account, region, instanceId, vulnerabilityId, severity, packages, instance } = finding;
  const names = packages.map(({ name }) => name);
  const isActive = finding.closedAt === undefined && isLive(world, instanceId);
  const score = scores[severity];
  return {
    findingArn: id,
    awsAccountId: account,
    type: 'PACKAGE_VULNERABILITY',
    title: `${vulnerabilityId} - ${names.join(', ')}`,
    description: `A vulnerability of the package catalog in ${names.join(', ')}.`,
    remediation: {
      recommendation: {
        text: 'Upgrade your installed software packages to the proposed fixed in version and release.',
      },
    },
    severity,
    ...(score !== undefined && { inspectorScore: score }),
    firstObservedAt: new Date(finding.firstObservedAt),
    lastObservedAt: new Date(finding.lastObservedAt),
    updatedAt: new Date(finding.updatedAt),
    status: isActive ? 'ACTIVE' : 'CLOSED',
    fixAvailable: fixOf(finding),
    exploitAvailable: 'NO',
    packageVulnerabilityDetails: {
      vulnerabilityId,
      source: systems[instance.os]?.source ?? '',
      vulnerablePackages: packages.map((one) => packageShape(one, instance.architecture)),
    },
    resources: [
      {
        type: 'AWS_EC2_INSTANCE',
        id: instanceId,
        partition: 'aws',
        region,
        tags: { ...instance.tags },
        details: {
          awsEc2Instance: {
            type: instance.type,
            imageId: instance.imageId,
            vpcId: instance.vpcId,
            subnetId: instance.subnetId,
            launchedAt: new Date(instance.launchedAt),
            platform: systems[instance.os]?.platform,
          },
        },
      },
    ],
  };
}

/** PARTIAL: some of the packages have a fix (Inspector API reference, Finding). */
function fixOf({ packages }: InspectorFindingRecord): NonNullable<Finding['fixAvailable']> {
  const fixed = packages.filter(({ fixedIn }) => fixedIn !== undefined);
  if (fixed.length === 0) return 'NO';
  return fixed.length === packages.length ? 'YES' : 'PARTIAL';
}

/**
 * Inspector splits a version into epoch, version and release, and names the lack of a fix (recorded findings in
 * prowler-cloud/prowler and getmoto/moto).
 */
function packageShape(
  { name, version: whole, fixedIn }: InspectorFindingRecord['packages'][number],
  architecture: string,
): VulnerablePackage {
  const [, epoch = '0', version = whole, release] = /^(?:(\d+):)?(.*?)(?:-([^-]+))?$/.exec(whole) ?? [];
  return {
    name,
    version,
    epoch: Number(epoch),
    ...(release !== undefined && { release }),
    arch: architecture.toUpperCase(),
    packageManager: 'OS',
    fixedInVersion: fixedIn === undefined ? 'NotAvailable' : /^\d+:/.test(fixedIn) ? fixedIn : `0:${fixedIn}`,
  };
}

/** What a finding calls the operating system, and who published the vulnerability: the vendor of the system. */
const systems: Readonly<Record<string, { platform: string; source: string }>> = {
  'amazon-linux-2023': { platform: 'AMAZON_LINUX_2023', source: 'AMAZON_CVE' },
  'ubuntu-24.04': { platform: 'UBUNTU_24_04', source: 'UBUNTU_CVE' },
  'debian-12': { platform: 'DEBIAN_12', source: 'DEBIAN_CVE' },
  'windows-2022': { platform: 'WINDOWS_SERVER_2022', source: 'MICROSOFT_KB' },
};
