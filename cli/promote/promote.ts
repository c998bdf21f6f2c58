import { askChannels } from '../channels/ask.ts';
import { PLACE_HELP, readChannelOptions } from '../channels/options.ts';

const HELP = `Usage: golden promote <recipe> --local|--aws [options]

Make a channel name a release, in all regions of the release or in none. Consumers read the channel's
SSM parameter /golden-images/<recipe>/<channel>.

Arguments:
  recipe            name of the recipe; with --local also the path of a recipe file

Options:
  --to CHANNEL      channel to move (default: the recipe's second channel, usually stable)
  --version VERSION release to promote (default: the release in the channel before)
${PLACE_HELP}\

Exit codes:
  0    the channel names the release
  1    the channel could not be moved, and names in all regions what it named before; or it could not be
       put back everywhere, and the message says so
  2    the request is wrong, or AWS cannot be used; nothing was changed
  130  interrupted; with --aws, the execution continues
`;

/** Runs `golden promote`; returns the exit code. */
export const promoteCommand = (args: readonly string[]): Promise<number> =>
  askChannels(
    {
      help: HELP,
      verb: 'Promoting',
      read: (given) => readChannelOptions('promote', 'promote', given, { to: 'CHANNEL', version: 'VERSION' }),
    },
    args,
  );
