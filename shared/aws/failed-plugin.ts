import type { CommandInvocation } from '@aws-sdk/client-ssm';
import type { FailedPlugin } from '../build/diagnosis.ts';

/** The plugin of a command that did not succeed. The invocations must be listed with their details. */
export function failedPlugin(invocations: readonly CommandInvocation[] = []): FailedPlugin | undefined {
  const plugins = invocations.flatMap(({ CommandPlugins }) => CommandPlugins ?? []);
  const plugin = plugins.find(({ Status }) => Status !== 'Success' && Status !== 'Pending');
  if (plugin === undefined) return undefined;
  return {
    name: plugin.Name ?? '',
    status: plugin.Status ?? '',
    exitCode: plugin.ResponseCode,
    output: plugin.Output ?? '',
  };
}
