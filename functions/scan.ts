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
import { stage } from '../shared/lambda/stage.ts';
import type { DepsWith } from '../shared/lambda/step.ts';

const needs = { ec2, ssm };
type ScanDeps = DepsWith<typeof needs>;

/**
 * Scan: launches an instance of the last release's image, checks it for missing updates with Patch Manager, and terminates the instance.
 * Then Decide runs again and uses the result.
 * Safe to repeat: the scanner is found by its tags, and the command by its comment (a command that is sent twice does no harm). The result
 * is recorded before the scanner is terminated. It installs nothing. A failed scan never counts as an image that is up to date.
 */
export const handler = stage(
  'scan',
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
            {
              execution,
              plan: { ...plan, patchGroup: plan.patch.patchGroup },
              before: before?.scanner,
            },
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

/** Whether the image is still available: its owner may have deregistered or disabled it since the release. */
async function isAvailable(imageId: string, plan: Plan, { ec2 }: ScanDeps): Promise<boolean> {
  const [image] = await findImages(ec2(plan.region), { Name: 'image-id', Values: [imageId] });
  return image?.State === 'available';
}

/** Returns the scanner if it is still running. Without this check, Scan would wait for a terminated instance until the deadline. */
async function stillRunning(scanner: Launched, plan: Plan, { ec2 }: ScanDeps): Promise<Launched> {
  const instance = await findInstance(ec2(plan.region), scanner.instanceId);
  const state = instance?.State?.Name;
  if (state === 'running' || state === undefined) return scanner;
  throw new BuildFailed(
    `The scanner ${scanner.instanceId} became ${state} before the scan ended; EC2 says: ${describeStateReason(instance?.StateReason)}`,
  );
}

async function terminate(instanceId: string | undefined, plan: Plan, { ec2 }: ScanDeps): Promise<void> {
  if (instanceId === undefined) return;
  try {
    await ec2(plan.region).send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
  } catch (error) {
    // The scanner is already gone.
    if (!(error instanceof NotFound)) throw error;
  }
}
