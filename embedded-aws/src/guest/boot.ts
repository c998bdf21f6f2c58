import type { Disk } from '../catalog/disk.ts';
import { agentFiles, agentPackage, systemOf } from '../catalog/packages.ts';
import { strike } from '../core/faults.ts';
import type { TransitionHandlers } from '../core/service.ts';
import { count, schedule, type World } from '../core/world.ts';
import type { InstanceRecord } from '../ec2/records.ts';
import { beginScans } from '../inspector2/scans.ts';
import { changeDisk, rootDisk, withOwnFiles, withoutFiles } from './disk.ts';
import { drawSeconds } from './latency.ts';
import { runScript } from './script.ts';

/**
 * A guest boots, runs its user data, and its SSM agent comes online.
 *
 *     guest.boot          EC2 reports the instance as running (after a launch or a start)
 *     guest.reboot        the guest reboots the machine, which stays `running`
 *     guest.up            the operating system is reachable. Without a kernel, it never is
 *     guest.agent-online  the agent reports; `ssm.agent-online` notifies SSM, and Inspector begins to scan
 *     guest.generalise    sysprep has finished on a Windows guest and shuts it down
 *
 * `instance.shutdown-by-guest` and `instance.reboot-by-guest` notify EC2 of a shutdown or reboot by the guest.
 */
export const guestTransitions: TransitionHandlers = {
  'guest.boot': (world, instanceId, at) => begin(world, instanceId, at, 'boot'),
  'guest.reboot': (world, instanceId, at) => begin(world, instanceId, at, 'reboot'),
  'guest.up': up,
  'guest.agent-online': agentOnline,
  'guest.generalise': generalise,
};

/** Reboots a running guest at `at`. */
export function rebootGuest(world: World, instanceId: string, at: number): void {
  schedule(world, 'instance.reboot-by-guest', instanceId, at);
}

/** Shuts a running guest down at `at`. */
export function shutDownGuest(world: World, instanceId: string, at: number): void {
  schedule(world, 'instance.shutdown-by-guest', instanceId, at);
}

/** Generalises a running guest with sysprep, which shuts the guest down at the end. */
export function generaliseGuest(world: World, instance: InstanceRecord, at: number): void {
  const seconds = drawSeconds(world.seed, 'sysprep', instance.id, instance.boots);
  schedule(world, 'guest.generalise', bootOf(instance.id, instance.boots), at + seconds * 1000);
}

/** Records that the guest's agent was stopped. The agent does not report until the next boot. */
export function silenceAgent(world: World, instanceId: string, at: number): void {
  const instance = world.instances.get(instanceId);
  if (instance?.agentOnlineSince === undefined) return;
  const { agentOnlineSince: _since, ...rest } = instance;
  world.instances.put({ ...rest, agentLostAt: at }, at, 0);
}

function generalise(world: World, id: string, at: number): void {
  const instance = instanceInBoot(world, id);
  // Sysprep refuses to run while updates wait for a reboot, and the machine keeps running.
  if (instance === undefined || rootDisk(world, instance)?.rebootPending) return;
  changeDisk(world, instance.id, at, (disk) => {
    // The next boot recreates the files that sysprep and EC2Launch remove.
    const own = systemOf(disk.os).bootFiles;
    return { ...withoutFiles(disk, (file) => own.includes(file)), generalised: true };
  });
  shutDownGuest(world, instance.id, at);
}

function begin(world: World, instanceId: string, at: number, how: 'boot' | 'reboot'): void {
  const instance = world.instances.get(instanceId);
  if (instance?.state !== 'running') return;
  const disk = rootDisk(world, instance);
  if (disk === undefined) return;
  const boots = instance.boots + 1;
  const { agentOnlineSince, agentLostAt, bootFailed: _before, ...rest } = instance;
  const bootFailed = disk.unbootable || isStruck(world, 'boot', { ...instance, boots });
  // A stopped machine is not a managed node until its agent registers again. A rebooting machine stays a managed
  // node.
  const lostAt = how === 'reboot' ? (agentOnlineSince === undefined ? agentLostAt : at) : undefined;
  const lost = lostAt !== undefined && { agentLostAt: lostAt };
  world.instances.put({ ...rest, boots, ...lost, ...(bootFailed && { bootFailed: { at, how } }) }, at, 0);
  if (bootFailed) return;
  const seconds =
    how === 'reboot'
      ? drawSeconds(world.seed, 'instance.reboot', instanceId, boots)
      : drawSeconds(
          world.seed,
          disk.generalised ? 'instance.boot.windows' : 'instance.boot',
          instanceId,
          boots,
        );
  schedule(world, 'guest.up', bootOf(instanceId, boots), at + seconds * 1000);
}

