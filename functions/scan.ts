import { TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import * as z from 'zod/mini';
import { ec2, ssm } from '../shared/aws/clients.ts';
import { findImages, findInstance } from '../shared/aws/find-resources.ts';
import { launchInstance } from '../shared/aws/launch-instance.ts';
import { readScan, sendScan } from '../shared/aws/patch-scan.ts';
import {
  eventOf,
  type Launched,
  type PendingScan,
  type Plan,
  pendingScanSchema,
  planSchema,
  type Scan,
  scanSchema,
} from '../shared/build/execution-document.ts';
import { scanProgress, shouldSendCommand } from '../shared/build/scan-progress.ts';
import { describeStateReason } from '../shared/build/state-reason.ts';
import { BuildFailed, NotFound } from '../shared/errors.ts';
import { type DepsWith, step } from '../shared/lambda/step.ts';

const needs = { ec2, ssm };
type ScanDeps = DepsWith<typeof needs>;

/**
 * Scan: brings up an instance of the last release's image, has Patch Manager look what it lacks, and terminates it. The Decide that
 * follows makes a build of the answer, or none.
 * Safe to repeat: the scanner is found by its tags, the command by its comment (and one sent twice does no harm), and the result is
 * written down before the scanner goes. It installs nothing; and a scan that fails never passes for an image that lacks nothing.
 */
export const handler = step(
  eventOf({
    plan: planSchema,
    decision: z.object({ imageId: z.string() }),
    scan: z.optional(z.union([pendingScanSchema, scanSchema])),
  }),
  async ({ execution, document: { plan, decision, scan } }, deps): Promise<Scan | PendingScan> => {
    const { imageId } = decision;
    const before = scan?.status === 'pending' ? scan : undefined;
    if (before === undefined && !(await isAvailable(imageId, plan, deps)))
      return { status: 'ready', imageId, gone: true, missing: 0, failed: 0 };
    if (before?.found) {
      await terminate(before.scanner.instanceId, plan, deps);
      return { status: 'ready', imageId, ...before.found };
    }

    const scanner =
      before?.scanner.status === 'ready'
        ? await stillRunning(before.scanner, plan, deps)
        : await launchInstance(
            { role: 'scanner', imageId },
            { execution, plan, before: before?.scanner },
            deps,
          );
    if (scanner.status === 'pending') {
      const { status, since, waitSeconds, awaiting } = scanner;
      return { status, since, waitSeconds, awaiting, phase: 'launch', scanner };
    }

    const ssm = deps.ssm(plan.region);
    const running = { imageId, scanner, before };
    const seen = await readScan(running, ssm);
    const sent = shouldSendCommand(running, seen) ? await sendScan(running, ssm) : undefined;
    const commandId = before?.commandId ?? seen.command?.commandId ?? sent;
    return scanProgress(running, seen, commandId, deps.now());
  },
  needs,
);

/** Somebody may have retired or disabled it since it was released. */
async function isAvailable(imageId: string, plan: Plan, { ec2 }: ScanDeps): Promise<boolean> {
  const [image] = await findImages(ec2(plan.region), { Name: 'image-id', Values: [imageId] });
  return image?.State === 'available';
}

/** The same scanner. Without this, an agent or a command on an instance that is gone would be awaited until the deadline. */
async function stillRunning(scanner: Launched, plan: Plan, { ec2 }: ScanDeps): Promise<Launched> {
  const instance = await findInstance(ec2(plan.region), scanner.instanceId);
  const state = instance?.State?.Name;
  if (state === 'running' || state === undefined) return scanner;
  throw new BuildFailed(
    `The scanner ${scanner.instanceId} became ${state} before the scan had ended; EC2 says: ${describeStateReason(instance?.StateReason)}`,
  );
}

async function terminate(instanceId: string | undefined, plan: Plan, { ec2 }: ScanDeps): Promise<void> {
  if (instanceId === undefined) return;
  try {
    await ec2(plan.region).send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
  } catch (error) {
    // Gone already is as good.
    if (!(error instanceof NotFound)) throw error;
  }
}
