import type {
  GetCommandInvocationCommandInput,
  GetCommandInvocationCommandOutput,
} from '@aws-sdk/client-ssm';
import { AwsError } from '../errors.ts';
import type { Operation } from '../operation.ts';
import type { CommandPluginRecord, CommandRecord } from '../records.ts';
import { ERROR_HEADING } from './commands/transitions.ts';
import { required } from './errors.ts';

/** Right after SendCommand the invocation need not be there yet. */
export const getCommandInvocation: Operation<
  GetCommandInvocationCommandInput,
  GetCommandInvocationCommandOutput
> = {
  kind: 'read',
  accepts: ['CommandId', 'InstanceId', 'PluginName'],
  run: ({ CommandId, InstanceId, PluginName }, { world, account, region, now }) => {
    const command = world.commands.seen(required(CommandId, 'commandId'), now);
    if (
      command?.account !== account ||
      command.region !== region ||
      command.instanceId !== required(InstanceId, 'instanceId')
    ) {
      throw new AwsError('InvocationDoesNotExist', 'An error occurred (InvocationDoesNotExist)');
    }
    const plugin = pluginOf(command, PluginName);
    const [output = '', error = ''] = (plugin?.output ?? '').split(ERROR_HEADING);
    return {
      CommandId: command.id,
      InstanceId: command.instanceId,
      Comment: command.comment ?? '',
      DocumentName: command.documentName,
      DocumentVersion: '$DEFAULT',
      PluginName: plugin?.name ?? '',
      ResponseCode: plugin?.responseCode ?? -1,
      ExecutionStartDateTime: plugin?.startTime === undefined ? '' : new Date(plugin.startTime).toISOString(),
      ExecutionElapsedTime: elapsed(plugin),
      ExecutionEndDateTime: plugin?.endTime === undefined ? '' : new Date(plugin.endTime).toISOString(),
      Status: command.status,
      StatusDetails: command.statusDetails,
      StandardOutputContent: output,
      StandardOutputUrl: '',
      StandardErrorContent: error,
      StandardErrorUrl: '',
      CloudWatchOutputConfig: { CloudWatchLogGroupName: '', CloudWatchOutputEnabled: false },
    };
  },
};

/** The plugin that is asked for. Of a document with several steps nothing is shown unless one of them is named. */
function pluginOf(command: CommandRecord, name: string | undefined): CommandPluginRecord | undefined {
  if (name === undefined) return command.plugins.length === 1 ? command.plugins[0] : undefined;
  const plugin = command.plugins.find((candidate) => candidate.name === name);
  if (plugin === undefined) {
    throw new AwsError('InvalidPluginName', `The plugin name ${name} is not valid.`);
  }
  return plugin;
}

/** ISO 8601, as `PT1M2.5S`. */
function elapsed(plugin: CommandPluginRecord | undefined): string {
  if (plugin?.startTime === undefined || plugin.endTime === undefined) return '';
  const seconds = (plugin.endTime - plugin.startTime) / 1000;
  const minutes = Math.floor(seconds / 60);
  const rest = Math.round((seconds - minutes * 60) * 1000) / 1000;
  return `PT${minutes > 0 ? `${minutes}M` : ''}${rest}S`;
}
