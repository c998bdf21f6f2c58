import { BuildFailed } from '../errors.ts';
import { diagnoseScan, type FailedPlugin } from './diagnosis.ts';
import type { Launched, PendingScan } from './execution-document.ts';
import { pending, waitTimes } from './waiting.ts';

/** A scan on a running instance. */
export interface RunningScan {
  readonly imageId: string;
  readonly scanner: Launched;
  /** What the previous invocation reported; absent: this is the first. */
  readonly before: PendingScan | undefined;
}

/** The state of a scan in Systems Manager. */
export interface ScanState {
  /** Status of the SSM agent; absent: the agent has not registered. */
  readonly agent?: string | undefined;
  readonly command?: ScanCommand | undefined;
  /** The missing updates of the image; absent: Patch Manager has no result yet. */
  readonly found?: PendingScan['found'];
}

export interface ScanCommand {
  readonly commandId: string;
  readonly status: string;
  readonly details: string;
  readonly plugin: FailedPlugin | undefined;
}

/** The comment by which the command of a scan is found: SendCommand has no client token, and its answer may be lost. */
export const commandComment = (imageId: string): string => `Missing updates of ${imageId}`;

/** Whether to send the command: the agent is online, and no earlier command is known. */
export const shouldSendCommand = ({ before }: RunningScan, { agent, command }: ScanState): boolean =>
  agent === 'Online' && command === undefined && before?.commandId === undefined;

/** The final statuses of a command on its instance (SSM API reference, CommandInvocation). */
const ENDED_COMMAND_STATUSES = new Set(['Success', 'Failed', 'TimedOut', 'Cancelled']);

const patienceOf = {
  agent: waitTimes.scanAgent,
  command: waitTimes.scanCommand,
  result: waitTimes.scanResult,
} as const;

/** The report of one invocation. `commandId`: of the command that this or an earlier invocation sent. */
export function scanProgress(
  { imageId, scanner, before }: RunningScan,
  { agent, command, found }: ScanState,
  commandId: string | undefined,
  now: Date,
): PendingScan {
  const { instanceId } = scanner;
  const known = { scanner, ...(commandId === undefined ? {} : { commandId }) };
  const waiting = (
    phase: keyof typeof patienceOf,
    awaiting: string,
    said: string | undefined,
  ): PendingScan => {
    const since = before?.phase === phase ? before.since : undefined;
    return { ...pending(patienceOf[phase], { since, now, awaiting, said }), phase, ...known };
  };
  if (commandId === undefined && agent !== 'Online') {
    const said = agent ?? 'the agent has not registered';
    return waiting('agent', `the SSM agent of the scanner ${instanceId} to come online`, said);
  }
  if (command === undefined || !ENDED_COMMAND_STATUSES.has(command.status))
    return waiting('command', `the scan for missing updates on ${instanceId} to end`, command?.details);
  if (command.status !== 'Success') {
    const { details: status, plugin } = command;
    throw new BuildFailed(diagnoseScan({ imageId, instanceId, status, plugin }));
  }
  if (found === undefined)
    return waiting('result', `Patch Manager to show the result of the scan on ${instanceId}`, undefined);
  const awaiting = `the scanner ${instanceId} to be terminated`;
  return {
    status: 'pending',
    since: now.toISOString(),
    waitSeconds: 1,
    awaiting,
    phase: 'end',
    ...known,
    found,
  };
}
