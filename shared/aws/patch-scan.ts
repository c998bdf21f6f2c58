import {
  type CommandInvocation,
  DescribeInstanceInformationCommand,
  DescribeInstancePatchStatesCommand,
  paginateListCommandInvocations,
  SendCommandCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import {
  commandComment,
  type RunningScan,
  type ScanCommand,
  type ScanState,
} from '../build/scan-progress.ts';
import { failedPlugin } from './failed-plugin.ts';

/** Reads the state of a scan. It checks the agent only until the command is known: then the command shows the progress. */
export async function readScan(
  { imageId, scanner, before }: RunningScan,
  ssm: SSMClient,
): Promise<ScanState> {
  const { instanceId } = scanner;
  const agent = before?.commandId === undefined ? await pingStatus(instanceId, ssm) : 'Online';
  if (agent !== 'Online') return { agent };
  const command = await findCommand(instanceId, { imageId, commandId: before?.commandId }, ssm);
  if (command?.status !== 'Success') return { agent, command };
  return { agent, command, found: await readResult(instanceId, ssm) };
}

export async function pingStatus(instanceId: string, ssm: SSMClient): Promise<string | undefined> {
  const Filters = [{ Key: 'InstanceIds', Values: [instanceId] }];
  const { InstanceInformationList } = await ssm.send(new DescribeInstanceInformationCommand({ Filters }));
  return InstanceInformationList?.[0]?.PingStatus;
}

async function findCommand(
  instanceId: string,
  { imageId, commandId }: { imageId: string; commandId: string | undefined },
  client: SSMClient,
): Promise<ScanCommand | undefined> {
  const comment = commandComment(imageId);
  const pages = paginateListCommandInvocations({ client }, { InstanceId: instanceId, Details: true });
  for await (const { CommandInvocations = [] } of pages) {
    const found = CommandInvocations.find(({ CommandId, Comment }) =>
      commandId === undefined ? Comment === comment : CommandId === commandId,
    );
    if (found !== undefined) return seen(found);
  }
  return undefined;
}

function seen(invocation: CommandInvocation): ScanCommand {
  const { CommandId: commandId = '', Status: status = '', StatusDetails: details = status } = invocation;
  return { commandId, status, details, plugin: failedPlugin([invocation]) };
}

/** The time limit of the delivery. The document's script has its own limit. */
const DELIVERY_SECONDS = 1800;

/** Sends the command that scans, and returns its id. */
export async function sendScan(
  { imageId, scanner }: RunningScan,
  ssm: SSMClient,
): Promise<string | undefined> {
  const { Command } = await ssm.send(
    new SendCommandCommand({
      DocumentName: 'AWS-RunPatchBaseline',
      InstanceIds: [scanner.instanceId],
      Parameters: { Operation: ['Scan'] },
      TimeoutSeconds: DELIVERY_SECONDS,
      Comment: commandComment(imageId),
    }),
  );
  return Command?.CommandId;
}

/**
 * Reads the number of updates that a build would install. Other updates are not counted: updates that the baseline does not approve or
 * rejects (InstalledOtherCount, InstalledRejectedCount), updates that do not apply (NotApplicableCount), and installed updates that wait
 * for a reboot (SSM API reference, InstancePatchState).
 */
export async function readResult(instanceId: string, ssm: SSMClient): Promise<ScanState['found']> {
  const { InstancePatchStates } = await ssm.send(
    new DescribeInstancePatchStatesCommand({ InstanceIds: [instanceId] }),
  );
  const [state] = InstancePatchStates ?? [];
  return state && { missing: state.MissingCount ?? 0, failed: state.FailedCount ?? 0 };
}
