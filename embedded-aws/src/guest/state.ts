import type { Disk } from '../catalog/disk.ts';

/** What a script has printed. */
export interface Stream {
  text: string;
  /** Whether `text` is everything that was printed. */
  known: boolean;
}

/** The new power state of the machine. */
export interface Power {
  readonly to: 'off' | 'reboot' | 'generalised';
  /** After the script has reported, as with `shutdown -h +1` or a scheduled task. */
  readonly later: boolean;
}

/** A guest while a script runs. */
export interface State {
  /** The disk before the script. */
  readonly disk: Disk;
  readonly at: number;
  /** Whether the script runs again after the reboot that its exit code requested. */
  readonly again: boolean;
  /** When each file was written; `undefined`: it is part of the base image. */
  readonly files: Map<string, number | undefined>;
  readonly packages: Map<string, string>;
  readonly services: Set<string>;
  /** Services that the script started. */
  readonly started: Set<string>;
  rebootPending: boolean;
  power?: Power;
  agentStopped: boolean;
  installed: boolean;
  updated: boolean;
  exitCode?: number;
  readonly out: Stream;
  readonly err: Stream;
}

/** Whether something is true; `undefined`: the guest cannot know. */
export type Known = boolean | undefined;

export const not = (known: Known): Known => (known === undefined ? undefined : !known);

export const stateOf = (disk: Disk, at: number, again: boolean): State => ({
  disk,
  at,
  again,
  files: new Map(disk.files.map((file) => [file, disk.times?.[file]])),
  packages: new Map(Object.entries(disk.packages)),
  services: new Set(disk.services),
  started: new Set(),
  rebootPending: disk.rebootPending,
  agentStopped: false,
  installed: false,
  updated: false,
  out: { text: '', known: true },
  err: { text: '', known: true },
});

/** Whether the script has ended, or the machine has. */
export const hasEnded = ({ exitCode, power }: State): boolean =>
  exitCode !== undefined || (power !== undefined && !power.later);

/**
 * The exit code that makes the SSM agent reboot the machine and run the script again (Systems Manager user guide,
 * "Handling reboots when running commands").
 */
export function rebootCode({ platform }: Disk): number {
  return platform === 'windows' ? 3010 : 194;
}
