import type { Command, CommandInvocation, CommandPlugin } from '@aws-sdk/client-ssm';
import type { World } from '../../core/world.ts';
import type { CommandInvocationRecord, CommandPluginRecord, CommandRecord } from '../records.ts';
import { invocationsOf } from './invocations.ts';
import { outputUrl, shortened } from './output.ts';

/** Output to CloudWatch Logs is not emulated. */
export const noCloudWatch = { CloudWatchLogGroupName: '', CloudWatchOutputEnabled: false };

const noNotification = { NotificationArn: '', NotificationEvents: [] };

export function commandShape(world: World, command: CommandRecord): Command {
  const invocations = invocationsOf(world, command);
  const ended = invocations.filter(({ status }) => hasEnded(status));
  const timedOut = ended.filter(({ statusDetails }) => statusDetails === 'DeliveryTimedOut');
  const failed = ended.filter(
    ({ status, statusDetails }) => status === 'Failed' || statusDetails === 'ExecutionTimedOut',
  );
  return {
    CommandId: command.id,
    DocumentName: command.documentName,
    DocumentVersion: command.documentVersion,
    Comment: command.comment ?? '',
    ExpiresAfter: new Date(command.expiresAfter),
    Parameters: Object.fromEntries(
      Object.entries(command.parameters).map(([name, values]) => [name, [...values]]),
    ),
    InstanceIds: [...command.instanceIds],
    Targets: command.targets.map(({ key, values }) => ({ Key: key, Values: [...values] })),
    RequestedDateTime: new Date(command.requested),
    Status: command.status,
    StatusDetails: command.statusDetails,
    OutputS3Region: command.region,
    OutputS3BucketName: command.output?.bucket ?? '',
    OutputS3KeyPrefix: command.output?.prefix ?? '',
    MaxConcurrency: maxConcurrency,
    MaxErrors: maxErrors,
    TargetCount: invocations.length,
    CompletedCount: ended.length,
    ErrorCount: failed.length,
    DeliveryTimedOutCount: timedOut.length,
    ServiceRole: '',
    NotificationConfig: noNotification,
    CloudWatchOutputConfig: noCloudWatch,
    TimeoutSeconds: command.timeoutSeconds,
    AlarmConfiguration: { IgnorePollAlarmFailure: false, Alarms: [] },
    TriggeredAlarms: [],
  };
}

/** The default rate at which commands reach guests. Other rates are not emulated. */
export const maxConcurrency = '50';
export const maxErrors = '0';

export const hasEnded = (status: string) => ['Success', 'Failed', 'TimedOut', 'Cancelled'].includes(status);

/** The Name tag of an instance, which lists show. */
const nameOf = (world: World, id: string) => world.instances.get(id)?.tags.Name ?? '';

export function invocationShape(
  world: World,
  invocation: CommandInvocationRecord,
  details: boolean,
): CommandInvocation {
  const only = invocation.plugins.length === 1 ? invocation.plugins[0] : undefined;
  return {
    CommandId: invocation.commandId,
    InstanceId: invocation.instanceId,
    InstanceName: nameOf(world, invocation.instanceId),
    Comment: invocation.comment ?? '',
    DocumentName: invocation.documentName,
    DocumentVersion: invocation.documentVersion,
    RequestedDateTime: new Date(invocation.requested),
    Status: invocation.status,
    StatusDetails: invocation.statusDetails,
    StandardOutputUrl: outputUrl(invocation, only, 'stdout'),
    StandardErrorUrl: outputUrl(invocation, only, 'stderr'),
    CommandPlugins: details ? invocation.plugins.map((plugin) => pluginShape(invocation, plugin)) : [],
    ServiceRole: '',
    NotificationConfig: noNotification,
    CloudWatchOutputConfig: noCloudWatch,
  };
}

function pluginShape(invocation: CommandInvocationRecord, plugin: CommandPluginRecord): CommandPlugin {
  const { outputTo, region } = invocation;
  return {
    Name: plugin.name,
    // Plugins have the statuses of invocations, except `Delayed` and `Cancelling`.
    Status: plugin.status === 'Delayed' || plugin.status === 'Cancelling' ? 'InProgress' : plugin.status,
    StatusDetails: plugin.statusDetails,
    ResponseCode: plugin.responseCode,
    ...(plugin.startTime !== undefined && { ResponseStartDateTime: new Date(plugin.startTime) }),
    ...(plugin.endTime !== undefined && { ResponseFinishDateTime: new Date(plugin.endTime) }),
    Output: shortened(plugin.output),
    StandardOutputUrl: outputUrl(invocation, plugin, 'stdout'),
    StandardErrorUrl: outputUrl(invocation, plugin, 'stderr'),
    OutputS3Region: region,
    OutputS3BucketName: outputTo?.bucket ?? '',
    OutputS3KeyPrefix: outputTo?.prefix ?? '',
  };
}
