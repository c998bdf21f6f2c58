import {
  type AutomationExecution,
  GetAutomationExecutionCommand,
  ListCommandInvocationsCommand,
  paginateDescribeAutomationExecutions,
  StartAutomationExecutionCommand,
} from '@aws-sdk/client-ssm';
import * as z from 'zod/mini';
import { ec2, ssm } from '../shared/aws/clients.ts';
import { failedPlugin } from '../shared/aws/failed-plugin.ts';
import { findInstance } from '../shared/aws/find-resources.ts';
import { tagList } from '../shared/aws/tags.ts';
import { clientTokenUuid } from '../shared/build/client-token.ts';
import { diagnose } from '../shared/build/diagnosis.ts';
import {
  builderSchema,
  eventOf,
  type Patches,
  type PendingPatches,
  type Plan,
  patchesSchema,
  pendingPatchesSchema,
  planSchema,
  waitHistorySchema,
} from '../shared/build/execution-document.ts';
import { isTooLongForLag } from '../shared/build/image-attempt.ts';
import { describeStateReason } from '../shared/build/state-reason.ts';
import { automationOf, EXECUTION, RECIPE } from '../shared/build/tags.ts';
import { type Awaited, pending, waitTimes } from '../shared/build/waiting.ts';
import { BuildFailed, Conflict, LimitReached, NotFound } from '../shared/errors.ts';
import { stage } from '../shared/lambda/stage.ts';
import type { DepsWith } from '../shared/lambda/step.ts';

const needs = { ec2, ssm };
type PatchDeps = DepsWith<typeof needs>;

/** The final statuses of an automation (SSM API reference, AutomationExecutionStatus). */
const ENDED = new Set([
  'Success',
  'Failed',
  'TimedOut',
  'Cancelled',
  'CompletedWithSuccess',
  'CompletedWithFailure',
  'Rejected',
  'Exited',
]);

/**
 * Patch: starts an SSM automation that runs the build document on the builder. The document waits for the agent, installs patches, runs
 * the recipe's steps and sanitises the system. If the automation fails, Patch finds the cause and reports it in one sentence.
 * Safe to repeat: it uses the existing automation of this builder, and starts an automation only if SSM has never seen the client token.
 * It does not retry a failed automation, because a script that ran halfway leaves an unknown state. It does not stop an automation after
 * a failure: CleanUp does.
 */
export const handler = stage(
  'patches',
  eventOf({
    plan: planSchema,
    builder: builderSchema,
    decision: waitHistorySchema,
    patches: z.optional(z.union([pendingPatchesSchema, patchesSchema])),
  }),
  async (
    { execution, document: { plan, builder, decision, patches } },
    deps,
  ): Promise<Patches | PendingPatches> => {
    const before = patches?.status === 'pending' ? patches : undefined;
    const wait = { since: before?.since, earlierSeconds: decision?.earlierSeconds?.Patch };
    const started =
      before?.automationExecutionId || (await findOrStart(execution, plan, builder.instanceId, before, deps));
    if (typeof started !== 'string')
      return { ...waiting(started, '', plan, wait, deps), ...started.conflict };
    const automationExecutionId = started;

    const automation = await readAutomation(automationExecutionId, plan, deps);
    const status = automation?.AutomationExecutionStatus ?? 'Pending';
    if (status === 'Success')
      return { status: 'ready', automationExecutionId, readyAt: automation?.ExecutionEndTime?.toISOString() };
    if (automation !== undefined && ENDED.has(status))
      throw await failureOf(automation, plan, builder.instanceId, deps);

    await refuseIfBuilderIsGone(plan, builder.instanceId, deps);
    const current = automation?.CurrentStepName ?? 'first step';
    const report = { awaiting: `${plan.buildDocument} on ${builder.instanceId} (${current})`, said: status };
    const stepSeconds = stepSecondsOf(automation, deps.now());
    return waiting(report, automationExecutionId, plan, { ...wait, stepSeconds }, deps);
  },
  needs,
);

/**
 * Returns the id of this builder's automation, or what to wait for before the id is known. If a function dies, or an answer is lost, the
 * automation's id is unknown, and the API does not document the answer to a second call with the same client token ("can't be reused",
 * Systems Manager API reference, StartAutomationExecution). So this function first searches for the automation. The list of automations
 * may lag behind the start. In this case the client token prevents a second automation, and the next invocation searches again.
 */
async function findOrStart(
  execution: string,
  plan: Plan,
  instanceId: string,
  before: PendingPatches | undefined,
  deps: PatchDeps,
): Promise<
  | string
  | { awaiting: string; said: string; conflict?: Pick<PendingPatches, 'conflictSince' | 'waitSeconds'> }
> {
  const found = await find(plan, instanceId, deps);
  if (found !== undefined) return found;
  try {
    return await start(execution, plan, instanceId, deps);
  } catch (error) {
    if (error instanceof LimitReached || error instanceof Conflict)
      await refuseIfBuilderIsGone(plan, instanceId, deps);
    if (error instanceof LimitReached)
      return {
        awaiting: 'a free slot for an automation',
        said: 'the limit on running automations is reached',
      };
    if (error instanceof Conflict) return unlisted(instanceId, error, before?.conflictSince, deps.now());
    throw error;
  }
}

/** How long Patch waits before it searches for the automation again. */
const LIST_SECONDS = 30;

