import type { Disk } from '../../catalog/disk.ts';
import { strike } from '../../core/faults.ts';
import type { TransitionHandlers } from '../../core/service.ts';
import { schedule, type World } from '../../core/world.ts';
import type { InstanceRecord } from '../../ec2/records.ts';
import {
  changeDisk,
  generaliseGuest,
  rebootGuest,
  rootDisk,
  shutDownGuest,
  silenceAgent,
} from '../../guest/index.ts';
import { awaken } from '../automation/awaken.ts';
import { drawSeconds } from '../latency.ts';
import type { CommandInvocationRecord, CommandPluginRecord } from '../records.ts';
import { asText, type Fields } from '../shape.ts';
import { saveInvocation } from './invocations.ts';
import { joined, outputOf, writeOutput } from './output.ts';
import { type PatchReport, type Performance, perform, reasonToSkip } from './perform.ts';

/**
 * A command reaches a guest, which carries the command out task by task.
 *
 *     command.deliver   The command reaches the agent. An agent that is away receives the command when it is back (`ssm.agent-online`).
 *     command.task-end  The current task has ended, failed or timed out.
 *     command.expire    The command has not reported by its deadline.
 *     command.cancelled The agent has stopped the command.
 *
 * When a guest shuts down, its command never reports an end, and expires.
 */
export const commandTransitions: TransitionHandlers = {
  'command.deliver': (world, id, at) => {
    const command = world.commandInvocations.get(id);
    if (command?.status === 'Pending') deliver(world, command, at);
  },
  'command.task-end': (world, id, at) => {
    const slash = id.lastIndexOf('/');
    const command = world.commandInvocations.get(id.slice(0, slash));
    const turn = Number(id.slice(slash + 1));
    if (command?.status === 'InProgress' && command.turn === turn) endTask(world, command, at);
  },
  'command.expire': expire,
  'command.cancelled': (world, id, at) => {
    const command = world.commandInvocations.get(id);
    if (command?.status === 'Cancelling') {
      end(world, { ...command, status: 'Cancelled', statusDetails: 'Cancelled' }, at);
    }
  },
  'ssm.agent-online': (world, instanceId, at) => {
    for (const command of world.commandInvocations.all()) {
      if (command.instanceId !== instanceId) continue;
      if (command.status === 'Pending' && command.requested < at) deliver(world, command, at);
      if (command.status === 'InProgress' && command.resumes) resume(world, command, at);
    }
  },
};

/** The effect of a fault on a task. */
interface Fate {
  readonly hangs?: boolean;
  readonly exitCode?: number;
  readonly output?: string;
}

function deliver(world: World, command: CommandInvocationRecord, at: number): void {
  const instance = world.instances.get(command.instanceId);
  if (instance?.state !== 'running' || instance.agentOnlineSince === undefined) return;
  const delivered: CommandInvocationRecord = {
    ...command,
    status: 'InProgress',
    statusDetails: 'InProgress',
    boot: instance.boots,
  };
  beginTask(world, delivered, at);
}

function resume(world: World, command: CommandInvocationRecord, at: number): void {
  const boot = world.instances.get(command.instanceId)?.boots ?? 0;
  beginTask(world, { ...command, boot }, at);
}

/** Starts the current task, or ends the command if no task is left. */
function beginTask(world: World, command: CommandInvocationRecord, at: number): void {
  const task = command.tasks[command.task];
  if (task === undefined) {
    finish(world, command, at);
    return;
  }
  const turn = command.turn + 1;
  const plugins = changed(command.plugins, task.plugin, (plugin) => ({
    ...plugin,
    ...(!hasFailed(plugin.status) && { status: 'InProgress', statusDetails: 'InProgress' }),
    startTime: plugin.startTime ?? at,
  }));
  const fate = fateOf(world, command);
  const begun: CommandInvocationRecord = {
    ...command,
    turn,
    plugins,
    taskStart: at,
    ...(fate && { fate }),
  };
  saveInvocation(world, begun, at);
  const performance = performanceOf(world, begun, at);
  const drawnSeconds = performance
    ? drawSeconds(world.seed, performance.latency, command.id, command.task, turn)
    : task.timeoutSeconds;
  const seconds = fate?.hangs ? task.timeoutSeconds : Math.min(drawnSeconds, task.timeoutSeconds);
  const overtime = fate?.hangs === true || drawnSeconds >= task.timeoutSeconds;
  if (overtime) saveInvocation(world, { ...begun, fate: { ...fate, hangs: true } }, at);
  schedule(
    world,
    'command.task-end',
    `${command.id}/${turn}`,
    at + (performance?.skipped ? 0 : seconds) * 1000,
  );
}

