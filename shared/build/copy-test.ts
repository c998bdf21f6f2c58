import type { AnyPlan, CopyTest, Launched, TestPlan } from './execution-document.ts';
import type { TestNetwork } from './plan-facts.ts';
import { type BootState, bootTimes, describeBoot, hasBooted, refuseUnlessBooting } from './tester-boot.ts';
import { pending } from './waiting.ts';

/**
 * The next state of the test of one copy, whose tester is running. A copy has the content of the image that `TestImage` tests, so it only
 * has to boot and reach Systems Manager. Throws `BuildFailed` if it does not.
 */
export function copyStep(
  { region, imageId, since }: CopyTest,
  tester: Launched,
  state: BootState,
  { platform, now }: Pick<AnyPlan, 'platform'> & { readonly now: Date },
): CopyTest {
  refuseUnlessBooting({ imageId, tester }, state, now);
  // The result must be recorded before the tester is terminated, as in `TestImage`.
  if (hasBooted(state)) return { region, imageId, phase: 'end', waitSeconds: 1, tester };
  const awaiting =
    `the tester ${tester.instanceId} of ${imageId} in ${region} to boot and reach Systems Manager ` +
    '(from the default VPC)';
  const wait = pending(bootTimes[platform], { since, now, awaiting, said: describeBoot(state) });
  return { region, imageId, phase: 'boot', since: wait.since, waitSeconds: wait.waitSeconds, tester };
}

/** How long the stage waits: until the first of the copies may have changed. */
export const copyTestsWait = (tests: readonly CopyTest[]): number =>
  Math.min(...tests.flatMap(({ phase, waitSeconds = 1 }) => (phase === 'passed' ? [] : [waitSeconds])));

/** The tests of the copies, each with the instance types that its region has, in the order of preference. */
export const plannedCopyTests = (
  networks: ReadonlyMap<string, TestNetwork>,
  wanted: readonly string[],
): NonNullable<TestPlan['copies']> =>
  [...networks].map(([region, { subnets, instanceTypes }]) => ({
    region,
    subnets: [...subnets],
    instanceTypes: wanted.filter((type) => instanceTypes.includes(type)),
  }));

/** The test of a later addition: only its copies, because the image was tested when it was built. */
export const copiesOnly = (copies: NonNullable<TestPlan['copies']>): TestPlan => ({
  checkDocument: '',
  checkDocumentVersion: '',
  testsDocument: '',
  tests: {},
  scan: false,
  instanceTypes: [],
  subnets: [],
  copies,
});
