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

/** Both streams as one output, as the agent reports them. */
export const outputOf = ({ stdout, stderr }: { stdout: string; stderr: string }): string =>
  stderr === '' ? stdout : `${stdout}${errorHeading}${stderr}`;

/** Two outputs, one after the other in each stream. */
export function joined(before: string, after: string): string {
  const [first, second] = [streamsOf({ output: before }), streamsOf({ output: after })];
  return outputOf({ stdout: first.stdout + second.stdout, stderr: first.stderr + second.stderr });
}

/** The API's limit for each stream (Systems Manager API reference, GetCommandInvocation). */
export const stdoutMax = 24_000;
export const stderrMax = 8_000;

/** The limit for both streams in a list (amazon-ssm-agent, MaximumPluginOutputSize). */
const pluginOutputMax = 2_500;
const truncated = '\n---Output truncated---';

export const shortened = (output: string) =>
  output.length > pluginOutputMax
    ? `${output.slice(0, pluginOutputMax - truncated.length)}${truncated}`
    : output;

/** The names of the scripts in AWS-RunPatchBaseline on AWS. */
const scriptOf: Readonly<Record<string, string>> = {
  PatchWindows: 'aws:runPowerShellScript',
  PatchLinux: 'aws:runShellScript',
};

/**
 * The S3 key for a stream of a plugin: command, guest and plugin, then a folder. The folder has the
 * name of the step. For AWS's single-script documents, the folder has the plugin's number and
 * action.
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

/**
 * Writes the whole output of an ended plugin to the command's bucket. An empty stream is not
 * written.
 */
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

/** The S3 URL of a stream. Empty if the command has no bucket or the plugin has not ended. */
export function outputUrl(
  invocation: CommandInvocationRecord,
  plugin: CommandPluginRecord | undefined,
  stream: 'stdout' | 'stderr',
): string {
  const { outputTo, region } = invocation;
  if (outputTo === undefined || plugin === undefined) return '';
  return `https://s3.${region}.amazonaws.com/${outputTo.bucket}/${keyOf(invocation, outputTo, plugin, stream)}`;
}
