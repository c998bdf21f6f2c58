import type { Disk, JournalEntry } from '../../catalog/disk.ts';
import { agentPackage, type RepositoryPackage } from '../../catalog/packages.ts';
import { pendingUpdates, repositoryAt } from '../../catalog/repositories.ts';
import { uuid } from '../../core/random.ts';
import type { Resource } from '../../core/resource.ts';
import { durationOf, patch, patchSummary, rebootCode, runScript } from '../../guest/index.ts';
import type { Outcome } from '../../guest/script.ts';
import type { LatencyName } from '../latency.ts';
import type { CommandTaskRecord, PatchRecord, PatchStateRecord } from '../records.ts';
import { asText, type Fields, listOf } from '../shape.ts';
import { outputOf } from './output.ts';

/** The result of a task of a command on a guest. */
export interface Performance {
  readonly disk: Disk;
  /** The kind of duration of the task. */
  readonly latency: LatencyName;
  readonly exitCode: number;
  readonly output: string;
  readonly power?: Outcome['power'];
  readonly agentStopped?: boolean;
  /** The task reboots the guest and continues when the agent is back. */
  readonly resumes?: boolean;
  /** The agent skipped the task. */
  readonly skipped?: boolean;
  /** The report of AWS-RunPatchBaseline. */
  readonly patchReport?: PatchReport;
}

export type PatchReport = Omit<PatchStateRecord, keyof Resource | 'lastNoRebootInstall'>;

export interface Occasion {
  readonly task: CommandTaskRecord;
  readonly disk: Disk;
  readonly instanceId: string;
  readonly region: string;
  readonly seed: number;
  /** When the task starts and ends. */
  readonly startTime: number;
  readonly at: number;
  /** Whether the task continues after a reboot that it requested. */
  readonly resumed: boolean;
}

export type Plugin = (occasion: Occasion) => Performance;

/**
 * Computes the effects of an agent plugin on a guest's disk. Pure: all effects are in the returned
 * value.
 */
export function perform(occasion: Occasion): Performance {
  const { task, disk } = occasion;
  const reason = reasonToSkip(task, disk);
  if (reason !== undefined) {
    const output = `Step execution skipped due to ${reason}. Step name: ${task.step}`;
    return { disk, latency: 'command.delivery', exitCode: 0, output, skipped: true };
  }
  return (pluginByAction[task.action] ?? unsupported)(occasion);
}

/** The reason for which the agent skips a task, if any. */
export function reasonToSkip(task: CommandTaskRecord, disk: Disk): string | undefined {
  const platform = disk.platform === 'windows' ? 'Windows' : 'Linux';
  const other = task.platforms.find((wanted) => wanted.toLowerCase() !== platform.toLowerCase());
  if (other !== undefined) return `unsatisfied preconditions: '"StringEquals": [platformType, ${other}]'`;
  // The agent runs shell scripts only on Linux, and PowerShell on both platforms.
  if (task.action === 'aws:runShellScript' && disk.platform === 'windows') {
    return `unsupported plugin: ${task.action}`;
  }
  return undefined;
}

const pluginByAction: Readonly<Record<string, Plugin>> = {
  'aws:runShellScript': script,
  'aws:runPowerShellScript': script,
  'aws:runDocument': runDocument,
  'aws:configurePackage': configurePackage,
  'embedded:patch': patchBaseline,
};

function script({ task, disk, at, resumed }: Occasion): Performance {
  const text = listOf(task.inputs.runCommand).map(asText).join('\n');
  const outcome = runScript(disk, text, at, resumed);
  const entry: JournalEntry = { at, document: task.document, step: task.step, script: text };
  const resumes = outcome.exitCode === rebootCode(disk);
  return {
    disk: { ...outcome.disk, journal: [...outcome.disk.journal, entry] },
    latency: durationOf(outcome),
    exitCode: resumes ? 0 : outcome.exitCode,
    output: outputOf(outcome),
    agentStopped: outcome.agentStopped,
    resumes,
    ...(outcome.power && { power: outcome.power }),
  };
}

/** Runs only for a document that could not be opened. The steps of any other document replace this step. */
function runDocument({ task, disk }: Occasion): Performance {
  return {
    disk,
    latency: 'command.delivery',
    exitCode: 1,
    output: asText(task.inputs.refused) ?? 'failed to fetch the document',
  };
}

function configurePackage({ task, disk, at }: Occasion): Performance {
  const name = asText(task.inputs.name) ?? '';
  const known = distributed(name, disk, at);
  const failed = (output: string): Performance => ({
    disk,
    latency: 'command.delivery',
    exitCode: 1,
    output,
  });
  if (known === undefined) {
    return failed(
      `failed to download manifest - failed to retrieve package document: ResourceNotFoundException: No package named ${name}`,
    );
  }
  if (task.inputs.action === 'Uninstall') {
    const { [known.name]: _removed, ...packages } = disk.packages;
    return {
      disk: { ...disk, packages },
      latency: 'command.package',
      exitCode: 0,
      output: `Successfully uninstalled arn:aws:ssm:::package/${name}`,
    };
  }
  return {
    disk: { ...disk, packages: { ...disk.packages, [known.name]: known.version } },
    latency: 'command.package',
    exitCode: 0,
    output: `Successfully installed arn:aws:ssm:::package/${name}`,
  };
}

