import type { World } from '../../core/world.ts';
import type { CommandInvocationRecord, CommandOutput, CommandPluginRecord } from '../records.ts';

/** The agent writes standard error after standard output, under this line. */
export const errorHeading = '\n----------ERROR-------\n';

export function streamsOf({ output }: Pick<CommandPluginRecord, 'output'>): {
  stdout: string;
  stderr: string;
} {
  const [stdout = '', ...errors] = output.split(errorHeading);
  return { stdout, stderr: errors.join(errorHeading) };
}

/** What the API shows of each stream (Systems Manager API reference, GetCommandInvocation). */
export const stdoutMax = 24_000;
export const stderrMax = 8_000;

/** What a list shows of both (amazon-ssm-agent, MaximumPluginOutputSize). */
const pluginOutputMax = 2_500;
const truncated = '\n---Output truncated---';

export const shortened = (output: string) =>
  output.length > pluginOutputMax
    ? `${output.slice(0, pluginOutputMax - truncated.length)}${truncated}`
    : output;

/** What the steps of AWS-RunPatchBaseline are on AWS. */
const scriptOf: Readonly<Record<string, string>> = {
  PatchWindows: 'aws:runPowerShellScript',
  PatchLinux: 'aws:runShellScript',
};

/**
 * Where the agent puts a stream of a plugin: under the command, the guest and the plugin, in a folder that is named after the step,
 * or, for the documents of AWS that run one script, after the plugin and its number.
 */
function keyOf(
  { commandId, instanceId, plugins }: CommandInvocationRecord,
  { prefix }: Pick<CommandOutput, 'prefix'>,
  plugin: CommandPluginRecord,
  stream: 'stdout' | 'stderr',
): string {
  const action = (scriptOf[plugin.name] ?? plugin.action).replace(':', '');
  const folder =
    plugin.name === plugin.action
      ? `${plugins.findIndex(({ name }) => name === plugin.name)}.${action}`
      : plugin.name;
  return [prefix, commandId, instanceId, action, folder, stream]
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/');
}

/** Puts the whole output of a plugin that has ended into the bucket that the command names. An empty stream is not put there. */
export function writeOutput(
  world: World,
  invocation: CommandInvocationRecord,
  plugin: CommandPluginRecord | undefined,
  at: number,
): void {
  const { outputTo, account, region } = invocation;
  if (outputTo === undefined || plugin === undefined) return;
  const streams = streamsOf(plugin);
  for (const stream of ['stdout', 'stderr'] as const) {
    const body = streams[stream];
    if (body === '') continue;
    const key = keyOf(invocation, outputTo, plugin, stream);
    const { bucket } = outputTo;
    world.objects.put(
      { id: `${bucket}/${key}`, account, region, bucket, key, body, lastModified: at },
      at,
      0,
    );
  }
}

/** The address of a stream in S3; empty when the command names no bucket, or nothing has ended yet. */
export function outputUrl(
  invocation: CommandInvocationRecord,
  plugin: CommandPluginRecord | undefined,
  stream: 'stdout' | 'stderr',
): string {
  const { outputTo, region } = invocation;
  if (outputTo === undefined || plugin === undefined) return '';
  return `https://s3.${region}.amazonaws.com/${outputTo.bucket}/${keyOf(invocation, outputTo, plugin, stream)}`;
}
