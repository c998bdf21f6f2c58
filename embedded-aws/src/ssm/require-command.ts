import { AwsError } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import type { CommandRecord } from './records.ts';

/** A command of the caller, including a new command that reads do not show yet. */
export function requireCommand({ world, account, region }: Call, id: string): CommandRecord {
  const command = world.commands.get(id);
  if (command?.account !== account || command.region !== region) {
    throw new AwsError('InvalidCommandId', `The command ID ${id} is not valid.`);
  }
  return command;
}
