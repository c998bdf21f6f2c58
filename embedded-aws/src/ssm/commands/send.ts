import type { Target } from '@aws-sdk/client-ssm';
import { AwsError } from '../../core/errors.ts';
import { uuid } from '../../core/random.ts';
import { validationError } from '../../core/validation.ts';
import { count, lagMs, schedule, type World } from '../../core/world.ts';
import type { InstanceRecord } from '../../ec2/records.ts';
import { rootDisk } from '../../guest/index.ts';
import { noDocument, requireDocument, stepsOf, valuesOf, versionOf } from '../documents.ts';
import { drawSeconds } from '../latency.ts';
import type { CommandInvocationRecord, CommandOutput, CommandRecord } from '../records.ts';
import { invocationId, saveInvocation } from './invocations.ts';
import { nodesById, nodesByTargets } from './targets.ts';
import { tasksOf } from './tasks.ts';
import { expiryOf } from './transitions.ts';

export interface Sending {
  readonly account: string;
  readonly region: string;
  readonly at: number;
  readonly documentName: string;
  /** Default: `$DEFAULT`. */
  readonly documentVersion?: string;
  readonly documentHash?: string;
  readonly instanceIds: readonly string[];
  /** Used instead of instance ids. */
  readonly targets?: readonly Target[];
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  /** Delivery timeout in seconds. The minimum is 30, the default is one hour. */
  readonly timeoutSeconds?: number;
  readonly comment?: string;
  readonly output?: CommandOutput;
  readonly automationId?: string;
}

/** Sends a command to its guests. */
export function sendCommand(world: World, sending: Sending): CommandRecord {
  const { account, region, at, documentName, parameters, timeoutSeconds = 3600, targets = [] } = sending;
  if (timeoutSeconds < 30 || timeoutSeconds > 2_592_000) {
    throw validationError(
      timeoutSeconds,
      'timeoutSeconds',
      timeoutSeconds < 30
        ? 'Member must have value greater than or equal to 30'
        : 'Member must have value less than or equal to 2592000',
    );
  }
  const instances =
    targets.length > 0
      ? nodesByTargets(world, sending, targets)
      : nodesById(world, sending, sending.instanceIds);
  const document = requireDocument(world, sending, documentName);
  if (document.documentType !== 'Command') throw noDocument(documentName);
  const { content, hash } = versionOf(document, sending.documentVersion);
  if (sending.documentHash !== undefined && sending.documentHash.toLowerCase() !== hash) {
    throw new AwsError('InvalidDocument', 'The document hash does not match the content of the document.');
  }
  const values = valuesOf(content, parameters, (what) => new AwsError('InvalidParameters', what));
  const unsupported = instances.filter((instance) => !hasPlatform(world, instance, content));
  if (unsupported.length > 0 && targets.length === 0) {
    throw new AwsError(
      'UnsupportedPlatformType',
      `The document doesn't support the platform type of the given managed node ID(s): ${unsupported.map((one) => one.id).join(', ')}`,
    );
  }
  const id = uuid(world.seed, 'command', count(world, 'command'));
  const deliverBy = at + timeoutSeconds * 1000;
  const tasks = tasksOf(world, sending, documentName, content, values);
  const matchesNoNode = instances.length === 0;
  const command: CommandRecord = {
    id,
    account,
    region,
    documentName,
    documentVersion: sending.documentVersion ?? '$DEFAULT',
    requested: at,
    expiresAfter: expiryOf({ deliverBy, tasks }),
    timeoutSeconds,
    parameters,
    instanceIds: sending.instanceIds,
    targets: targets.map(({ Key: key = '', Values: targeted = [] }) => ({ key, values: targeted })),
    invocationIds: instances.map((instance) => invocationId(id, instance.id)),
    status: matchesNoNode ? 'Success' : 'Pending',
    statusDetails: matchesNoNode ? 'NoInstancesInTag' : 'Pending',
    ...(sending.comment !== undefined && { comment: sending.comment }),
    ...(sending.output !== undefined && { output: sending.output }),
  };
  // GetCommandInvocation may not find a new command yet (Systems Manager API reference,
  // InvocationDoesNotExist).
  const lag = lagMs(world, id);
  world.commands.put(command, at, lag);
  for (const instance of instances) {
    const instanceId = instance.id;
    const invocation: CommandInvocationRecord = {
      id: invocationId(id, instanceId),
      commandId: id,
      account,
      region,
      documentName,
      documentVersion: command.documentVersion,
      instanceId,
      requested: at,
      status: 'Pending',
      statusDetails: 'Pending',
      parameters,
      deliverBy,
      plugins: stepsOf(content).map(({ name, action }) => ({
        name,
        action,
        status: 'Pending',
        statusDetails: 'Pending',
        responseCode: -1,
        output: '',
      })),
      tasks,
      task: 0,
      turn: 0,
      ...(sending.comment !== undefined && { comment: sending.comment }),
      ...(sending.output !== undefined && { outputTo: sending.output }),
      ...(sending.automationId !== undefined && { automationId: sending.automationId }),
    };
    world.commandInvocations.put(invocation, at, lag);
    if (unsupported.includes(instance)) {
      saveInvocation(world, { ...invocation, status: 'Failed', statusDetails: 'InvalidPlatform' }, at);
      continue;
    }
    const seconds = drawSeconds(world.seed, 'command.delivery', invocation.id);
    schedule(world, 'command.deliver', invocation.id, at + seconds * 1000);
    schedule(world, 'command.expire', invocation.id, deliverBy);
    schedule(world, 'command.expire', invocation.id, command.expiresAfter);
  }
  return command;
}

/** Whether a document has a plugin for the platform of an instance. */
function hasPlatform(world: World, instance: InstanceRecord, content: unknown): boolean {
  const onlyLinux = stepsOf(content).every(({ action }) => action === 'aws:runShellScript');
  return !onlyLinux || rootDisk(world, instance)?.platform !== 'windows';
}
