import { BuildFailed } from '../errors.ts';
import { diagnoseScan, type FailedPlugin } from './diagnosis.ts';
import type { Launched, PendingScan } from './execution-document.ts';
import { pending, waitTimes } from './waiting.ts';

/** A scan on an instance that runs. */
export interface RunningScan {
  readonly imageId: string;
  readonly scanner: Launched;
  /** What the turn before reported; absent: this is the first. */
  readonly before: PendingScan | undefined;
}

/** What Systems Manager shows of a scan. */
export interface ScanState {
  /** Status of the SSM agent; absent: it has not registered. */
  readonly agent?: string | undefined;
  readonly command?: ScanCommand | undefined;
  /** What the image lacks; absent: Patch Manager does not show it yet. */
  readonly found?: PendingScan['found'];
}

export interface ScanCommand {
  readonly commandId: string;
  readonly status: string;
  readonly details: string;
  readonly plugin: FailedPlugin | undefined;
}

/** The comment by which a scan's command is found: SendCommand takes no token, and its answer may have been lost. */
export const commandComment = (imageId: string): string => `What ${imageId} lacks`;

/** Whether the command is to be sent: the agent can take it, and nothing says that it was sent before. */
export const shouldSendCommand = ({ before }: RunningScan, { agent, command }: ScanState): boolean =>
  agent === 'Online' && command === undefined && before?.commandId === undefined;

/** Statuses in which a command does not change any more on its instance (SSM API reference, CommandInvocation). */
const ENDED = new Set(['Success', 'Failed', 'TimedOut', 'Cancelled']);

const patienceOf = {
  agent: waitTimes.scanAgent,
  command: waitTimes.scanCommand,
  result: waitTimes.scanResult,
} as const;

/** What a turn of a scan reports. `commandId`: of the command that was sent, in this turn or an earlier one. */
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
    const said = agent ?? 'it has not registered';
    return waiting('agent', `the SSM agent of the scanner ${instanceId} to come online`, said);
  }
  if (command === undefined || !ENDED.has(command.status))
    return waiting('command', `the scan for updates on ${instanceId} to end`, command?.details);
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
