import { AwsError, notEmulated } from '../../errors.ts';
import { rootDisk } from '../../guest/index.ts';
import { drawSeconds } from '../../latency.ts';
import { uuid } from '../../random.ts';
import type { CommandRecord, InstanceRecord } from '../../records.ts';
import { count, lagMs, schedule, type World } from '../../world.ts';
import { findDocument, noDocument, stepsOf, valuesOf } from '../documents.ts';
import { validationError } from '../errors.ts';
import { tasksOf } from './tasks.ts';
import { expiryOf } from './transitions.ts';

export interface Sending {
  readonly account: string;
  readonly region: string;
  readonly at: number;
  readonly documentName: string;
  readonly instanceIds: readonly string[];
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  /** Seconds for the delivery, from 30; an hour unless given. */
  readonly timeoutSeconds?: number;
  readonly comment?: string;
  readonly automationId?: string;
}

/** Sends a command on its way to a guest. */
export function sendCommand(world: World, sending: Sending): CommandRecord {
  const {
    account,
    region,
    at,
    documentName,
    parameters,
    timeoutSeconds = 3600,
    comment,
    automationId,
  } = sending;
  if (timeoutSeconds < 30 || timeoutSeconds > 2_592_000) {
    throw validationError(
      timeoutSeconds,
      'timeoutSeconds',
      'Member must have value between 30 and 2592000, inclusive',
    );
  }
  const instance = targetOf(world, sending);
  const document = findDocument(world, sending, documentName);
  if (document === undefined || document.documentType !== 'Command') throw noDocument(documentName);
  const values = valuesOf(document.content, parameters, (what) => new AwsError('InvalidParameters', what));
  refusePlatform(world, instance, document.content);
  const id = uuid(world.seed, 'command', count(world, 'command'));
  const command: CommandRecord = {
    id,
    account,
    region,
    documentName,
    instanceId: instance.id,
    requested: at,
    status: 'Pending',
    statusDetails: 'Pending',
    parameters,
    deliverBy: at + timeoutSeconds * 1000,
    plugins: stepsOf(document.content).map(({ name, action }) => ({
      name,
      action,
      status: 'Pending',
      statusDetails: 'Pending',
      responseCode: -1,
      output: '',
    })),
    tasks: tasksOf(world, sending, documentName, document.content, values),
    task: 0,
    turn: 0,
    ...(comment !== undefined && { comment }),
    ...(automationId !== undefined && { automationId }),
  };
  // GetCommandInvocation may not know a command yet that was just sent (Systems Manager API reference, InvocationDoesNotExist).
  world.commands.put(command, at, lagMs(world, id));
  const seconds = drawSeconds(world.seed, 'command.delivery', id);
  schedule(world, 'command.deliver', id, at + seconds * 1000);
  schedule(world, 'command.expire', id, command.deliverBy);
  schedule(world, 'command.expire', id, expiryOf(command));
  return command;
}

/**
 * The managed node. One whose agent has never reported, or that does not run, is none: it was sent to too early or too late
 * (aws/aws-sdk-js-v3#3676). One that is just rebooting takes the command when it is back.
 */
function targetOf(world: World, { instanceIds, account, region }: Sending): InstanceRecord {
  const [instanceId, ...others] = instanceIds;
  if (instanceId === undefined) {
    throw validationError('[]', 'instanceIds', 'Member must have length greater than or equal to 1');
  }
  if (new Set(instanceIds).size < instanceIds.length) {
    throw new AwsError('DuplicateInstanceId', 'Duplicate instance ids are not allowed.');
  }
  if (others.length > 0) throw notEmulated('a command for several instances');
  const instance = world.instances.get(instanceId);
  if (
    instance?.account !== account ||
    instance.region !== region ||
    instance.state !== 'running' ||
    (instance.agentOnlineSince ?? instance.agentLostAt) === undefined
  ) {
    throw new AwsError(
      'InvalidInstanceId',
      `Instances [[${instanceId}]] not in a valid state for account ${account}`,
    );
  }
  return instance;
}

/** A document none of whose plugins the platform has. */
function refusePlatform(world: World, instance: InstanceRecord, content: unknown): void {
  const platform = rootDisk(world, instance)?.platform;
  const onlyLinux = stepsOf(content).every(({ action }) => action === 'aws:runShellScript');
  if (platform === 'windows' && onlyLinux) {
    throw new AwsError(
      'UnsupportedPlatformType',
      `The document doesn't support the platform type of the given managed node ID(s): ${instance.id}`,
    );
  }
}
