import { describeBase } from './base.ts';
import type { Plan } from './execution-document.ts';

/** What SSM and EC2 told of a build that failed on the instance. */
export interface Symptoms {
  readonly instanceId: string;
  readonly instanceState: string | undefined;
  readonly instanceReason: string | undefined;
  /** Status of the automation. */
  readonly status: string;
  /** The step of the build document that failed; `undefined`: none did. */
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

/** One sentence that says why the build failed on the instance, and what to change where that is known. */
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
        ? `did not end in time${step === 'runSteps' ? TIMEOUT_HINT : ''}`
        : `ended ${plugin.status} with exit code ${plugin.exitCode ?? 'unknown'}`;
    return `${subject} ${outcome} on ${instanceId}; its output ends: ${lastLines(plugin.output)}`;
  }
  const where = step === undefined ? plan.buildDocument : `The step ${step} of ${plan.buildDocument}`;
  return `${where} ended ${status} on ${instanceId}; SSM says: ${said ?? 'nothing'}`;
}

/** What SSM told of a scan that did not end well. */
export interface ScanSymptoms {
  readonly imageId: string;
  readonly instanceId: string;
  /** Status details of the command, such as DeliveryTimedOut. */
  readonly status: string;
  readonly plugin: FailedPlugin | undefined;
}

/** One sentence that says why nobody knows what an image lacks. */
export function diagnoseScan({ imageId, instanceId, status, plugin }: ScanSymptoms): string {
  const scan = `The scan for updates that the image ${imageId} lacks ended ${status} on ${instanceId}`;
  if (plugin === undefined) return `${scan}, and SSM says no more`;
  return `${scan} with exit code ${plugin.exitCode ?? 'unknown'}; its output ends: ${lastLines(plugin.output)}`;
}

/** A reboot takes the agent away before it has reported (Systems Manager user guide, "Handling reboots when running commands"). */
const TIMEOUT_HINT =
  ' (if it needs longer, set timeoutMinutes; if it reboots, let it end with exit code 194, or 3010 on Windows, and SSM reboots and goes on)';

function agentNeverCame(plan: Plan, instanceId: string): string {
  const base =
    'imageId' in plan.base
      ? `the base image ${plan.base.name} (owner ${plan.base.owner})`
      : describeBase(plan.base);
  const never = `The SSM agent of ${instanceId} never came online`;
  if (plan.ssmAgent === 'preinstalled') {
    return (
      `${never}: the recipe says build.ssmAgent: preinstalled, but ${base} seems to carry none ` +
      '(Amazon Linux, Ubuntu and Windows Server do, Debian does not); set build.ssmAgent: install. ' +
      'If it does carry one, the subnet has no route to SSM, or the instance profile lacks AmazonSSMManagedInstanceCore'
    );
  }
  return (
    `${never}: user data was to install it on ${base}; either that failed (see /var/log/cloud-init-output.log on such an instance), ` +
    'or the subnet has no route to S3 and SSM, or the instance profile lacks AmazonSSMManagedInstanceCore'
  );
}

function subjectOf(plan: Plan, step: string | undefined, plugin: FailedPlugin): string {
  if (step === 'runSteps') return `The recipe's step "${plan.steps[plugin.name] ?? plugin.name}"`;
  if (step === 'installPatches') return 'Installing patches';
  return `The step ${step} of ${plan.buildDocument}`;
}

/** What the agent adds to an output of its own: the mark before what went to standard error, and the exit code once more. */
const AGENTS_OWN = /^(-+ERROR-+|failed to run commands: exit status \d+)$/;

/** The end of an output, on one line: that is where the reason usually stands. */
function lastLines(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !AGENTS_OWN.test(line));
  return lines.length === 0 ? '(nothing)' : lines.slice(-2).join(' / ').slice(-400);
}
