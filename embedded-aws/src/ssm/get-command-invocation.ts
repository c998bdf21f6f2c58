import type {
  GetCommandInvocationCommandInput,
  GetCommandInvocationCommandOutput,
} from '@aws-sdk/client-ssm';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { invocationId } from './commands/invocations.ts';
import { outputUrl, stderrMax, stdoutMax, streamsOf } from './commands/output.ts';
import { hasEnded, noCloudWatch } from './commands/shapes.ts';
import { id, instanceId } from './constraints.ts';
import type { CommandInvocationRecord, CommandPluginRecord } from './records.ts';

/** Right after SendCommand, the invocation may not be visible yet. */
export const getCommandInvocation: Operation<
  GetCommandInvocationCommandInput,
  GetCommandInvocationCommandOutput
> = {
  kind: 'read',
  accepts: ['CommandId', 'InstanceId', 'PluginName'],
  run: (input, { world, account, region, now }) => {
    check(input, {
      CommandId: { required: true, ...id },
      InstanceId: { required: true, ...instanceId },
      PluginName: { length: [4, Number.POSITIVE_INFINITY] },
    });
    const { CommandId = '', InstanceId = '', PluginName } = input;
    const command = world.commandInvocations.seen(invocationId(CommandId, InstanceId), now);
    if (command?.account !== account || command.region !== region) {
      throw new AwsError('InvocationDoesNotExist', 'An error occurred (InvocationDoesNotExist)');
    }
    const plugin = pluginOf(command, PluginName);
    // A plugin that has not ended shows no output.
    const { stdout, stderr } = streamsOf({
      output: plugin !== undefined && hasEnded(plugin.status) ? plugin.output : '',
    });
    return {
      CommandId: command.commandId,
      InstanceId: command.instanceId,
      Comment: command.comment ?? '',
      DocumentName: command.documentName,
      DocumentVersion: command.documentVersion,
      PluginName: plugin?.name ?? '',
      ResponseCode: plugin?.responseCode ?? -1,
      ExecutionStartDateTime: plugin?.startTime === undefined ? '' : new Date(plugin.startTime).toISOString(),
      ExecutionElapsedTime: elapsed(plugin),
      ExecutionEndDateTime: plugin?.endTime === undefined ? '' : new Date(plugin.endTime).toISOString(),
      Status: command.status,
      StatusDetails: command.statusDetails,
      StandardOutputContent: stdout.slice(0, stdoutMax),
      StandardOutputUrl: outputUrl(command, plugin, 'stdout'),
      StandardErrorContent: stderr.slice(0, stderrMax),
      StandardErrorUrl: outputUrl(command, plugin, 'stderr'),
      CloudWatchOutputConfig: noCloudWatch,
    };
  },
};

/**
 * The requested plugin. A document with several steps shows no output unless the request names a
 * step.
 */
function pluginOf(
  { plugins }: CommandInvocationRecord,
  name: string | undefined,
): CommandPluginRecord | undefined {
  if (name === undefined) return plugins.length === 1 ? plugins[0] : undefined;
  const plugin = plugins.find((candidate) => candidate.name === name);
  if (plugin === undefined) {
    throw new AwsError('InvalidPluginName', `The plugin name ${name} is not valid.`);
  }
  return plugin;
}

/** An ISO 8601 duration, for example `PT1M2.5S`. */
function elapsed(plugin: CommandPluginRecord | undefined): string {
  if (plugin?.startTime === undefined || plugin.endTime === undefined) return '';
  const seconds = (plugin.endTime - plugin.startTime) / 1000;
  const minutes = Math.floor(seconds / 60);
  const rest = Math.round((seconds - minutes * 60) * 1000) / 1000;
  return `PT${minutes > 0 ? `${minutes}M` : ''}${rest}S`;
}
