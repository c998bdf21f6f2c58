import { systemOf } from '../catalog/packages.ts';
import { type LiveWorld, settle } from '../core/transitions.ts';
import { count } from '../core/world.ts';
import { rebootGuest, shutDownGuest } from './boot.ts';
import { changeDisk, rootDisk } from './disk.ts';
import { drawSeconds, type latencies } from './latency.ts';
import { type Outcome, runScript } from './script.ts';

/** The result of a script that a logged-in user ran. */
export interface ShellResult {
  readonly exitCode: number;
  /** How long the script takes. The caller waits. */
  readonly seconds: number;
}

/** Whether the operating system of an instance has booted and accepts logins. */
export function acceptsLogins({ world, services }: LiveWorld, instanceId: string): boolean {
  settle(world, services);
  const instance = world.instances.get(instanceId);
  if (instance?.state !== 'running') return false;
  const disk = rootDisk(world, instance);
  return disk !== undefined && systemOf(disk.os).bootFiles.every((file) => disk.files.includes(file));
}

/** Runs a script on a guest as its administrator. The effects are those of the same script in Run Command. */
export function runInShell({ world, services }: LiveWorld, instanceId: string, script: string): ShellResult {
  settle(world, services);
  const instance = world.instances.get(instanceId);
  const disk = instance && rootDisk(world, instance);
  if (disk === undefined) throw new Error(`There is no running guest ${instanceId}.`);
  const at = world.now();
  const outcome = runScript(disk, script, at);
  const times = count(world, `shell ${instanceId}`);
  const seconds = drawSeconds(world.seed, durationOf(outcome), instanceId, 'shell', times);
  const entry = { at, document: 'shell', step: 'shell', script };
  changeDisk(world, instanceId, at, () => ({
    ...outcome.disk,
    journal: [...outcome.disk.journal, entry],
  }));
  if (outcome.power?.to === 'off') shutDownGuest(world, instanceId, at + seconds * 1000);
  if (outcome.power?.to === 'reboot') rebootGuest(world, instanceId, at + seconds * 1000);
  return { exitCode: outcome.exitCode, seconds };
}

/** The kind of duration of a script. */
export function durationOf({ updated, installed, disk }: Outcome): keyof typeof latencies {
  if (updated) return disk.platform === 'windows' ? 'patch.windows' : 'patch.linux';
  return installed ? 'command.package' : 'command.script';
}
