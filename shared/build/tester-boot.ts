import { BuildFailed } from '../errors.ts';
import type { Launched } from './execution-document.ts';
import { describeSeconds, secondsBetween, waitTimes } from './waiting.ts';

/** A tester, and the image that it was launched from. */
export interface BootingTester {
  readonly imageId: string;
  readonly tester: Launched;
}

/** What EC2 and Systems Manager say about the boot of a tester. */
export interface BootState {
  /** The state of the instance, such as `running`; absent: it is not visible. */
  readonly instance?: string | undefined;
  readonly instanceReason: string;
  /** Whether the metadata service of the instance answers only requests of IMDSv2: `required` or `optional`; absent: not visible. */
  readonly httpTokens?: string | undefined;
  /** EC2's two status checks; absent: EC2 has no result yet. */
  readonly checks?: StatusChecks | undefined;
  /** Status of the SSM agent; absent: the agent has not registered. */
  readonly agent?: string | undefined;
}

export interface StatusChecks {
  /** `ok`, `impaired`, `initializing`, `insufficient-data` or `not-applicable` (EC2 API reference, SummaryStatus). */
  readonly instance: string;
  readonly system: string;
  /** Since when the instance check has failed (ISO 8601). */
  readonly impairedSince?: string | undefined;
}

/** How long EC2 must report a failed instance check. A system that boots slowly may fail the first check and pass the next one. */
const IMPAIRED_SECONDS = 300;

/** How long a system may take from its launch until its agent is online and its checks have passed. */
export const bootTimes = { linux: waitTimes.testBootLinux, windows: waitTimes.testBootWindows };

export const hasBooted = ({ agent, checks }: BootState): boolean =>
  agent === 'Online' && checks?.instance === 'ok' && checks.system === 'ok';

export const describeBoot = ({ agent, checks }: BootState): string =>
  `the agent is ${agent ?? 'not registered'}, the status checks are ${checks?.instance ?? 'not known'} (instance) and ` +
  `${checks?.system ?? 'not known'} (system)`;

/** Throws `BuildFailed` if the tester has ended, or if its system does not boot. */
export function refuseUnlessBooting(booting: BootingTester, state: BootState, now: Date): void {
  refuseIfGone(booting, state);
  refuseIfUnbootable(booting, state, now);
}

function refuseIfGone({ tester, imageId }: BootingTester, { instance, instanceReason }: BootState): void {
  if (instance === undefined || instance === 'running' || instance === 'pending') return;
  throw new BuildFailed(
    `The tester ${tester.instanceId} of the image ${imageId} became ${instance} before its test ended; ` +
      `EC2 says: ${instanceReason}`,
  );
}

function refuseIfUnbootable({ tester, imageId }: BootingTester, { checks }: BootState, now: Date): void {
  const { impairedSince } = checks ?? {};
  if (checks?.instance !== 'impaired' || impairedSince === undefined) return;
  const seconds = secondsBetween(impairedSince, now);
  if (seconds < IMPAIRED_SECONDS) return;
  throw new BuildFailed(
    `The image ${imageId} does not boot: EC2's instance status check of the tester ${tester.instanceId} has failed for ` +
      `${describeSeconds(seconds)} (since ${impairedSince}). The usual causes are a step that removed or broke the kernel, the boot ` +
      'loader, the network or the file systems: see the console output of an instance of this image (aws ec2 get-console-output)',
  );
}
