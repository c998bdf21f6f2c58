import { type BuildPlace, exitCodeOf, invalidReport } from '../screen/report.ts';
import { type CallFailure, callFailureProblem, describeCallFailure } from './aws-call.ts';

/** Prints why AWS cannot be used, in one line or as JSON. Returns the exit code. `effect` says what was not done because of it. */
export function reportCallFailure(
  failure: CallFailure,
  { json, place, recipe, effect }: { json: boolean; place: BuildPlace; recipe: string; effect?: string },
): number {
  const report = invalidReport({ ...place, recipe }, [callFailureProblem(failure)]);
  if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else process.stderr.write(`${describeCallFailure(failure)}${effect === undefined ? '' : `; ${effect}`}\n`);
  return exitCodeOf(report);
}
