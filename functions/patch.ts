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

    const automation = await readAutomation(automationExecutionId, plan, deps);
    const status = automation?.AutomationExecutionStatus ?? 'Pending';
    if (status === 'Success') return { status: 'ready', automationExecutionId };
    if (automation !== undefined && ENDED.has(status))
      throw await failureOf(automation, plan, builder.instanceId, deps);

    await refuseIfBuilderIsGone(plan, builder.instanceId, deps);
    const current = automation?.CurrentStepName ?? 'first step';
    const report = { awaiting: `${plan.buildDocument} on ${builder.instanceId} (${current})`, said: status };
    return waiting(report, automationExecutionId, plan, since, deps);
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
  deps: PatchDeps,
): Promise<string | { awaiting: string; said: string }> {
  const found = await find(plan, instanceId, deps);
  if (found !== undefined) return found;
  try {
    return await start(execution, plan, instanceId, deps);
  } catch (error) {
    if (error instanceof LimitReached)
      return {
        awaiting: 'a free slot for an automation',
        said: 'the limit on running automations is reached',
      };
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
  since: string | undefined,
  deps: PatchDeps,
): PendingPatches {
  const times = plan.platform === 'windows' ? waitTimes.patchWindows : waitTimes.patchLinux;
  return { ...pending(times, { since, now: deps.now(), ...report }), automationExecutionId };
}
