import type { Disk } from '../catalog/disk.ts';
import { packageFiles, type RepositoryPackage } from '../catalog/packages.ts';
import { pendingUpdates } from '../catalog/repositories.ts';
import { withFiles } from './disk.ts';
import { upgraded } from './lines.ts';

/** The disk with all updates that its repository has at that time, and the list of these updates. */
export function patch(disk: Disk, at: number): { disk: Disk; installed: readonly RepositoryPackage[] } {
  const installed = pendingUpdates(disk, at);
  if (installed.length === 0) return { disk, installed };
  const left = Object.entries(packageFiles).find(([os]) => os === disk.os)?.[1] ?? [];
  const { files, ...rest } = upgraded(disk, at);
  return { disk: { ...withFiles(disk, [...left, ...files], at), ...rest }, installed };
}

/** The data of the summary that AWS-RunPatchBaseline prints at the end. */
export interface PatchReport {
  readonly instanceId: string;
  readonly region: string;
  readonly snapshotId: string;
  readonly operation: 'Scan' | 'Install';
  readonly rebootOption: string;
  readonly startTime: number;
  readonly endTime: number;
  /** Number of packages and updates on the disk. */
  readonly packages: number;
  readonly installed: readonly string[];
  readonly missing: readonly string[];
  readonly pendingReboot: boolean;
}

export function patchSummary(report: PatchReport): string {
  const rows: [string, string | number][] = [
    ['PatchGroup', ''],
    ['BaselineId', `arn:aws:ssm:${report.region}:075727635805:patchbaseline/pb-0default0baseline`],
    ['SnapshotId', report.snapshotId],
    ['RebootOption', report.rebootOption],
    ['OwnerInformation', ''],
    ['OperationType', report.operation],
    ['OperationStartTime', new Date(report.startTime).toISOString()],
    ['OperationEndTime', new Date(report.endTime).toISOString()],
    ['InstalledCount', report.packages - (report.pendingReboot ? report.installed.length : 0)],
    ['InstalledRejectedCount', 0],
    ['InstalledPendingRebootCount', report.pendingReboot ? report.installed.length : 0],
    ['InstalledOtherCount', 0],
    ['FailedCount', 0],
    ['MissingCount', report.missing.length],
    ['NotApplicableCount', 0],
  ];
  return [
    `Patch Summary for ${report.instanceId}`,
    '',
    ...rows.map(([name, value]) => `${name.padEnd(28)}: ${value}`),
    '',
    ...report.installed.map((name) => `Installed ${name}`),
    ...report.missing.map((name) => `Missing ${name}`),
  ].join('\n');
}
