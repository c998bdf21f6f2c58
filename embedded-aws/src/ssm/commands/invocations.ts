import type { CommandStatus } from '@aws-sdk/client-ssm';
import type { World } from '../../core/world.ts';
import { emit } from '../../eventbridge/emit.ts';
import type { CommandInvocationRecord, CommandRecord } from '../records.ts';

/** The id of a command's invocation on one guest. */
export const invocationId = (commandId: string, instanceId: string) => `${commandId}/${instanceId}`;

export function invocationsOf(world: World, { invocationIds }: CommandRecord): CommandInvocationRecord[] {
  return invocationIds.flatMap((id) => world.commandInvocations.get(id) ?? []);
}

/**
 * Saves an invocation, updates the summary of its command, and sends status changes to EventBridge.
 */
export function saveInvocation(world: World, invocation: CommandInvocationRecord, at: number): void {
  const before = world.commandInvocations.get(invocation.id);
  world.commandInvocations.put(invocation, at, 0);
  if (before?.status === invocation.status && before.statusDetails === invocation.statusDetails) return;
  emitStatus(world, invocation, 'EC2 Command Invocation Status-change Notification', at, {
    'command-id': invocation.commandId,
    'document-name': invocation.documentName,
    'instance-id': invocation.instanceId,
    'requested-date-time': new Date(invocation.requested).toISOString(),
    status: invocation.status,
  });
  const command = world.commands.get(invocation.commandId);
  if (command === undefined) return;
  const summary = summaryOf(invocationsOf(world, command));
  if (summary.status === command.status && summary.statusDetails === command.statusDetails) return;
  world.commands.put({ ...command, ...summary }, at, 0);
  emitStatus(world, command, 'EC2 Command Status-change Notification', at, {
    'command-id': command.id,
    'document-name': command.documentName,
    'expire-after': new Date(command.expiresAfter).toISOString(),
    parameters: command.parameters,
    'requested-date-time': new Date(command.requested).toISOString(),
    status: summary.status,
  });
}

/** The status of a command for the given invocations. */
function summaryOf(invocations: readonly CommandInvocationRecord[]): {
  status: CommandStatus;
  statusDetails: string;
} {
  const has = (status: string) => invocations.find((invocation) => invocation.status === status);
  const unfinished = has('Pending') ?? has('InProgress') ?? has('Delayed') ?? has('Cancelling');
  if (unfinished !== undefined) {
    if (invocations.every(({ status }) => status === 'Pending')) {
      return { status: 'Pending', statusDetails: 'Pending' };
    }
    const cancelling = has('Cancelling') !== undefined && !has('InProgress') && !has('Pending');
    const status = cancelling ? 'Cancelling' : 'InProgress';
    return { status, statusDetails: status };
  }
  // The most severe final status counts.
  const worst = has('Failed') ?? has('TimedOut') ?? has('Cancelled');
  if (worst === undefined) return { status: 'Success', statusDetails: 'Success' };
  // The details Undeliverable exist only for an invocation. The command has the details Failed.
  const statusDetails = worst.statusDetails === 'Undeliverable' ? 'Failed' : worst.statusDetails;
  return { status: worst.status as CommandStatus, statusDetails };
}

/**
 * Only these statuses are published, as for SNS (Systems Manager API reference,
 * NotificationConfig).
 */
const publishedStatuses: readonly string[] = ['InProgress', 'Success', 'TimedOut', 'Cancelled', 'Failed'];

function emitStatus(
  world: World,
  subject: CommandRecord | CommandInvocationRecord,
  detailType: string,
  time: number,
  detail: { readonly status: string; readonly [name: string]: unknown },
): void {
  if (!publishedStatuses.includes(detail.status)) return;
  const { account, region } = subject;
  const instanceIds =
    'invocationIds' in subject
      ? invocationsOf(world, subject).map(({ instanceId }) => instanceId)
      : [subject.instanceId];
  emit(world, {
    account,
    region,
    source: 'aws.ssm',
    detailType,
    resources: instanceIds.map((id) => `arn:aws:ec2:${region}:${account}:instance/${id}`),
    time,
    detail,
  });
}