/** The names of Distributor packages, and the package that each installs on a disk. */
function distributed(name: string, disk: Disk, at: number): { name: string; version: string } | undefined {
  const offered = (wanted: string) => {
    const found = repositoryAt(disk.os, at).find((candidate) => candidate.name === wanted);
    return { name: wanted, version: found?.versions[0] ?? 'latest' };
  };
  const windows = disk.platform === 'windows';
  if (name === 'AmazonCloudWatchAgent') {
    return offered(windows ? 'AmazonCloudWatchAgent' : 'amazon-cloudwatch-agent');
  }
  if (name === 'AWSPVDriver' && windows) return offered('AWS-PV-Drivers');
  if (name === 'AWSNVMe' && windows) return offered('AWS-NVMe-Drivers');
  if (name === 'AwsEnaNetworkDriver' && windows) return offered('ENA-Drivers');
  return undefined;
}

/** AWS-RunPatchBaseline: reboots the guest after installation and then continues automatically. */
function patchBaseline({
  task,
  disk,
  instanceId,
  region,
  seed,
  startTime,
  at,
  resumed,
}: Occasion): Performance {
  const { Operation, RebootOption, SnapshotId } = task.inputs as Fields & Record<string, unknown>;
  const install = Operation === 'Install';
  const { disk: patched, installed } = install && !resumed ? patch(disk, at) : { disk, installed: [] };
  const missing = pendingUpdates(patched, at);
  const journalled: Disk = resumed
    ? patched
    : {
        ...patched,
        journal: [
          ...patched.journal,
          {
            at,
            document: task.document,
            step: task.step,
            script: `${String(Operation)}, ${String(RebootOption)}`,
          },
        ],
      };
  const names = installed.map(({ name, versions: [newest] }) => `${name} ${newest}`);
  const latency: LatencyName =
    names.length === 0 ? 'patch.scan' : disk.platform === 'windows' ? 'patch.windows' : 'patch.linux';
  // AWS-RunPatchBaseline reboots if any patch was installed, not only if a patch needs a reboot
  // (Systems Manager user guide, AWS-RunPatchBaseline).
  const reboots =
    install && !resumed && RebootOption === 'RebootIfNeeded' && (names.length > 0 || disk.rebootPending);
  if (reboots) {
    const output = `${names.map((name) => `Installed ${name}`).join('\n')}\nRebooting the instance.\n`;
    return { disk: journalled, latency, exitCode: 0, output, resumes: true };
  }
  const snapshotId = asText(SnapshotId) || uuid(seed, 'patch snapshot', instanceId, startTime);
  const output = patchSummary({
    instanceId,
    region,
    snapshotId,
    operation: install ? 'Install' : 'Scan',
    rebootOption: asText(RebootOption) ?? '',
    startTime,
    endTime: at,
    packages: Object.keys(patched.packages).filter((name) => name !== agentPackage).length,
    installed: names,
    missing: missing.map(({ name, versions: [newest] }) => `${name} ${newest}`),
    pendingReboot: patched.rebootPending,
  });
  const patchReport: PatchReport = {
    snapshotId,
    operation: install ? 'Install' : 'Scan',
    rebootOption: RebootOption === 'NoReboot' ? 'NoReboot' : 'RebootIfNeeded',
    startTime,
    endTime: at,
    patches: patchesOf(patched, installed, at),
  };
  return { disk: journalled, latency, exitCode: 0, output, patchReport };
}

/** The patch state on the disk of every package in the repository. */
function patchesOf(disk: Disk, installed: readonly RepositoryPackage[], at: number): PatchRecord[] {
  const missing = pendingUpdates(disk, at);
  return repositoryAt(disk.os, at).flatMap((known): PatchRecord[] => {
    const { name, classification } = known;
    const [newest] = known.versions;
    if (missing.some((one) => one.name === name))
      return [{ name, version: newest, classification, state: 'MISSING' }];
    const version = disk.packages[name];
    if (version === undefined) return [];
    const isNew = installed.some((one) => one.name === name);
    const state = isNew && disk.rebootPending && known.reboot ? 'INSTALLED_PENDING_REBOOT' : 'INSTALLED';
    return [{ name, version, classification, state, ...(isNew && { installedTime: at }) }];
  });
}

function unsupported({ task, disk }: Occasion): Performance {
  return {
    disk,
    latency: 'command.delivery',
    exitCode: 1,
    output: `Plugin with name ${task.action} is not supported by this version of ssm agent, please update to latest version. Step name: ${task.step}`,
  };
}
