import { ANSWERED_HELP, readAnswerOptions } from '../approval/options.ts';
import { answerBuild } from '../approval/run-answer.ts';
import { PLACE_HELP } from '../channels/options.ts';

const HELP = `Usage: golden reject <recipe|execution> --local|--aws [options]

Refuse the image of a build that waits for approval. The build fails with the reason, and removes the image.

${ANSWERED_HELP}\

Options:
  --reason TEXT     why (required); the build fails with it
${PLACE_HELP}\

Exit codes:
  0    the build was rejected
  1    the answer could not be given
  2    the request is wrong, or AWS cannot be used; the build was not answered
  130  interrupted; with --aws, an answer that was sent still counts
`;

/** Runs `golden reject`; returns the exit code. */
export const rejectCommand = (args: readonly string[]): Promise<number> =>
  answerBuild({ help: HELP, verb: 'Rejecting', read: (given) => readAnswerOptions('reject', given) }, args);
