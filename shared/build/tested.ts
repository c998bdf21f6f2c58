import { Defect } from '../errors.ts';
import type { AnyPlan, CopyVerdicts, Verdict } from './execution-document.ts';

/** What the stages of the test report. */
export interface Verdicts {
  readonly verdict?: Verdict | undefined;
  readonly copyVerdicts?: CopyVerdicts | undefined;
}

/** Whether the image itself is tested. The image of a later addition was tested when it was built. */
export const testsImage = ({ test, distribution }: Pick<AnyPlan, 'test' | 'distribution'>): boolean =>
  test !== undefined && distribution === undefined;

/** The state machine shares only after the tests. This check is the second lock on the door. */
export function refuseIfUntested(
  plan: Pick<AnyPlan, 'test' | 'distribution'>,
  imageId: string,
  { verdict, copyVerdicts }: Verdicts,
): void {
  if (testsImage(plan) && !(verdict?.tested === true && verdict.imageId === imageId))
    throw new Defect(`The image ${imageId} has not passed its test, so it cannot be shared`);
  const passed = copyVerdicts?.regions.filter(({ phase }) => phase === 'passed').map(({ region }) => region);
  const untested = (plan.test?.copies ?? []).filter(({ region }) => passed?.includes(region) !== true);
  if (untested.length === 0) return;
  const regions = untested.map(({ region }) => region).join(', ');
  throw new Defect(`The copies in ${regions} have not passed their test, so they cannot be shared`);
}
