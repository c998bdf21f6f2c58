import { ANSWERED_HELP, readAnswerOptions } from '../approval/options.ts';
import { answerBuild } from '../approval/run-answer.ts';
import { PLACE_HELP } from '../channels/options.ts';

const HELP = `Usage: golden approve <recipe|execution> --local|--aws [options]

Release the image of a build that waits for approval. The release keeps who approved it: with --aws, the
identity that AWS authenticated.

${ANSWERED_HELP}\

Options:
  --comment TEXT    why; the release keeps it
${PLACE_HELP}\

Exit codes:
  0    the build was approved
  1    the answer could not be given, or, with --local, the approved build failed
  2    the request is wrong, or AWS cannot be used; the build was not answered
  130  interrupted; with --aws, an answer that was sent still counts
`;

/** Runs `golden approve`; returns the exit code. */
export const approveCommand = (args: readonly string[]): Promise<number> =>
  answerBuild({ help: HELP, verb: 'Approving', read: (given) => readAnswerOptions('approve', given) }, args);
