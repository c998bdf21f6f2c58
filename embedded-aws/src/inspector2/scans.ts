import { vulnerabilitiesOf } from '../catalog/vulnerabilities.ts';
import { hex } from '../core/random.ts';
import type { TransitionHandlers } from '../core/service.ts';
import { schedule, type World } from '../core/world.ts';
import type { InstanceRecord } from '../ec2/records.ts';
import { rootDisk } from '../guest/disk.ts';
import { statusOf } from './accounts.ts';
import { drawSeconds } from './latency.ts';
import type { InspectorFindingRecord } from './records.ts';

/**
 *     inspector.enabled   the account's new scan types are on, and Inspector looks at its instances
 *     inspector.scan      Inspector evaluates the inventory of an instance, and then again and again
 *
 * The id of a scan names one boot of the instance, so that a stop or reboot ends its scans. The next boot begins
 * new ones when the agent is online.
 */
export const transitions: TransitionHandlers = {
  'inspector.enabled': (world, id, at) => {
    const record = world.inspectorAccounts.get(id);
    if (record === undefined) return;
    const statuses = Object.fromEntries(Object.keys(record.statuses).map((type) => [type, 'ENABLED']));
    const { EC2: before } = record.statuses;
    world.inspectorAccounts.put({ ...record, statuses }, at, 0);
    if (before !== 'ENABLING') return;
    for (const instance of world.instances.all()) {
      const { account, region, agentOnlineSince } = instance;
      if (account !== record.account || region !== record.region || agentOnlineSince === undefined) continue;
      beginScans(world, instance, at);
    }
  },
  'inspector.scan': scan,
};

/** Begins the scans of an instance whose agent has just come online. */
export function beginScans(world: World, instance: InstanceRecord, at: number): void {
  if (statusOf(world, instance, 'EC2') !== 'ENABLED') return;
  const { id, boots } = instance;
  const seconds = drawSeconds(world.seed, 'inspector.first-scan', id, boots);
  schedule(world, 'inspector.scan', `${id}/${boots}`, at + seconds * 1000);
}

/** Inspector does not scan an instance with this tag, whatever its value (Inspector user guide, EC2 exclusion tags). */
export const isExcluded = ({ tags }: InstanceRecord): boolean => Object.hasOwn(tags, 'InspectorEc2Exclusion');

/**
 * How often Inspector evaluates the inventory: every 30 minutes (Inspector user guide, Scanning Amazon EC2 instances).
 * On Windows, the plugin collects it (assumed: every six hours, as it does on Linux).
 */
const intervalMs = { linux: 30 * 60_000, windows: 6 * 3_600_000 } as const;

function scan(world: World, id: string, at: number): void {
  const [instanceId = '', boots] = id.split('/');
  const instance = world.instances.get(instanceId);
  if (instance?.state !== 'running' || instance.boots !== Number(boots)) return;
  const disk = rootDisk(world, instance);
  if (disk === undefined) return;
  schedule(world, 'inspector.scan', id, at + intervalMs[disk.platform]);
  if (instance.agentOnlineSince === undefined || isExcluded(instance)) return;
  const { account, region } = instance;
  world.inspectorScans.put({ id: instanceId, account, region, lastScannedAt: at }, at, 0);
  const found = vulnerabilitiesOf(disk, at).map(({ vulnerability, packages }) => ({
    ...findingOn(instance, disk.os),
    id: arnOf(world, instance, vulnerability.id),
    vulnerabilityId: vulnerability.id,
    severity: vulnerability.severity,
    packages,
  }));
  for (const finding of found) observe(world, finding, at);
  const present = new Set(found.map((finding) => finding.id));
  for (const known of world.inspectorFindings.all()) {
    if (known.instanceId !== instanceId || known.closedAt !== undefined || present.has(known.id)) continue;
    world.inspectorFindings.put({ ...known, closedAt: at, updatedAt: at }, at, 0);
  }
}

type Observed = Omit<InspectorFindingRecord, 'firstObservedAt' | 'lastObservedAt' | 'updatedAt' | 'closedAt'>;

/** Reports a vulnerability that a scan found. New findings become visible one after the other. */
function observe(world: World, finding: Observed, at: number): void {
  const known = world.inspectorFindings.get(finding.id);
  // A finding changes only if its packages do (Inspector API reference, Finding: lastObservedAt).
  const isSame = JSON.stringify(known?.packages) === JSON.stringify(finding.packages);
  if (known !== undefined && known.closedAt === undefined && isSame) return;
  const record = {
    ...finding,
    firstObservedAt: known?.firstObservedAt ?? at,
    lastObservedAt: at,
    updatedAt: at,
  };
  const lagMs = drawSeconds(world.seed, 'inspector.finding', finding.id, at) * 1000;
  world.inspectorFindings.put(record, at, lagMs);
}

/** The members that all findings on an instance share. */
function findingOn(instance: InstanceRecord, os: string) {
  const { id: instanceId, account, region, imageId, instanceType: type, vpcId, subnetId } = instance;
  const { launchTime: launchedAt, architecture, tags } = instance;
  const shown = { imageId, type, vpcId, subnetId, launchedAt, os, architecture, tags };
  return { account, region, instanceId, instance: shown };
}

/** The ARN of a finding: one for each vulnerability of an instance. */
const arnOf = (world: World, { id, account, region }: InstanceRecord, vulnerabilityId: string): string =>
  `arn:aws:inspector2:${region}:${account}:finding/${hex(world.seed, 32, 'finding', id, vulnerabilityId)}`;
