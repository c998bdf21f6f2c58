import { askChannels } from '../channels/ask.ts';
import { PLACE_HELP, readChannelOptions } from '../channels/options.ts';

const HELP = `Usage: golden rollback <recipe> --local|--aws [options]

Make a channel name the last good release before the present one, in all regions of that release or in
none. A release from which the channel was rolled back does not count as good.

Arguments:
  recipe            name of the recipe; with --local also the path of a recipe file

Options:
  --channel CHANNEL channel to roll back (default: the recipe's last channel, usually stable)
${PLACE_HELP}\

Exit codes:
  0    the channel names the earlier release
  1    the channel could not be moved, and names in all regions what it named before; or it could not be
       put back everywhere, and the message says so
  2    the request is wrong, or AWS cannot be used; nothing was changed
  130  interrupted; with --aws, the execution continues
`;

/** Runs `golden rollback`; returns the exit code. */
export const rollbackCommand = (args: readonly string[]): Promise<number> =>
  askChannels(
    {
      help: HELP,
      verb: 'Rolling back',
      read: (given) => readChannelOptions('rollback', 'rollback', given, { channel: 'CHANNEL' }),
    },
    args,
  );
