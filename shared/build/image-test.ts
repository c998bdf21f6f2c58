import { BuildFailed } from '../errors.ts';
import { type FailedPlugin, lastLines } from './diagnosis.ts';
import type { AnyPlan, Candidate, Launched, PendingVerdict, TestPlan } from './execution-document.ts';
import { type BootState, bootTimes, describeBoot, hasBooted, refuseUnlessBooting } from './tester-boot.ts';
import { BESIDE_COPIES_SECONDS, pending, waitTimes } from './waiting.ts';

/** A candidate that is tested on a running instance, the tester. */
export interface RunningTest {
  readonly plan: AnyPlan & { readonly test: TestPlan };
  readonly candidate: Candidate;
  /** When EC2 created the image (ISO 8601). */
  readonly imageCreated: string;
  readonly tester: Launched;
  /** What the previous invocation reported; absent: this is the first. */
  readonly before: PendingVerdict | undefined;
}

/** What EC2 and Systems Manager say about the tester. */
export interface TesterState extends BootState {
  readonly commands: readonly SeenCommand[];
  /** The updates that the image is missing; absent: Patch Manager has no result yet. */
  readonly updates?: { readonly missing: number; readonly failed: number } | undefined;
}

export interface SeenCommand {
  readonly commandId: string;
  readonly purpose: Purpose;
  readonly status: string;
  readonly details: string;
  readonly plugin: FailedPlugin | undefined;
}

/** A command on the tester. Commands of one wave run at the same time. Tests may use the package manager, which a scan locks. */
export interface TestCommand {
  readonly purpose: Purpose;
  readonly document: string;
  readonly version?: string;
  readonly parameters: Readonly<Record<string, string[]>>;
}

export type Purpose = 'checks' | 'scan' | 'tests';

/** The comment by which a command is found: SendCommand has no client token, and its answer may be lost. */
export const commandComment = (purpose: Purpose, imageId: string): string =>
  ({
    checks: `Checks of ${imageId}`,
    scan: `Missing updates of ${imageId}`,
    tests: `Tests of ${imageId}`,
  })[purpose];

/** The commands of a test in waves. A wave begins when all commands of the former wave have succeeded. */
function waves({ plan: { test }, imageCreated }: RunningTest): TestCommand[][] {
  const checks: TestCommand = {
    purpose: 'checks',
    document: test.checkDocument,
    version: test.checkDocumentVersion,
    parameters: { ImageCreated: [imageCreated] },
  };
  const scan: TestCommand = {
    purpose: 'scan',
    document: 'AWS-RunPatchBaseline',
    parameters: { Operation: ['Scan'] },
  };
  const tests: TestCommand = { purpose: 'tests', document: test.testsDocument, parameters: {} };
  const all = [
    [...(test.checkDocument === '' ? [] : [checks]), ...(test.scan ? [scan] : [])],
    test.testsDocument === '' ? [] : [tests],
  ];
  return all.filter((wave) => wave.length > 0);
}

/** The next thing to do in a test: send commands, wait, or end the tester, because the image has passed. A failed test throws. */
export type TestStep =
  | { readonly send: readonly TestCommand[] }
  | { readonly wait: PendingVerdict }
  | { readonly passed: true };

/** The final statuses of a command on its instance (SSM API reference, CommandInvocation). */
const ENDED = new Set(['Success', 'Failed', 'TimedOut', 'Cancelled']);

/** Decides the next step of a test. Throws `BuildFailed` with the reason if the image has failed. */
export function testStep(running: RunningTest, state: TesterState, now: Date): TestStep {
  refuseUnlessBooting({ imageId: running.candidate.imageId, tester: running.tester }, state, now);
  refuseIfOldMetadata(running, state);
  for (const command of state.commands) refuseIfFailed(running, command);
  refuseIfOutdated(running, state);

  const all = waves(running);
  const succeeded = (purpose: Purpose) =>
    state.commands.some((command) => command.purpose === purpose && command.status === 'Success');
  const wave = all.find((commands) => !commands.every(({ purpose }) => succeeded(purpose))) ?? [];
  const unsent = wave.filter(({ purpose }) => !state.commands.some((one) => one.purpose === purpose));
  if (unsent.length > 0 && state.agent === 'Online') return { send: unsent };
  if (unsent.length > 0) return { wait: waitingForBoot(running, state, now) };
  if (wave.length > 0) return { wait: waitingForCommands(running, state, wave, now) };
  // The boot was seen before the gate began. An agent that is briefly away must not restart the deadline of the gate.
  if (running.before?.phase === 'cve') return { passed: true };
  const needsUpdates = running.plan.test.scan && state.updates === undefined;
  if (needsUpdates || !hasBooted(state)) return { wait: waitingForBoot(running, state, now) };
  return { passed: true };
}

/** What TestImage reports after it sent commands. */
export const sentCommands = (running: RunningTest, sent: readonly TestCommand[], now: Date): PendingVerdict =>
  waitingForCommands(running, { instanceReason: '', commands: [] }, sent, now);

/**
 * What TestImage reports when the image has passed. The next invocation terminates the tester: the result must be recorded first, because
 * an invocation that dies after the termination would otherwise be followed by one that finds no tester.
 */