/**
 * The fault that affects the current task. A fault for a document affects the document's first task
 * that is not skipped. A fault for a step affects that step.
 */
function fateOf(world: World, command: CommandInvocationRecord): Fate | undefined {
  const task = command.tasks[command.task];
  const disk = diskOf(world, command);
  if (task === undefined || disk === undefined || command.resumes) return undefined;
  const carriedOut = command.tasks.filter((other) => reasonToSkip(other, disk) === undefined);
  if (!carriedOut.includes(task)) return undefined;
  const names = [task.step, command.plugins[task.plugin]?.name];
  if (carriedOut[0] === task) names.push(command.documentName);
  if (carriedOut.find(({ document }) => document === task.document) === task) names.push(task.document);
  const fault = strike(world, 'command', command.region, ({ command: name }) => names.includes(name));
  if (fault === undefined) return undefined;
  return {
    hangs: fault.hangs ?? false,
    exitCode: fault.exitCode ?? 1,
    output: fault.output ?? '',
  };
}

function diskOf(world: World, { instanceId }: CommandInvocationRecord): Disk | undefined {
  const instance = world.instances.get(instanceId);
  return instance && rootDisk(world, instance);
}

function performanceOf(world: World, command: CommandInvocationRecord, at: number): Performance | undefined {
  const task = command.tasks[command.task];
  const disk = diskOf(world, command);
  if (task === undefined || disk === undefined) return undefined;
  return perform({
    task,
    disk,
    instanceId: command.instanceId,
    region: command.region,
    seed: world.seed,
    startTime: command.taskStart ?? at,
    at,
    resumed: command.resumes === true,
  });
}

function endTask(world: World, command: CommandInvocationRecord, at: number): void {
  const task = command.tasks[command.task];
  const instance = world.instances.get(command.instanceId);
  // The guest is gone, or another action rebooted it. Its tasks never report.
  if (task === undefined || instance?.state !== 'running' || instance.boots !== command.boot) return;
  if (instance.agentOnlineSince === undefined) return;
  const { fate, resumes: _resumes, ...rest } = command;
  if (fate?.hangs) {
    endPlugin(world, rest, at, { status: 'TimedOut', exitCode: 137, output: killed(fate.output) });
    return;
  }
  const performance = performanceOf(world, command, at);
  if (performance === undefined) return;
  if (fate !== undefined) {
    // A failed script is recorded in the journal, but has no effects.
    const { journal } = performance.disk;
    changeDisk(world, instance.id, at, (disk) => ({ ...disk, journal }));
    const { exitCode = 1, output = '' } = fate;
    endPlugin(world, rest, at, { status: 'Failed', exitCode, output: failed(output, exitCode) });
    return;
  }
  changeDisk(world, instance.id, at, () => performance.disk);
  if (performance.patchReport) savePatchState(world, instance, performance.patchReport, at);
  const output = performance.output;
  if (performance.resumes) {
    const plugins = changed(command.plugins, task.plugin, (plugin) => ({
      ...plugin,
      output: joined(plugin.output, output),
    }));
    saveInvocation(world, { ...rest, plugins, resumes: true }, at);
    rebootGuest(world, instance.id, at);
    return;
  }
  const vanishes = performance.power !== undefined && !performance.power.later;
  if (performance.power !== undefined) changePower(world, instance, performance.power, at);
  if (performance.agentStopped) silenceAgent(world, instance.id, at);
  if (vanishes || performance.agentStopped) {
    saveInvocation(world, rest, at);
    return;
  }
  const { exitCode } = performance;
  endPlugin(world, rest, at, {
    status: exitCode === 0 || exitCode === EXIT_WITH_SUCCESS ? 'Success' : 'Failed',
    exitCode,
    output: exitCode === 0 ? output : failed(output, exitCode),
  });
}

function savePatchState(world: World, instance: InstanceRecord, report: PatchReport, at: number): void {
  const { id, account, region } = instance;
  const isLater = report.operation === 'Install' && report.rebootOption === 'NoReboot';
  const lastNoRebootInstall = isLater ? at : world.patchStates.get(id)?.lastNoRebootInstall;
  world.patchStates.put(
    { id, account, region, ...report, ...(lastNoRebootInstall !== undefined && { lastNoRebootInstall }) },
    at,
    0,
  );
}

/**
 * The delay of a scheduled shutdown or task in seconds. The delay is long enough for the command to report
 * first.
 */
