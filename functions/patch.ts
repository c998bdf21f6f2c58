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
} from '../shared/build/execution-document.ts';
import { describeStateReason } from '../shared/build/state-reason.ts';
import { automationOf, EXECUTION, RECIPE } from '../shared/build/tags.ts';
import { pending, waitTimes } from '../shared/build/waiting.ts';
import { BuildFailed, Conflict, LimitReached, NotFound } from '../shared/errors.ts';
import { type DepsWith, step } from '../shared/lambda/step.ts';

const needs = { ec2, ssm };
type PatchDeps = DepsWith<typeof needs>;

/** Statuses in which an automation does not change any more (SSM API reference, AutomationExecutionStatus). */
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
 * Patch: has SSM Automation run the build document on the builder: wait for the agent, install patches, run the recipe's steps,
 * sanitise. When that fails, it finds out why, in one sentence.
 * Safe to repeat: it adopts the automation of this builder if there is one already, and starts one only if SSM has never seen its token.
 * It does not retry a failed build: a script that ran halfway is no state to go on from. An automation that it gives up is stopped by
 * CleanUp.
 */
export const handler = step(
  eventOf({
    plan: planSchema,
    builder: builderSchema,
    patches: z.optional(z.union([pendingPatchesSchema, patchesSchema])),
  }),
  async ({ execution, document: { plan, builder, patches } }, deps): Promise<Patches | PendingPatches> => {
    const before = patches?.status === 'pending' ? patches : undefined;
    const since = before?.since;
    const started =
      before?.automationExecutionId || (await findOrStart(execution, plan, builder.instanceId, deps));
    if (typeof started !== 'string') return waiting(started, '', plan, since, deps);
    const automationExecutionId = started;

    const automation = await look(automationExecutionId, plan, deps);
    const status = automation?.AutomationExecutionStatus ?? 'Pending';
    if (status === 'Success') return { status: 'ready', automationExecutionId };
    if (automation !== undefined && ENDED.has(status))
      throw await failureOf(automation, plan, builder.instanceId, deps);

    await refuseIfBuilderIsGone(plan, builder.instanceId, deps);
    const current = automation?.CurrentStepName ?? 'its first step';
    const report = { awaiting: `${plan.buildDocument} on ${builder.instanceId} (${current})`, said: status };
    return waiting(report, automationExecutionId, plan, since, deps);
  },
  needs,
);

/**
 * The id of this builder's automation, or what must happen before it can be known. A Lambda that died, or an answer that was lost, leaves
 * an automation whose id nobody knows, and the API does not say what a second call with the same token answers ("can't be reused",
 * Systems Manager API reference, StartAutomationExecution). So this looks first. The list may lag behind the start: then the token
 * keeps SSM from starting a second automation, and the next turn looks again.
 */
async function findOrStart(
  execution: string,
  plan: Plan,
  instanceId: string,
  deps: PatchDeps,
): Promise<string | { awaiting: string; said: string }> {
  const found = await find(plan, instanceId, deps);
  if (found !== undefined) return found;
  try {
    return await start(execution, plan, instanceId, deps);
  } catch (error) {
    if (error instanceof LimitReached)
      return { awaiting: 'room for one more automation', said: 'the limit is reached' };
    if (error instanceof Conflict)
      return { awaiting: `SSM to list the automation of ${instanceId}`, said: error.said ?? error.message };
    throw error;
  }
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
      DocumentVersion: plan.buildDocumentVersion,
      Parameters: {
        InstanceId: [instanceId],
        InstallPatches: [String(plan.patch.install)],
        RebootOption: [plan.patch.reboot === 'never' ? 'NoReboot' : 'RebootIfNeeded'],
        // What is left out has the document's default: no steps, and the caller's own rights. SSM takes no empty value.
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

async function look(
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

/** Without this, an automation on an instance that is gone would be awaited until its own time-outs. */
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
  since: string | undefined,
  deps: PatchDeps,
): PendingPatches {
  const how = plan.platform === 'windows' ? waitTimes.patchWindows : waitTimes.patchLinux;
  return { ...pending(how, { since, now: deps.now(), ...report }), automationExecutionId };
}
