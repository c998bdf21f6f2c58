import { StopInstancesCommand } from '@aws-sdk/client-ec2';
import * as z from 'zod/mini';
import { ec2 } from '../shared/aws/clients.ts';
import { isShutdownByGuest } from '../shared/aws/error-codes.ts';
import { findInstance } from '../shared/aws/find-resources.ts';
import {
  builderSchema,
  eventOf,
  type PendingShutdown,
  pendingShutdownSchema,
  planSchema,
  type Shutdown,
  shutdownSchema,
  waitHistorySchema,
} from '../shared/build/execution-document.ts';
import { describeStateReason } from '../shared/build/state-reason.ts';
import { pending, waitTimes } from '../shared/build/waiting.ts';
import { BuildFailed } from '../shared/errors.ts';
import { stage } from '../shared/lambda/stage.ts';

/**
 * Stop: stops the builder. If the guest has already begun to shut down, Stop only waits. On Windows, sysprep is the last step and shuts
 * the guest down, so Stop never stops a running Windows builder: this would interrupt sysprep. If a Windows
 * builder was stopped in another way, its system was not generalised, and the build fails.
 * Safe to repeat: a stop call has no effect on a stopping or stopped instance. It never forces the stop: the file systems must be clean.
 */
export const handler = stage(
  'shutdown',
  eventOf({
    plan: planSchema,
    builder: builderSchema,
    decision: waitHistorySchema,
    shutdown: z.optional(z.union([pendingShutdownSchema, shutdownSchema])),
  }),
  async ({ document: { plan, builder, decision, shutdown } }, deps): Promise<Shutdown | PendingShutdown> => {
    const ec2 = deps.ec2(plan.region);
    const { instanceId } = builder;
    const guestShutsDown = plan.platform === 'windows';
    const instance = await findInstance(ec2, instanceId);
    const state = instance?.State?.Name;
    const reason = instance?.StateReason;
    const since = shutdown?.status === 'pending' ? shutdown.since : undefined;
    const wait = { since, now: deps.now(), earlierSeconds: decision?.earlierSeconds?.Stop };

    if (state === 'stopped') {
      const byGuest = isShutdownByGuest(reason?.Code);
      if (guestShutsDown && !byGuest) {
        throw new BuildFailed(
          `The builder ${instanceId} was stopped before sysprep shut it down, so its system is not generalised; ` +
            `EC2 says: ${describeStateReason(reason)}`,
        );
      }
      return { status: 'ready', by: byGuest ? 'guest' : 'pipeline' };
    }
    if (state === 'terminated' || state === 'shutting-down') {
      throw new BuildFailed(
        `The builder ${instanceId} was terminated before its image was created; EC2 says: ${describeStateReason(reason)}`,
      );
    }
    if (state === 'running' && guestShutsDown) {
      return pending(waitTimes.sysprep, {
        ...wait,
        awaiting: `sysprep to shut ${instanceId} down`,
        said: 'the instance is running',
      });
    }
    if (state === 'running') await ec2.send(new StopInstancesCommand({ InstanceIds: [instanceId] }));
    return pending(guestShutsDown ? waitTimes.sysprep : waitTimes.stop, {
      ...wait,
      awaiting: `${instanceId} to stop`,
      said: `the instance is ${state ?? 'not visible'}`,
    });
  },
  { ec2 },
);