const LATER_SECONDS = 60;

function changePower(
  world: World,
  instance: InstanceRecord,
  power: NonNullable<Performance['power']>,
  at: number,
): void {
  const then = at + (power.later ? LATER_SECONDS * 1000 : 0);
  if (power.to === 'reboot') rebootGuest(world, instance.id, then);
  else if (power.to === 'generalised') generaliseGuest(world, instance, then);
  else shutDownGuest(world, instance.id, then);
}

/**
 * With these exit codes, a script asks the agent to skip the following steps. 168 counts as a
 * success.
 */
const EXIT_WITH_SUCCESS = 168;
const EXIT_WITH_FAILURE = 169;

interface End {
  readonly status: 'Success' | 'Failed' | 'TimedOut';
  readonly exitCode: number;
  readonly output: string;
}

/**
 * Ends the current task. After the last task of a plugin, also ends the plugin. Then starts the
 * next task.
 */
function endPlugin(world: World, command: CommandInvocationRecord, at: number, reported: End): void {
  const task = command.tasks[command.task];
  const plugin = task && command.plugins[task.plugin];
  if (task === undefined || plugin === undefined) return;
  const end = withSuccessAndExit(task.inputs, reported);
  // A plugin that runs a document continues after a failed step of the document, but the plugin has
  // failed.
  const before = hasFailed(plugin.status) ? plugin : undefined;
  const soFar: End = {
    status: before ? (before.status as End['status']) : end.status,
    exitCode: before ? before.responseCode : end.exitCode,
    output: joined(plugin.output, end.output),
  };
  const all = command.tasks.length;
  const nextPlugin = command.tasks.findIndex(
    (other, index) => index > command.task && other.plugin !== task.plugin,
  );
  const afterPlugin = nextPlugin === -1 ? all : nextPlugin;
  const last = all - 1;
  const afterExit =
    asText(command.tasks[last]?.inputs.finallyStep) === 'true' && command.task < last ? last : all;
  let target = command.task + 1;
  let whole = soFar;
  if (task.outer === undefined) {
    if (exits(task.inputs, end)) target = afterExit;
  } else {
    if (exits(task.inputs, end)) target = afterPlugin;
    if (target === afterPlugin) {
      whole = withSuccessAndExit(task.outer, soFar);
      if (exits(task.outer, { ...whole, exitCode: whole === soFar ? 0 : whole.exitCode })) target = afterExit;
    }
  }
  const plugins = changed(command.plugins, task.plugin, (record) => ({
    ...record,
    status: whole.status,
    statusDetails: whole.status === 'TimedOut' ? 'ExecutionTimedOut' : whole.status,
    responseCode: whole.exitCode,
    endTime: at,
    output: whole.output,
  }));
  const { fate: _fate, taskStart: _start, ...rest } = command;
  if (target >= afterPlugin) writeOutput(world, rest, plugins[task.plugin], at);
  beginTask(world, { ...rest, plugins: markSkipped(plugins, command, target), task: target }, at);
}

const hasFailed = (status: CommandPluginRecord['status']) => status === 'Failed' || status === 'TimedOut';

/**
 * Whether the following steps are skipped. Without `onFailure: exit` in the *inputs* of a failed
 * step, the agent continues with the next step, and the command fails at the end (amazon-ssm-agent,
 * getShouldPluginSkipBasedOnControlFlow). In this function of the agent, a timeout is not a
 * failure.
 */
function exits({ onFailure, onSuccess }: Fields, { status, exitCode }: End): boolean {
  return (
    exitCode === EXIT_WITH_SUCCESS ||
    exitCode === EXIT_WITH_FAILURE ||
    (status === 'Failed' && onFailure === 'exit') ||
    (status === 'Success' && onSuccess === 'exit')
  );
}

/** `onFailure: successAndExit` turns a failure into a success. */
function withSuccessAndExit({ onFailure }: Fields, end: End): End {
  if (end.status !== 'Failed' || onFailure !== 'successAndExit') return end;
  return { ...end, status: 'Success', exitCode: EXIT_WITH_SUCCESS };
}

/** Marks skipped plugins as the agent does: skipped, which Run Command shows as a success. */
function markSkipped(
  plugins: readonly CommandPluginRecord[],
  command: CommandInvocationRecord,
  target: number,
): readonly CommandPluginRecord[] {
  const from = command.tasks[command.task]?.plugin ?? 0;
  const until = command.tasks[target]?.plugin ?? plugins.length;
  return plugins.map((plugin, index) =>
    index > from && index < until
      ? {
          ...plugin,
          status: 'Success' as const,
          statusDetails: 'Success',
          responseCode: 0,
          output: `Plugin with name ${plugin.action} and id ${plugin.name} skipped due to prior step with an exit condition`,
        }
      : plugin,
  );
}

