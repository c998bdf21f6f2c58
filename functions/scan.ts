import { TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import {
  type CommandInvocation,
  DescribeInstanceInformationCommand,
  DescribeInstancePatchStatesCommand,
  paginateListCommandInvocations,
  SendCommandCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import * as z from 'zod/mini';
import { ec2, ssm } from '../shared/aws/clients.ts';
import { failedPlugin } from '../shared/aws/commands.ts';
import { bringUp } from '../shared/aws/launch-instance.ts';
import { findImages, findInstance } from '../shared/aws/paging.ts';
import { diagnoseScan } from '../shared/build/diagnosis.ts';
import {
  eventOf,
  type Launched,
  type PendingScan,
  type Plan,
  pendingScanSchema,
  planSchema,
  type Scan,
  scanSchema,
} from '../shared/build/document.ts';
import { describeReason } from '../shared/build/reason.ts';
import { patience, pending } from '../shared/build/waiting.ts';
import { BuildFailed, NotFound } from '../shared/errors.ts';
import { type DepsWith, step } from '../shared/lambda/step.ts';

const needs = { ec2, ssm };
type ScanDeps = DepsWith<typeof needs>;

/** Statuses in which a command does not change any more on its instance (SSM API reference, CommandInvocation). */
const ENDED = new Set(['Success', 'Failed', 'TimedOut', 'Cancelled']);

/**
 * Scan: brings up an instance of the last release's image, has Patch Manager look what it lacks, and terminates it. The Decide that
 * follows makes a build of the answer, or none.
 * Safe to repeat: the scanner is found by its tags, the command by its comment (and one sent twice does no harm), and the result is
 * written down before the scanner goes. It installs nothing; and a scan that fails never passes for an image that lacks nothing.
 */
export const handler = step(
  eventOf({
    plan: planSchema,
    decision: z.object({ imageId: z.string() }),
    scan: z.optional(z.union([pendingScanSchema, scanSchema])),
  }),
  async ({ execution, document: { plan, decision, scan } }, deps): Promise<Scan | PendingScan> => {
    const { imageId } = decision;
    const before = scan?.status === 'pending' ? scan : undefined;
    if (before === undefined && !(await isAvailable(imageId, plan, deps)))
      return { status: 'ready', imageId, gone: true, missing: 0, failed: 0 };
    if (before?.found) {
      await terminate(before.scanner.instanceId, plan, deps);
      return { status: 'ready', imageId, ...before.found };
    }

    const scanner =
      before?.scanner.status === 'ready'
        ? await stillRunning(before.scanner, plan, deps)
        : await bringUp({ role: 'scanner', imageId }, { execution, plan, before: before?.scanner }, deps);
    if (scanner.status === 'pending') {
      const { status, since, waitSeconds, awaiting } = scanner;
      return { status, since, waitSeconds, awaiting, phase: 'launch', scanner };
    }
    return findOut({ imageId, plan, scanner, before }, deps);
  },
  needs,
);

/** How the scan stands that a scanner is to make, or makes, or has made. */
interface Turn {
  readonly imageId: string;
  readonly plan: Plan;
  readonly scanner: Launched;
  readonly before: PendingScan | undefined;
}

async function findOut({ imageId, plan, scanner, before }: Turn, deps: ScanDeps): Promise<PendingScan> {
  const { instanceId } = scanner;
  const ssm = deps.ssm(plan.region);
  const waiting = (phase: keyof typeof patienceOf, awaiting: string, said: string | undefined) => {
    const since = before?.phase === phase ? before.since : undefined;
    return { ...pending(patienceOf[phase], { since, now: deps.now(), awaiting, said }), phase, scanner };
  };

  const ping = before?.commandId ? 'Online' : await pingStatus(instanceId, ssm);
  if (ping !== 'Online') {
    const said = ping ?? 'it has not registered';
    return waiting('agent', `the SSM agent of the scanner ${instanceId} to come online`, said);
  }
  const comment = `What ${imageId} lacks`;
  const command = await findCommand(instanceId, { comment, commandId: before?.commandId }, ssm);
  const commandId = before?.commandId ?? command?.CommandId ?? (await send(instanceId, comment, ssm));
  if (command === undefined || !ENDED.has(command.Status ?? '')) {
    const awaiting = `the scan for updates on ${instanceId} to end`;
    return { ...waiting('command', awaiting, command?.StatusDetails), commandId };
  }
  if (command.Status !== 'Success') {
    const { StatusDetails: status = command.Status ?? '' } = command;
    throw new BuildFailed(diagnoseScan({ imageId, instanceId, status, plugin: failedPlugin([command]) }));
  }
  const found = await result(instanceId, ssm);
  if (found === undefined) {
    const awaiting = `Patch Manager to show the result of the scan on ${instanceId}`;
    return { ...waiting('result', awaiting, undefined), commandId };
  }
  const since = deps.now().toISOString();
  const awaiting = `the scanner ${instanceId} to be terminated`;
  return { status: 'pending', since, waitSeconds: 1, awaiting, phase: 'end', scanner, commandId, found };
}

const patienceOf = {
  agent: patience.scanAgent,
  command: patience.scanCommand,
  result: patience.scanResult,
} as const;

/** Somebody may have retired or disabled it since it was released. */
async function isAvailable(imageId: string, plan: Plan, { ec2 }: ScanDeps): Promise<boolean> {
  const [image] = await findImages(ec2(plan.region), { Name: 'image-id', Values: [imageId] });
  return image?.State === 'available';
}

/** The same scanner. Without this, an agent or a command on an instance that is gone would be awaited until the deadline. */
async function stillRunning(scanner: Launched, plan: Plan, { ec2 }: ScanDeps): Promise<Launched> {
  const instance = await findInstance(ec2(plan.region), scanner.instanceId);
  const state = instance?.State?.Name;
  if (state === 'running' || state === undefined) return scanner;
  throw new BuildFailed(
    `The scanner ${scanner.instanceId} became ${state} before the scan had ended; EC2 says: ${describeReason(instance?.StateReason)}`,
  );
}

async function pingStatus(instanceId: string, ssm: SSMClient): Promise<string | undefined> {
  const Filters = [{ Key: 'InstanceIds', Values: [instanceId] }];
  const { InstanceInformationList } = await ssm.send(new DescribeInstanceInformationCommand({ Filters }));
  return InstanceInformationList?.[0]?.PingStatus;
}

/** By its comment where its id is not known: SendCommand takes no token, and its answer may have been lost. */
async function findCommand(
  instanceId: string,
  { comment, commandId }: { comment: string; commandId: string | undefined },
  client: SSMClient,
): Promise<CommandInvocation | undefined> {
  const pages = paginateListCommandInvocations({ client }, { InstanceId: instanceId, Details: true });
  for await (const { CommandInvocations = [] } of pages) {
    const found = CommandInvocations.find(({ CommandId, Comment }) =>
      commandId === undefined ? Comment === comment : CommandId === commandId,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Half an hour is for the delivery alone; the document's script has a limit of its own. */
const DELIVERY_SECONDS = 1800;

async function send(instanceId: string, comment: string, ssm: SSMClient) {
  const { Command } = await ssm.send(
    new SendCommandCommand({
      DocumentName: 'AWS-RunPatchBaseline',
      InstanceIds: [instanceId],
      Parameters: { Operation: ['Scan'] },
      TimeoutSeconds: DELIVERY_SECONDS,
      Comment: comment,
    }),
  );
  return Command?.CommandId;
}

/**
 * What a build would install. Not counted is what it would not: what the baseline does not approve or rejects
 * (InstalledOtherCount, InstalledRejectedCount), what does not apply (NotApplicableCount), and what is installed and waits for a
 * reboot (SSM API reference, InstancePatchState).
 */
async function result(instanceId: string, ssm: SSMClient) {
  const { InstancePatchStates } = await ssm.send(
    new DescribeInstancePatchStatesCommand({ InstanceIds: [instanceId] }),
  );
  const [state] = InstancePatchStates ?? [];
  return state && { missing: state.MissingCount ?? 0, failed: state.FailedCount ?? 0 };
}

async function terminate(instanceId: string | undefined, plan: Plan, { ec2 }: ScanDeps): Promise<void> {
  if (instanceId === undefined) return;
  try {
    await ec2(plan.region).send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
  } catch (error) {
    // Gone already is as good.
    if (!(error instanceof NotFound)) throw error;
  }
}