function up(world: World, id: string, at: number): void {
  const instance = instanceInBoot(world, id);
  if (instance === undefined) return;
  changeDisk(world, instance.id, at, (disk) => ({
    // cloud-init and sshd create the missing files that identify a machine; systemd creates the machine-id.
    ...withOwnFiles(disk, systemOf(disk.os).bootFiles, at),
    rebootPending: false,
    generalised: false,
  }));
  // cloud-init and EC2Launch run user data once in the life of an instance.
  const busySeconds = instance.boots === 1 ? runUserData(world, instance, at) : 0;
  if (busySeconds === undefined) return;
  const disk = rootDisk(world, instance);
  if (disk === undefined || !hasAgent(disk) || instance.instanceProfileArn === undefined) return;
  if (isStruck(world, 'agent', instance)) return;
  const seconds = drawSeconds(world.seed, 'agent.online', instance.id, instance.boots);
  schedule(world, 'guest.agent-online', id, at + (busySeconds + seconds) * 1000);
}

/**
 * Runs user data. Returns the seconds by which it delays the agent, or undefined if it stops or reboots the machine.
 */
function runUserData(world: World, instance: InstanceRecord, at: number): number | undefined {
  const script = userDataText(instance.userData);
  const before = rootDisk(world, instance);
  if (script === undefined || before === undefined) return 0;
  const outcome = runScript(before, script, at);
  changeDisk(world, instance.id, at, () => ({
    ...outcome.disk,
    journal: [...outcome.disk.journal, { at, document: 'user-data', step: 'user-data', script }],
  }));
  // User data delays only an agent that it installs. An agent on the image starts in parallel.
  const seconds =
    hasAgent(before) || !outcome.installed ? 0 : drawSeconds(world.seed, 'agent.install', instance.id);
  if (outcome.power === undefined) return outcome.agentStopped ? undefined : seconds;
  const end = at + seconds * 1000;
  if (outcome.power.to === 'reboot') rebootGuest(world, instance.id, end);
  else if (outcome.power.to === 'generalised') generaliseGuest(world, instance, end);
  else shutDownGuest(world, instance.id, end);
  return undefined;
}

function agentOnline(world: World, id: string, at: number): void {
  const instance = instanceInBoot(world, id);
  if (instance === undefined) return;
  const { agentLostAt: _lost, ...rest } = instance;
  const online = world.instances.put({ ...rest, agentOnlineSince: at }, at, 0);
  changeDisk(world, instance.id, at, (disk) => withOwnFiles(disk, agentFiles[disk.platform], at));
  schedule(world, 'ssm.agent-online', instance.id, at);
  beginScans(world, online, at);
}

/** Whether a fault strikes an instance forever. Decided once, at the first boot. */
function isStruck(world: World, kind: 'agent' | 'boot', { id, region, boots }: InstanceRecord): boolean {
  const series = kind === 'agent' ? `silent agent ${id}` : `failed boot ${id}`;
  if (world.counters.has(series)) return true;
  if (boots > 1 || strike(world, kind, region, () => true) === undefined) return false;
  count(world, series);
  return true;
}

function hasAgent({ packages, services }: Disk): boolean {
  return (
    packages[agentPackage] !== undefined &&
    (services.includes('amazon-ssm-agent') || services.includes('AmazonSSMAgent'))
  );
}

/** The EC2 API carries user data in base64. */
function userDataText(userData: string | undefined): string | undefined {
  if (userData === undefined || userData === '') return undefined;
  return /^[#<]/.test(userData) ? userData : Buffer.from(userData, 'base64').toString('utf8');
}

/**
 * The id of a transition of one boot. The transition is ignored if the machine was stopped or rebooted after
 * this boot.
 */
const bootOf = (instanceId: string, boots: number) => `${instanceId}/${boots}`;

function instanceInBoot(world: World, id: string): InstanceRecord | undefined {
  const [instanceId = '', boots] = id.split('/');
  const instance = world.instances.get(instanceId);
  return instance?.state === 'running' && instance.boots === Number(boots) ? instance : undefined;
}