/** What Patch waits for when SSM knows the client token but lists no automation. Throws if this has lasted too long to be a lag. */
function unlisted(instanceId: string, { said, message }: Conflict, since: string | undefined, now: Date) {
  const conflictSince = since ?? now.toISOString();
  const report = { awaiting: `SSM to list the automation of ${instanceId}`, said: said ?? message };
  // The lists of SSM may alternate between old and new data, so Patch searches several times.
  if (!isTooLongForLag(conflictSince, now))
    return { ...report, conflict: { conflictSince, waitSeconds: LIST_SECONDS } };
  throw new BuildFailed(
    `SSM knows the client token of the automation on ${instanceId} ("${report.said}"), but has listed no automation with the tag ` +
      `${automationOf(instanceId)} since ${conflictSince}: start the build again`,
  );
}

async function find(plan: Plan, instanceId: string, deps: PatchDeps): Promise<string | undefined> {
  const Filters = [{ Key: 'TagKey' as const, Values: [automationOf(instanceId)] }];
  for await (const page of paginateDescribeAutomationExecutions(
    { client: deps.ssm(plan.region) },
    { Filters },
  )) {
    const [automation] = page.AutomationExecutionMetadataList ?? [];
    if (automation !== undefined) return automation.AutomationExecutionId;
  }
  return undefined;
}

async function start(execution: string, plan: Plan, instanceId: string, deps: PatchDeps): Promise<string> {
  const { AutomationExecutionId = '' } = await deps.ssm(plan.region).send(
    new StartAutomationExecutionCommand({
      DocumentName: plan.buildDocument,
      ...(plan.buildDocumentVersion !== undefined && { DocumentVersion: plan.buildDocumentVersion }),
      Parameters: {
        InstanceId: [instanceId],
        InstallPatches: [String(plan.patch.install)],
        RebootOption: [plan.patch.reboot === 'never' ? 'NoReboot' : 'RebootIfNeeded'],
        // SSM accepts no empty value. A parameter that is left out has the document's default: no steps, or the caller's own permissions.
        ...(plan.stepsDocument && { StepsDocument: [plan.stepsDocument] }),
        ...(deps.settings.automationRole && { AutomationAssumeRole: [deps.settings.automationRole] }),
      },
      Tags: tagList({
        [EXECUTION]: execution,
        [RECIPE]: plan.recipe,
        [automationOf(instanceId)]: 'builder',
      }) as { Key: string; Value: string }[],
      ClientToken: clientTokenUuid(execution, 'patch', instanceId),
    }),
  );
  return AutomationExecutionId;
}

async function readAutomation(
  automationExecutionId: string,
  plan: Plan,
  deps: PatchDeps,
): Promise<AutomationExecution | undefined> {
  try {
    const { AutomationExecution } = await deps
      .ssm(plan.region)
      .send(new GetAutomationExecutionCommand({ AutomationExecutionId: automationExecutionId }));
    return AutomationExecution;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

/** How long the current step has lasted: the time since a step last began or ended. */
function stepSecondsOf(automation: AutomationExecution | undefined, now: Date): number | undefined {
  const times = (automation?.StepExecutions ?? []).flatMap(({ ExecutionStartTime, ExecutionEndTime }) => [
    ExecutionStartTime?.getTime() ?? 0,
    ExecutionEndTime?.getTime() ?? 0,
  ]);
  const last = Math.max(...times, 0);
  return last === 0 ? undefined : (now.getTime() - last) / 1000;
}

async function failureOf(automation: AutomationExecution, plan: Plan, instanceId: string, deps: PatchDeps) {
  const failed = (automation.StepExecutions ?? []).find(
    ({ StepStatus }) => StepStatus === 'Failed' || StepStatus === 'TimedOut',
  );
  const commandId = failed?.Outputs?.CommandId?.[0];
  const plugin =
    commandId === undefined ? undefined : failedPlugin(await invocationsOf(commandId, plan, deps));
  const instance = await findInstance(deps.ec2(plan.region), instanceId);
  return new BuildFailed(
    diagnose(plan, {
      instanceId,
      instanceState: instance?.State?.Name,
      instanceReason: describeStateReason(instance?.StateReason),
      status: automation.AutomationExecutionStatus ?? '',
      step: failed?.StepName,
      said: failed?.FailureMessage ?? automation.FailureMessage,
      plugin,
    }),
  );
}

async function invocationsOf(CommandId: string, plan: Plan, deps: PatchDeps) {
  const { CommandInvocations } = await deps
    .ssm(plan.region)
    .send(new ListCommandInvocationsCommand({ CommandId, Details: true }));
  return CommandInvocations;
}

/** Without this check, Patch would wait for an automation on a terminated instance until the automation's own timeouts. */
async function refuseIfBuilderIsGone(plan: Plan, instanceId: string, deps: PatchDeps): Promise<void> {
  const instance = await findInstance(deps.ec2(plan.region), instanceId);
  const state = instance?.State?.Name;
  // Sysprep stops a Windows builder only after the automation has ended.
  if (state !== 'terminated' && state !== 'shutting-down' && state !== 'stopped') return;
  throw new BuildFailed(
    `The builder ${instanceId} was ${state === 'stopped' ? 'stopped' : 'terminated'} while it was being patched; EC2 says: ${describeStateReason(instance?.StateReason)}`,
  );
}

function waiting(
  report: { awaiting: string; said: string },
  automationExecutionId: string,
  plan: Plan,
  wait: Pick<Awaited, 'since' | 'stepSeconds' | 'earlierSeconds'>,
  deps: PatchDeps,
): PendingPatches {
  const times = plan.platform === 'windows' ? waitTimes.patchWindows : waitTimes.patchLinux;
  return { ...pending(times, { ...wait, now: deps.now(), ...report }), automationExecutionId };
}
