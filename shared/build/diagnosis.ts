import { describeBase } from './base.ts';
import type { Plan } from './execution-document.ts';

/** What SSM and EC2 report about a build that failed on the instance. */
export interface Symptoms {
  readonly instanceId: string;
  readonly instanceState: string | undefined;
  readonly instanceReason: string | undefined;
  /** Status of the automation. */
  readonly status: string;
  /** The failed step of the build document; `undefined`: no step failed. */
  readonly step: string | undefined;
  /** SSM's failure message. */
  readonly said: string | undefined;
  /** The part of the command that failed, where the step ran a command. */
  readonly plugin: FailedPlugin | undefined;
}

export interface FailedPlugin {
  readonly name: string;
  readonly status: string;
  readonly exitCode: number | undefined;
  readonly output: string;
}

/** One message that says why the build failed on the instance and, if known, what to change. */
export function diagnose(plan: Plan, symptoms: Symptoms): string {
  const { instanceId, instanceState, instanceReason, status, step, said, plugin } = symptoms;
  if (instanceState === 'terminated' || instanceState === 'shutting-down') {
    return `The builder ${instanceId} was terminated while it was being patched; EC2 says: ${instanceReason ?? 'nothing'}`;
  }
  if (step === 'waitForAgent') return agentNeverCame(plan, instanceId);
  if (plugin !== undefined) {
    const subject = subjectOf(plan, step, plugin);
    const outcome =
      plugin.status === 'TimedOut'
        ? `timed out on ${instanceId}${step === 'runSteps' ? TIMEOUT_HINT : ''}`
        : `ended with status ${plugin.status} and exit code ${plugin.exitCode ?? 'unknown'} on ${instanceId}`;
    return `${subject} ${outcome}; last lines of its output: ${lastLines(plugin.output)}`;
  }
  const where = step === undefined ? plan.buildDocument : `The step ${step} of ${plan.buildDocument}`;
  return `${where} ended with status ${status} on ${instanceId}; SSM says: ${said ?? 'nothing'}`;
}

/** What SSM reports about a failed scan. */
export interface ScanSymptoms {
  readonly imageId: string;
  readonly instanceId: string;
  /** Status details of the command, such as DeliveryTimedOut. */
  readonly status: string;
  readonly plugin: FailedPlugin | undefined;
}

/** One message that says why a scan failed. */
export function diagnoseScan({ imageId, instanceId, status, plugin }: ScanSymptoms): string {
  const scan = `The scan of the image ${imageId} for missing updates ended on ${instanceId} with status ${status}`;
  if (plugin === undefined) return `${scan}; SSM reports no details`;
  return `${scan} and exit code ${plugin.exitCode ?? 'unknown'}; last lines of its output: ${lastLines(plugin.output)}`;
}

/** A reboot stops the agent before it reports the result (Systems Manager user guide, "Handling reboots when running commands"). */
const TIMEOUT_HINT =
  ' (if the step needs more time, set timeoutMinutes; if the step reboots the instance, end it with exit code 194 instead, or 3010 on Windows: ' +
  'then SSM reboots the instance and continues)';

function agentNeverCame(plan: Plan, instanceId: string): string {
  const base =
    'imageId' in plan.base
      ? `the base image ${plan.base.name} (owner ${plan.base.owner})`
      : describeBase(plan.base);
  const never = `The SSM agent of ${instanceId} never came online`;
  if (plan.ssmAgent === 'preinstalled') {
    return (
      `${never}: the recipe says build.ssmAgent: preinstalled, but ${base} seems to have no agent ` +
      '(Amazon Linux, Ubuntu and Windows Server have the agent, Debian does not): set build.ssmAgent: install. ' +
      'If the base has the agent, the subnet has no route to SSM, or the instance profile has no policy AmazonSSMManagedInstanceCore'
    );
  }
  return (
    `${never}: user data should have installed the agent on ${base}. Either the installation failed (see ` +
    '/var/log/cloud-init-output.log on an instance of this base), or the subnet has no route to S3 and SSM, or the instance profile ' +
    'has no policy AmazonSSMManagedInstanceCore'
  );
}

function subjectOf(plan: Plan, step: string | undefined, plugin: FailedPlugin): string {
  if (step === 'runSteps') return `The recipe's step "${plan.steps[plugin.name] ?? plugin.name}"`;
  if (step === 'installPatches') return 'Installing patches';
  return `The step ${step} of ${plan.buildDocument}`;
}

/** Lines that the agent adds to the output: the separator before standard error, and the exit code. */
const AGENT_LINES = /^(-+ERROR-+|failed to run commands: exit status \d+)$/;

/** The last lines of an output, joined into one line. They usually contain the reason. */
export function lastLines(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !AGENT_LINES.test(line));
  return lines.length === 0 ? '(nothing)' : lines.slice(-2).join(' / ').slice(-400);
}
