import { type BuildPlace, exitCodeOf, invalidReport } from '../screen/report.ts';
import { type CallFailure, callFailureProblem, describeCallFailure } from './aws-call.ts';

/** Says why AWS cannot be used, in one line or as `--json` has it. Returns the exit code. */
export function reportCallFailure(
  failure: CallFailure,
  { json, place, recipe, instead }: { json: boolean; place: BuildPlace; recipe: string; instead?: string },
): number {
  const report = invalidReport({ ...place, recipe }, [callFailureProblem(failure)]);
  if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else
    process.stderr.write(`${describeCallFailure(failure)}${instead === undefined ? '' : `; ${instead}`}\n`);
  return exitCodeOf(report);
}
