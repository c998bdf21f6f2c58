import * as z from 'zod/mini';
import { ec2, inspector2, ssm } from '../shared/aws/clients.ts';
import { endInstance } from '../shared/aws/end-instance.ts';
import { readCoverage, readFindings } from '../shared/aws/findings.ts';
import { launchInstance } from '../shared/aws/launch-instance.ts';
import { readTester, sendTestCommand } from '../shared/aws/tester.ts';
import { explainCveVerdict } from '../shared/build/cve-gate.ts';
import { cveStep, passedCve } from '../shared/build/cve-test.ts';
import {
  anyPlanSchema,
  candidateSchema,
  eventOf,
  type PendingVerdict,
  pendingVerdictSchema,
  type Verdict,
  verdictSchema,
} from '../shared/build/execution-document.ts';
import { endOf, type RunningTest, sentCommands, testStep } from '../shared/build/image-test.ts';
import { testsImage } from '../shared/build/tested.ts';
import { BuildFailed } from '../shared/errors.ts';
import { stage } from '../shared/lambda/stage.ts';
import type { DepsWith } from '../shared/lambda/step.ts';
import type { CveGate } from '../shared/recipe/recipe.ts';

const needs = { ec2, ssm, inspector2 };
type TestImageDeps = DepsWith<typeof needs>;

/**
 * TestImage: launches a fresh instance of the candidate, the tester, and gives the verdict on the image. The tester must pass EC2's status
 * checks, reach Systems Manager, and pass the checks of the pipeline, a scan for missing updates, the tests of the recipe and, if the
 * recipe has one, the CVE gate. A test that fails ends the build with its last lines of output.
 * Safe to repeat: the tester is found by its tags, and each command by its comment (a command that is sent twice does no harm). It does not
 * share the image. After a failure, it leaves the tester to CleanUp.
 */
export const handler = stage(
  'verdict',
  eventOf({
    plan: anyPlanSchema,
    candidate: candidateSchema,
    verdict: z.optional(z.union([pendingVerdictSchema, verdictSchema])),
  }),
  async (
    { execution, startTime, document: { plan, candidate, verdict } },
    deps,
  ): Promise<Verdict | PendingVerdict> => {
    const { test } = plan;
    const { imageId } = candidate;
    if (test === undefined || !testsImage(plan))
      return { status: 'ready', imageId, tested: false, tests: [] };
    const before = verdict?.status === 'pending' ? verdict : undefined;
    const tester =
      before?.tester.status === 'ready'
        ? before.tester
        : await launchInstance(
            { role: 'tester', imageId },
            { execution, plan: { ...plan, ...test }, before: before?.tester },
            deps,
          );
    if (tester.status === 'pending') {
      const { status, since, waitSeconds, awaiting } = tester;
      return { status, since, waitSeconds, awaiting, phase: 'launch', tester };
    }
    if (before?.phase === 'end') {
      await endInstance(tester.instanceId, plan, deps);
      const { gates, warnings } = before;
      const passed = { status: 'ready', imageId, tested: true, tests: Object.values(test.tests) } as const;
      return { ...passed, ...(gates && { gates }), ...(warnings && { warnings }) };
    }

    const clients = { ec2: deps.ec2(plan.region), ssm: deps.ssm(plan.region) };
    const running: RunningTest = {
      plan: { ...plan, test },
      candidate,
      imageCreated: candidate.createdAt ?? startTime,
      tester,
      before,
    };
    const next = testStep(running, await readTester(running, clients), deps.now());
    if ('wait' in next) return next.wait;
    if ('send' in next) {
      for (const command of next.send) await sendTestCommand(running, command, clients.ssm);
      return sentCommands(running, next.send, deps.now());
    }
    return test.cve === undefined ? endOf(running, {}, deps.now()) : passCveGate(running, test.cve, deps);
  },
  needs,
);

/** Waits for Inspector's scan, and then ends the test. An image that does not pass the gate fails the build. */
async function passCveGate(
  running: RunningTest,
  gate: CveGate,
  { inspector2, log, now }: TestImageDeps,
): Promise<PendingVerdict> {
  const { plan, tester, candidate } = running;
  const client = inspector2(plan.region);
  const [coverage, findings] = await Promise.all([
    readCoverage(tester.instanceId, client),
    readFindings(tester.instanceId, client),
  ]);
  const step = cveStep(running, gate, { coverage, findings }, now());
  if ('wait' in step) return step.wait;
  const { verdict } = step;
  log.info('the verdict of the CVE gate', { ...verdict });
  if (!verdict.passed) throw new BuildFailed(explainCveVerdict(verdict, candidate.imageId));
  return endOf(running, passedCve(verdict), now());
}
