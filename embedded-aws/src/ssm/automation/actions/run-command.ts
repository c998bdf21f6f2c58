import { checkAccess } from '../../../core/authorization.ts';
import { AwsError } from '../../../core/errors.ts';
import { requestId } from '../../../core/operation.ts';
import { invocationsOf } from '../../commands/invocations.ts';
import { sendCommand } from '../../commands/send.ts';
import type { CommandInvocationRecord, CommandRecord } from '../../records.ts';
import { asNumber, asText, fieldsOf, listOf } from '../../shape.ts';
import { type Action, type Progress, requiredText, type Step } from '../action.ts';
import { getException, unexpectedInvocation } from '../messages.ts';

/**
 * aws:runCommand: sends a command and waits until it ends. The input `TimeoutSeconds` limits the
 * delivery of the command. The document's `executionTimeout` limits the execution. The step's
 * `timeoutSeconds` limits the wait.
 */
export const runCommand: Action = {
  inputs: [
    'Comment',
    'DocumentName',
    'DocumentVersion',
    'InstanceIds',
    'OutputS3BucketName',
    'OutputS3KeyPrefix',
    'Parameters',
    'Targets',
    'TimeoutSeconds',
  ],
  timeoutSeconds: 3600,
  begin: (step) => {
    try {
      const { id } = send(step);
      return { is: 'waiting', commandId: id, outputs: { CommandId: [id] } };
    } catch (error) {
      return refused(step, error, 'SendCommand', 'sending the command');
    }
  },
  poll: (step) => {
    const { world, record } = step;
    const command = world.commands.get(record.commandId ?? '');
    if (command === undefined) return { is: 'waiting' };
    for (const api of ['ListCommands', 'ListCommandInvocations']) {
      try {
        checkRights(step, api, { CommandId: command.id });
      } catch (error) {
        return refused(step, error, api, 'verifying the command has been completed');
      }
    }
    return progressOf(command, invocationsOf(world, command));
  },
};

/** Calls are made with the permissions of the automation. */
function checkRights({ world, automation }: Step, operation: string, input: Record<string, unknown>): void {
  const { role, account, region } = automation;
  if (role === undefined) return;
  checkAccess(world.authorize, { role, account, region, service: 'ssm', operation, input });
}

function refused({ world }: Step, error: unknown, api: string, doing: string): Progress {
  if (!(error instanceof AwsError)) throw error;
  return { is: 'failed', message: getException(error, api, 'ssm', doing, requestId(world)) };
}

function send(step: Step): CommandRecord {
  const { world, inputs, at } = step;
  const { id, account, region } = step.automation;
  const parameters = Object.entries(fieldsOf(inputs.Parameters)).map(([name, value]) => [
    name,
    (Array.isArray(value) ? value : [value]).map((item) => asText(item) ?? JSON.stringify(item)),
  ]);
  const timeoutSeconds = asNumber(inputs.TimeoutSeconds);
  const comment = asText(inputs.Comment);
  const documentVersion = asText(inputs.DocumentVersion);
  const bucket = asText(inputs.OutputS3BucketName);
  const targets = listOf(inputs.Targets).map((target) => {
    const { Key, Values } = fieldsOf(target);
    return { Key: asText(Key) ?? '', Values: listOf(Values).map(String) };
  });
  const documentName = requiredText(inputs, 'DocumentName');
  const instanceIds = listOf(inputs.InstanceIds).map(String);
  checkRights(step, 'SendCommand', {
    DocumentName: documentName,
    InstanceIds: instanceIds,
    Targets: targets,
  });
  return sendCommand(world, {
    account,
    region,
    at,
    documentName,
    instanceIds,
    parameters: Object.fromEntries(parameters),
    automationId: id,
    ...(targets.length > 0 && { targets }),
    ...(documentVersion !== undefined && { documentVersion }),
    ...(bucket && { output: { bucket, prefix: asText(inputs.OutputS3KeyPrefix) ?? '' } }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    ...(comment !== undefined && { comment }),
  });
}

function progressOf(
  { status, id: commandId }: CommandRecord,
  invocations: readonly CommandInvocationRecord[],
): Progress {
  if (status === 'Pending' || status === 'InProgress' || status === 'Cancelling') return { is: 'waiting' };
  // With several guests or plugins, Automation shows only one output. The embedded SSM shows the output of
  // the first plugin that did not succeed, otherwise of the last plugin that was not skipped.
  const { plugins = [] } =
    invocations.find((invocation) => invocation.status !== 'Success') ?? invocations[0] ?? {};
  const shown =
    plugins.find((plugin) => plugin.status !== 'Success') ??
    plugins.findLast(({ output }) => !output.startsWith('Step execution skipped')) ??
    plugins.at(-1);
  const responseCode = shown?.responseCode ?? -1;
  const output = (shown?.output ?? '').slice(0, OUTPUT_MAX);
  const result = { status, responseCode, output, commandId };
  const outputs = {
    CommandId: [commandId],
    Status: [status],
    ResponseCode: [String(responseCode)],
    Output: [output],
    OutputPayload: [
      JSON.stringify({ Status: status, ResponseCode: responseCode, Output: output, CommandId: commandId }),
    ],
  };
  if (status === 'Success') {
    return { is: 'done', outputs, response: output, responseCode: String(responseCode) };
  }
  return {
    is: 'failed',
    message: unexpectedInvocation(result),
    outputs,
    responseCode: String(responseCode),
  };
}

/** The limit of a plugin's output in the API (amazon-ssm-agent, MaximumPluginOutputSize). */
const OUTPUT_MAX = 2_500;
