import { askChannels } from '../channels/ask.ts';
import { PLACE_HELP, readChannelOptions } from '../channels/options.ts';

const HELP = `Usage: golden history <recipe> --local|--aws [options]

Show the channels of a recipe, its releases, and who moved the channels when.

Arguments:
  recipe            name of the recipe; with --local also the path of a recipe file

Options:
${PLACE_HELP}\

Exit codes:
  0    the history was shown
  1    the history could not be read
  2    the request is wrong, or AWS cannot be used
  130  interrupted
`;

/** Runs `golden history`; returns the exit code. */
export const historyCommand = (args: readonly string[]): Promise<number> =>
  askChannels(
    { help: HELP, verb: 'History of', read: (given) => readChannelOptions('history', 'history', given) },
    args,
  );
