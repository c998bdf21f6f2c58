import { askChannels } from '../channels/ask.ts';
import { PLACE_HELP, readAdditionOptions } from '../channels/options.ts';

const HELP = `Usage: golden share <recipe> --account ID --local|--aws [options]

Share a release with a further account, without a build. Add the account to share.accounts of the recipe,
too: every release sets the permissions of all releases to the recipe's list, so an account that is not
in the list loses its access with the next release.

Arguments:
  recipe            name of the recipe; with --local also the path of a recipe file

Options:
  --account ID      further account; several accounts are separated by commas
  --version VERSION release to share (default: the newest release)
${PLACE_HELP}\

Exit codes:
  0    the accounts can launch the release in all its regions
  1    the release could not be shared, or only in some regions
  2    the request is wrong, or AWS cannot be used; nothing was changed
  130  interrupted; with --aws, the execution continues
`;

/** Runs `golden share`; returns the exit code. */
export const shareCommand = (args: readonly string[]): Promise<number> =>
  askChannels(
    {
      help: HELP,
      verb: 'Sharing',
      ifFailed:
        'Some images may be shared. Run the command again: it makes only the changes that are missing.',
      read: (given) => readAdditionOptions('share', given),
    },
    args,
  );
