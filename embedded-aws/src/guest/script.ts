import type { Disk } from '../catalog/disk.ts';
import { diskOf } from './lines.ts';
import { runPowerShell } from './powershell.ts';
import { runSh } from './sh.ts';
import { type Power, stateOf } from './state.ts';

/**
 * The effect of a script on a guest. Scripts are recorded and shown, but never run. The pipeline depends on the
 * effects of some lines. The table `lines` lists all lines that have an effect, and docs/guest.md shows the table.
 * Every other line has no effect and succeeds.
 *
 * A condition counts if the guest knows its answer. If the guest does not know the answer, a line inside the
 * condition counts as executed. There are two exceptions. Lines that end the script or the machine (`exit`, `reboot`,
 * `shutdown`) count only where it is certain that they run. The exit code for a reboot counts everywhere, but only
 * once per script.
 */
export interface Outcome {
  readonly disk: Disk;
  readonly exitCode: number;
  readonly power?: Power;
  /** Whether the script stopped the SSM agent, which then no longer reports. */
  readonly agentStopped: boolean;
  /** Whether packages were downloaded, which takes time. */
  readonly installed: boolean;
  /** Whether all packages were updated, which takes as long as a patch baseline. */
  readonly updated: boolean;
  /** What the script printed, as far as the guest knows. */
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Applies a script to a disk at a time. `again`: the script runs again after the reboot that its exit code requested.
 */
export function runScript(disk: Disk, script: string, at: number, again = false): Outcome {
  const state = stateOf(disk, at, again);
  const exitCode = (disk.platform === 'windows' ? runPowerShell : runSh)(state, script);
  return {
    disk: diskOf(state),
    exitCode,
    agentStopped: state.agentStopped,
    installed: state.installed,
    updated: state.updated,
    stdout: state.out.text,
    stderr: state.err.text,
    ...(state.power && { power: state.power }),
  };
}
