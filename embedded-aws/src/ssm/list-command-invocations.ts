import type {
  ListCommandInvocationsCommandInput,
  ListCommandInvocationsCommandOutput,
} from '@aws-sdk/client-ssm';
import type { Operation } from '../core/service.ts';
import { checkList, commandTest } from './commands/filters.ts';
import { invocationShape } from './commands/shapes.ts';
import { page } from './paging.ts';
import { requireCommand } from './require-command.ts';

/** Newest first. */
export const listCommandInvocations: Operation<
  ListCommandInvocationsCommandInput,
  ListCommandInvocationsCommandOutput
> = {
  kind: 'read',
  accepts: ['CommandId', 'Details', 'Filters.key', 'Filters.value', 'InstanceId', 'MaxResults', 'NextToken'],
  run: (input, call) => {
    checkList(input);
    const { world, account, region, now } = call;
    const { CommandId, InstanceId, Filters, Details } = input;
    if (CommandId !== undefined) requireCommand(call, CommandId);
    const passes = commandTest(Filters, 'invocations');
    const invocations = world.commandInvocations
      .allSeen(now)
      .filter((invocation) => invocation.account === account && invocation.region === region)
      .filter(
        (invocation) =>
          (CommandId === undefined || invocation.commandId === CommandId) &&
          (InstanceId === undefined || invocation.instanceId === InstanceId) &&
          passes(invocation),
      )
      .sort((a, b) => b.requested - a.requested);
    const { items, ...rest } = page(invocations, input, { least: 1, most: 50, defaultSize: 50 });
    return {
      CommandInvocations: items.map((invocation) => invocationShape(world, invocation, Details === true)),
      ...rest,
    };
  },
};