function finish(world: World, command: CommandInvocationRecord, at: number): void {
  const has = (status: CommandPluginRecord['status']) =>
    command.plugins.some((plugin) => plugin.status === status);
  const status = has('Failed') ? 'Failed' : has('TimedOut') ? 'TimedOut' : 'Success';
  const statusDetails = status === 'TimedOut' ? 'ExecutionTimedOut' : status;
  end(world, { ...command, status, statusDetails }, at);
}

/** Ends a command that has not reported by its deadline. */
function expire(world: World, id: string, at: number): void {
  const command = world.commandInvocations.get(id);
  if (command === undefined) return;
  const state = world.instances.get(command.instanceId)?.state;
  const gone = state === undefined || state === 'terminated' || state === 'shutting-down';
  if (command.status === 'Pending') {
    // Run Command uses the details Undeliverable for a guest that no longer exists.
    end(
      world,
      gone
        ? { ...command, status: 'Failed', statusDetails: 'Undeliverable' }
        : { ...command, status: 'TimedOut', statusDetails: 'DeliveryTimedOut' },
      at,
    );
  } else if (command.status === 'InProgress' && at >= expiryOf(command)) {
    end(world, { ...command, status: 'TimedOut', statusDetails: 'ExecutionTimedOut' }, at);
  }
}

/**
 * The deadline for a command without a report: the delivery timeout plus the timeouts of all tasks.
 */
export function expiryOf({ deliverBy, tasks }: Pick<CommandInvocationRecord, 'deliverBy' | 'tasks'>): number {
  return deliverBy + tasks.reduce((sum, { timeoutSeconds }) => sum + timeoutSeconds, 0) * 1000;
}

function end(world: World, command: CommandInvocationRecord, at: number): void {
  const { fate: _fate, resumes: _resumes, ...rest } = command;
  const plugins = command.plugins.map((plugin) =>
    plugin.status === 'Pending' || plugin.status === 'InProgress'
      ? { ...plugin, status: command.status, statusDetails: command.statusDetails, endTime: at }
      : plugin,
  );
  saveInvocation(world, { ...rest, plugins, turn: command.turn + 1 }, at);
  if (command.automationId !== undefined) awaken(world, command.automationId, at);
}

/** Cancels all invocations of a command that have not ended. */
export function cancelCommand(world: World, id: string, at: number): void {
  for (const invocation of world.commands.get(id)?.invocationIds ?? [])
    cancelInvocation(world, invocation, at);
}

/** Cancels an invocation that has not ended. The interrupted task has no effects. */
function cancelInvocation(world: World, id: string, at: number): void {
  const command = world.commandInvocations.get(id);
  if (command === undefined || (command.status !== 'Pending' && command.status !== 'InProgress')) return;
  end(world, { ...command, status: 'Cancelled', statusDetails: 'Cancelled' }, at);
}

/**
 * Asks the agent to stop. If the agent does not have the command yet, the command is cancelled
 * immediately.
 */
export function requestCancellation(world: World, id: string, at: number): void {
  const command = world.commandInvocations.get(id);
  if (command?.status !== 'InProgress') {
    cancelInvocation(world, id, at);
    return;
  }
  const { fate: _fate, resumes: _resumes, ...rest } = command;
  saveInvocation(
    world,
    { ...rest, status: 'Cancelling', statusDetails: 'Cancelling', turn: command.turn + 1 },
    at,
  );
  const seconds = drawSeconds(world.seed, 'command.delivery', id, 'cancel');
  schedule(world, 'command.cancelled', id, at + seconds * 1000);
}

/** The agent appends the reason of a failure to standard error. */
const failed = (output: string, exitCode: number) =>
  joined(output, outputOf({ stdout: '', stderr: `failed to run commands: exit status ${exitCode}` }));

const killed = (output = '') =>
  joined(output, outputOf({ stdout: '', stderr: 'failed to run commands: signal: killed' }));

function changed(
  plugins: readonly CommandPluginRecord[],
  index: number,
  change: (plugin: CommandPluginRecord) => CommandPluginRecord,
): readonly CommandPluginRecord[] {
  return plugins.map((plugin, at) => (at === index ? change(plugin) : plugin));
}
