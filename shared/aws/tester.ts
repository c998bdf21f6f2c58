import { DescribeInstanceStatusCommand, type EC2Client } from '@aws-sdk/client-ec2';
import {
  type CommandInvocation,
  paginateListCommandInvocations,
  SendCommandCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import {
  commandComment,
  type Purpose,
  type RunningTest,
  type SeenCommand,
  type TestCommand,
  type TesterState,
} from '../build/image-test.ts';
import { describeStateReason } from '../build/state-reason.ts';
import type { BootState, StatusChecks } from '../build/tester-boot.ts';
import { failedPlugin } from './failed-plugin.ts';
import { findInstance } from './find-resources.ts';
import { pingStatus, readResult } from './patch-scan.ts';

interface TesterClients {
  readonly ec2: EC2Client;
  readonly ssm: SSMClient;
}

/** Reads what EC2 and Systems Manager say about the boot of an instance. */
export async function readBoot(instanceId: string, { ec2, ssm }: TesterClients): Promise<BootState> {
  const [instance, checks, agent] = await Promise.all([
    findInstance(ec2, instanceId),
    statusChecks(instanceId, ec2),
    pingStatus(instanceId, ssm),
  ]);
  return {
    instance: instance?.State?.Name,
    instanceReason: describeStateReason(instance?.StateReason),
    httpTokens: instance?.MetadataOptions?.HttpTokens,
    checks,
    agent,
  };
}

/** Reads the whole state of a tester. Systems Manager is not asked for commands until the agent is online. */
export async function readTester(
  { tester: { instanceId }, candidate: { imageId } }: RunningTest,
  clients: TesterClients,
): Promise<TesterState> {
  const { ssm } = clients;
  const state = await readBoot(instanceId, clients);
  if (state.agent === undefined) return { ...state, commands: [] };
  const commands = await findCommands(instanceId, imageId, ssm);
  const hasScanned = commands.some(({ purpose, status }) => purpose === 'scan' && status === 'Success');
  return { ...state, commands, ...(hasScanned && { updates: await readResult(instanceId, ssm) }) };
}

async function statusChecks(instanceId: string, ec2: EC2Client): Promise<StatusChecks | undefined> {
  const { InstanceStatuses } = await ec2.send(
    new DescribeInstanceStatusCommand({ InstanceIds: [instanceId] }),
  );
  const [found] = InstanceStatuses ?? [];
  if (found === undefined) return undefined;
  const { InstanceStatus, SystemStatus } = found;
  const since = InstanceStatus?.Details?.find(({ ImpairedSince }) => ImpairedSince !== undefined);
  return {
    instance: InstanceStatus?.Status ?? '',
    system: SystemStatus?.Status ?? '',
    impairedSince: since?.ImpairedSince?.toISOString(),
  };
}

const PURPOSES: readonly Purpose[] = ['checks', 'scan', 'tests'];

async function findCommands(instanceId: string, imageId: string, client: SSMClient): Promise<SeenCommand[]> {
  const found: SeenCommand[] = [];
  const pages = paginateListCommandInvocations({ client }, { InstanceId: instanceId, Details: true });
  for await (const { CommandInvocations = [] } of pages) {
    for (const invocation of CommandInvocations) {
      const purpose = PURPOSES.find((one) => commandComment(one, imageId) === invocation.Comment);
      if (purpose !== undefined) found.push(seen(purpose, invocation));
    }
  }
  return found;
}

function seen(purpose: Purpose, invocation: CommandInvocation): SeenCommand {
  const { CommandId: commandId = '', Status: status = '', StatusDetails: details = status } = invocation;
  return { commandId, purpose, status, details, plugin: failedPlugin([invocation]) };
}

/** The time limit of the delivery. Each script has its own limit. */
const DELIVERY_SECONDS = 1800;

export async function sendTestCommand(
  { tester, candidate }: RunningTest,
  { purpose, document, version, parameters }: TestCommand,
  ssm: SSMClient,
): Promise<void> {
  await ssm.send(
    new SendCommandCommand({
      DocumentName: document,
      ...(version && { DocumentVersion: version }),
      InstanceIds: [tester.instanceId],
      Parameters: parameters,
      TimeoutSeconds: DELIVERY_SECONDS,
      Comment: commandComment(purpose, candidate.imageId),
    }),
  );
}
