import type {
  CommandInvocation,
  CommandPlugin,
  ListCommandInvocationsCommandInput,
  ListCommandInvocationsCommandOutput,
} from '@aws-sdk/client-ssm';
import { AwsError } from '../errors.ts';
import type { Operation } from '../operation.ts';
import type { CommandPluginRecord, CommandRecord } from '../records.ts';
import { page } from './errors.ts';

export const listCommandInvocations: Operation<
  ListCommandInvocationsCommandInput,
  ListCommandInvocationsCommandOutput
> = {
  kind: 'read',
  accepts: ['CommandId', 'InstanceId', 'MaxResults', 'NextToken', 'Details'],
  run: ({ CommandId, InstanceId, MaxResults, NextToken, Details }, { world, account, region, now }) => {
    const own = (command: CommandRecord) => command.account === account && command.region === region;
    const truly = CommandId === undefined ? undefined : world.commands.get(CommandId);
    if (CommandId !== undefined && (truly === undefined || !own(truly))) {
      throw new AwsError('InvalidCommandId', `The command ID ${CommandId} is not valid.`);
    }
    const commands = world.commands
      .allSeen(now)
      .filter(
        (command) =>
          own(command) &&
          (CommandId === undefined || command.id === CommandId) &&
          (InstanceId === undefined || command.instanceId === InstanceId),
      )
      .sort((a, b) => b.requested - a.requested);
    const { items, ...rest } = page(commands, { MaxResults, NextToken }, { least: 1, most: 50, usual: 50 });
    return { CommandInvocations: items.map((command) => invocationOf(command, Details === true)), ...rest };
  },
};

function invocationOf(command: CommandRecord, details: boolean): CommandInvocation {
  return {
    CommandId: command.id,
    InstanceId: command.instanceId,
    InstanceName: '',
    Comment: command.comment ?? '',
    DocumentName: command.documentName,
    DocumentVersion: '$DEFAULT',
    RequestedDateTime: new Date(command.requested),
    Status: command.status,
    StatusDetails: command.statusDetails,
    StandardOutputUrl: '',
    StandardErrorUrl: '',
    CommandPlugins: details ? command.plugins.map(pluginOf) : [],
    ServiceRole: '',
  };
}

/** A plugin's output is cut here; GetCommandInvocation shows more of it (amazon-ssm-agent, MaximumPluginOutputSize). */
const OUTPUT_MAX = 2_500;
const TRUNCATED = '\n---Output truncated---';

function pluginOf(plugin: CommandPluginRecord): CommandPlugin {
  const { output } = plugin;
  return {
    Name: plugin.name,
    // The agent's statuses are those of the invocation, without `Delayed` and `Cancelling`.
    Status: plugin.status === 'Delayed' || plugin.status === 'Cancelling' ? 'InProgress' : plugin.status,
    StatusDetails: plugin.statusDetails,
    ResponseCode: plugin.responseCode,
    ...(plugin.startTime !== undefined && { ResponseStartDateTime: new Date(plugin.startTime) }),
    ...(plugin.endTime !== undefined && { ResponseFinishDateTime: new Date(plugin.endTime) }),
    Output:
      output.length > OUTPUT_MAX ? `${output.slice(0, OUTPUT_MAX - TRUNCATED.length)}${TRUNCATED}` : output,
    StandardOutputUrl: '',
    StandardErrorUrl: '',
  };
}
