import { exitCodeOf, invalidReport, type Place } from '../screen/report.ts';
import { describeTrouble, problemOf, type Trouble } from './aws-trouble.ts';

/** Says why AWS cannot be used, in one line or as `--json` has it. Returns the exit code. */
export function refuseFor(
  trouble: Trouble,
  { json, place, recipe, instead }: { json: boolean; place: Place; recipe: string; instead?: string },
): number {
  const report = invalidReport({ ...place, recipe }, [problemOf(trouble)]);
  if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else process.stderr.write(`${describeTrouble(trouble)}${instead === undefined ? '' : `; ${instead}`}\n`);
  return exitCodeOf(report);
}
