import * as z from 'zod/mini';
import { ec2, ssm } from '../shared/aws/clients.ts';
import { endInstance } from '../shared/aws/end-instance.ts';
import { launchInstance } from '../shared/aws/launch-instance.ts';
import { readBoot } from '../shared/aws/tester.ts';
import { copyStep, copyTestsWait } from '../shared/build/copy-test.ts';
import {
  type AnyPlan,
  anyPlanSchema,
  type CopyTest,
  type CopyVerdicts,
  copiesSchema,
  copyVerdictsSchema,
  eventOf,
  type PendingCopyVerdicts,
  pendingCopyVerdictsSchema,
} from '../shared/build/execution-document.ts';
import { Defect } from '../shared/errors.ts';
import { stage } from '../shared/lambda/stage.ts';
import type { DepsWith } from '../shared/lambda/step.ts';

const needs = { ec2, ssm };
type TestCopiesDeps = DepsWith<typeof needs>;
type Target = NonNullable<NonNullable<AnyPlan['test']>['copies']>[number];

/**
 * TestCopies: launches an instance of the copy in each region of `test.regions`, all at the same time, and waits until each has passed its
 * status checks and reached Systems Manager. The instances run in the default VPC of their region.
 * Safe to repeat: each tester is found by its tags in its region. It does not share images. After a failure, it leaves the testers to CleanUp.
 */
export const handler = stage(
  'copyVerdicts',
  eventOf({
    plan: anyPlanSchema,
    copies: copiesSchema,
    copyVerdicts: z.optional(z.union([pendingCopyVerdictsSchema, copyVerdictsSchema])),
  }),
  async (
    { execution, document: { plan, copies, copyVerdicts } },
    deps,
  ): Promise<CopyVerdicts | PendingCopyVerdicts> => {
    const known = new Map(copyVerdicts?.regions.map((one) => [one.region, one]));
    const imageIn = new Map(copies.regions.map(({ region, imageId }) => [region, imageId]));
    // Waits for all regions before it throws: an error in one region must not interrupt the calls in other regions.
    const results = await Promise.allSettled(
      (plan.test?.copies ?? []).map((target) => {
        const { region } = target;
        const imageId = imageIn.get(region);
        if (imageId === undefined) throw new Defect(`There is no copy in ${region} to test`);
        const before = known.get(region) ?? { region, imageId, phase: 'launch' };
        return advance(before, target, { execution, plan }, deps);
      }),
    );
    const regions = results.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
    const unfinished = regions.filter(({ phase }) => phase !== 'passed');
    if (unfinished.length === 0) return { status: 'ready', regions };
    const since = copyVerdicts?.status === 'pending' ? copyVerdicts.since : deps.now().toISOString();
    const awaiting = `the tests of the copies in ${unfinished.map(({ region }) => region).join(', ')}`;
    return { status: 'pending', since, waitSeconds: copyTestsWait(regions), awaiting, regions };
  },
  needs,
);

/** Makes the next call for the copy in one region, and reports the new state. */
async function advance(
  test: CopyTest,
  { region, instanceTypes, subnets }: Target,
  { execution, plan }: { readonly execution: string; readonly plan: AnyPlan },
  deps: TestCopiesDeps,
): Promise<CopyTest> {
  const { imageId, phase } = test;
  if (phase === 'passed') return test;
  if (test.tester?.status !== 'ready') {
    const spec = { role: 'tester', imageId, inDefaultGroup: true } as const;
    const launch = { ...plan, region, instanceTypes, subnets };
    const tester = await launchInstance(spec, { execution, plan: launch, before: test.tester }, deps);
    if (tester.status === 'pending')
      return { region, imageId, phase: 'launch', waitSeconds: tester.waitSeconds, tester };
    return { region, imageId, phase: 'boot', since: deps.now().toISOString(), waitSeconds: 1, tester };
  }
  const { tester } = test;
  if (phase === 'end') {
    await endInstance(tester.instanceId, { region }, deps);
    return { region, imageId, phase: 'passed' };
  }
  const clients = { ec2: deps.ec2(region), ssm: deps.ssm(region) };
  return copyStep(test, tester, await readBoot(tester.instanceId, clients), { ...plan, now: deps.now() });
}
