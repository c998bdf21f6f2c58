import { askChannels } from '../channels/ask.ts';
import { PLACE_HELP, readAdditionOptions } from '../channels/options.ts';

const HELP = `Usage: golden copy <recipe> --to REGION --local|--aws [options]

Copy a release to a further region, without a build: for example to an optional region that failed. The
copy is tested in the region if the recipe says so (test.regions). Then it is shared with the accounts
of the release, and the parameters of the version and of all channels that name the release are written
in the region. Add the region to the recipe for later releases.

Arguments:
  recipe            name of the recipe; with --local also the path of a recipe file

Options:
  --to REGION       further region; several regions are separated by commas
  --version VERSION release to copy (default: the newest release)
${PLACE_HELP}\

Exit codes:
  0    the release has images in the regions
  1    the release could not be copied; what was made was removed again
  2    the request is wrong, or AWS cannot be used; nothing was changed
  130  interrupted; with --aws, the execution continues
`;

/** Runs `golden copy`; returns the exit code. */
export const copyCommand = (args: readonly string[]): Promise<number> =>
  askChannels(
    {
      help: HELP,
      verb: 'Copying',
      ifFailed: 'The release stays as it was. Clean-up removes the copies that were made.',
      read: (given) => readAdditionOptions('copy', given),
    },
    args,
  );
