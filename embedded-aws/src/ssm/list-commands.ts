import type { ListCommandsCommandInput, ListCommandsCommandOutput } from '@aws-sdk/client-ssm';
import type { Operation } from '../core/service.ts';
import { checkList, commandTest } from './commands/filters.ts';
import { invocationId } from './commands/invocations.ts';
import { commandShape } from './commands/shapes.ts';
import { page } from './paging.ts';
import { requireCommand } from './require-command.ts';

/** Newest first. */
export const listCommands: Operation<ListCommandsCommandInput, ListCommandsCommandOutput> = {
  kind: 'read',
  accepts: ['CommandId', 'Filters.key', 'Filters.value', 'InstanceId', 'MaxResults', 'NextToken'],
  run: (input, call) => {
    checkList(input);
    const { world, account, region, now } = call;
    const { CommandId, InstanceId, Filters } = input;
    if (CommandId !== undefined) requireCommand(call, CommandId);
    const passes = commandTest(Filters, 'commands');
    const commands = world.commands
      .allSeen(now)
      .filter((command) => command.account === account && command.region === region)
      .filter(
        (command) =>
          (CommandId === undefined || command.id === CommandId) &&
          (InstanceId === undefined ||
            command.invocationIds.includes(invocationId(command.id, InstanceId))) &&
          passes(command),
      )
      .sort((a, b) => b.requested - a.requested);
    const { items, ...rest } = page(commands, input, { least: 1, most: 50, defaultSize: 50 });
    return { Commands: items.map((command) => commandShape(world, command)), ...rest };
  },
};