export const endOf = ({ tester }: RunningTest, passed: PassedGates, now: Date): PendingVerdict => ({
  status: 'pending',
  since: now.toISOString(),
  waitSeconds: 1,
  awaiting: `the tester ${tester.instanceId} to be terminated`,
  phase: 'end',
  tester,
  ...passed,
});

/** The gates that the image has passed, besides the commands. */
export type PassedGates = Pick<PendingVerdict, 'gates' | 'warnings'>;

/** The image requires IMDSv2, but a default of the account takes precedence over the image (EC2 user guide, "Configure the instance metadata options"). */
function refuseIfOldMetadata({ plan, candidate, tester }: RunningTest, { httpTokens }: TesterState): void {
  if (plan.image?.imds !== 'v2' || httpTokens !== 'optional') return;
  throw new BuildFailed(
    `The tester ${tester.instanceId} of the image ${candidate.imageId} answers IMDSv1, although the recipe requires IMDSv2 (image.imds): ` +
      `the account's defaults in ${plan.region} take precedence over the image. Set them to required or no-preference ` +
      `(aws ec2 modify-instance-metadata-defaults --region ${plan.region} --http-tokens no-preference), or set image.imds to optional`,
  );
}

function refuseIfFailed({ plan, candidate, tester }: RunningTest, command: SeenCommand): void {
  if (!ENDED.has(command.status) || command.status === 'Success') return;
  const { purpose, plugin, details } = command;
  const where = `on ${tester.instanceId}, an instance of the image ${candidate.imageId}`;
  const subject = subjectOf(plan, purpose, plugin);
  if (plugin === undefined)
    throw new BuildFailed(`${subject} ended with status ${details} ${where}; SSM reports no details`);
  const outcome =
    plugin.status === 'TimedOut' ? 'timed out' : `failed with exit code ${plugin.exitCode ?? 'unknown'}`;
  throw new BuildFailed(
    `${subject} ${outcome} ${where}; last lines of its output: ${lastLines(plugin.output)}${purpose === 'checks' && plugin.status !== 'TimedOut' ? copyHint(plan) : ''}`,
  );
}

/** Leftovers in a copied base are not the fault of the recipe: the copy has what the base has. */
const copyHint = ({ base, copyBase }: RunningTest['plan']): string =>
  copyBase === undefined || !('owner' in base)
    ? ''
    : `. The base ${base.imageId} was copied unchanged: use a base without host keys, histories and credentials (its owner is ${base.owner}), ` +
      'remove build.copyBase so that the build sanitises the image, or set test.boot: false to take it in untested';

function subjectOf(
  { test }: RunningTest['plan'],
  purpose: Purpose,
  plugin: FailedPlugin | undefined,
): string {
  const name = plugin?.name ?? '';
  if (purpose === 'tests') return `The recipe's test "${test.tests[name] ?? name}"`;
  if (purpose === 'checks') return 'The check of what is left in the image';
  return 'The scan for missing updates';
}

function refuseIfOutdated({ candidate, tester }: RunningTest, { updates }: TesterState): void {
  if (updates === undefined || updates.missing + updates.failed === 0) return;
  throw new BuildFailed(
    `The image ${candidate.imageId} is missing ${updates.missing} updates of its patch baseline, and ${updates.failed} could not be ` +
      `installed (aws ssm describe-instance-patches --instance-id ${tester.instanceId} lists them while the tester runs): ` +
      'start the build again if the updates are new, or correct the step that removes or holds them',
  );
}

function waitingForBoot(running: RunningTest, state: TesterState, now: Date) {
  const { tester } = running;
  const awaiting =
    state.commands.length === 0
      ? `${tester.instanceId} to boot and reach Systems Manager`
      : `the status checks of ${tester.instanceId}`;
  return waiting(running, 'boot', { awaiting, said: describeBoot(state) }, now);
}

function waitingForCommands(
  running: RunningTest,
  { commands }: TesterState,
  wave: readonly TestCommand[],
  now: Date,
): PendingVerdict {
  const names = { checks: 'the checks', scan: 'the scan for missing updates', tests: "the recipe's tests" };
  const open = wave.filter(({ purpose }) =>
    commands.every((command) => command.purpose !== purpose || command.status !== 'Success'),
  );
  const awaiting = `${open.map(({ purpose }) => names[purpose]).join(' and ')} on ${running.tester.instanceId}`;
  const said = commands.map(({ purpose, details }) => `${purpose} ${details}`).join(', ');
  return waiting(running, 'command', { awaiting, said }, now);
}

function waiting(
  { plan, tester, before }: RunningTest,
  phase: 'boot' | 'command',
  report: { readonly awaiting: string; readonly said: string },
  now: Date,
): PendingVerdict {
  const hasCopies = plan.regions.some((region) => region !== plan.region);
  const usual = phase === 'command' ? waitTimes.testCommands : bootTimes[plan.platform];
  const times = hasCopies ? { ...usual, minSeconds: BESIDE_COPIES_SECONDS } : usual;
  const since = before?.phase === phase ? before.since : undefined;
  return { ...pending(times, { since, now, ...report }), phase, tester };
}
