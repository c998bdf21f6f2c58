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
} from '../shared/build/execution-document.ts';
import { describeStateReason } from '../shared/build/state-reason.ts';
import { pending, waitTimes } from '../shared/build/waiting.ts';
import { BuildFailed } from '../shared/errors.ts';
import { step } from '../shared/lambda/step.ts';

/**
 * Stop: brings the builder to rest. A shutdown that the guest has begun is awaited; only an instance that runs on is asked to
 * stop. On Windows sysprep is the last act and shuts the guest down by itself: stopping it before would cut sysprep off, and an
 * instance that somebody else stopped was not generalised, so neither is imaged.
 * Safe to repeat: stopping what is stopping or stopped changes nothing. It never forces: the file systems must be clean.
 */
export const handler = step(
  eventOf({
    plan: planSchema,
    builder: builderSchema,
    shutdown: z.optional(z.union([pendingShutdownSchema, shutdownSchema])),
  }),
  async ({ document: { plan, builder, shutdown } }, deps): Promise<Shutdown | PendingShutdown> => {
    const ec2 = deps.ec2(plan.region);
    const { instanceId } = builder;
    const guestShutsDown = plan.platform === 'windows';
    const instance = await findInstance(ec2, instanceId);
    const state = instance?.State?.Name;
    const reason = instance?.StateReason;
    const since = shutdown?.status === 'pending' ? shutdown.since : undefined;
    const now = deps.now();

    if (state === 'stopped') {
      const byGuest = isShutdownByGuest(reason?.Code);
      if (guestShutsDown && !byGuest) {
        throw new BuildFailed(
          `The builder ${instanceId} was stopped before sysprep had shut it down, so it is not generalised; ` +
            `EC2 says: ${describeStateReason(reason)}`,
        );
      }
      return { status: 'ready', by: byGuest ? 'guest' : 'pipeline' };
    }
    if (state === 'terminated' || state === 'shutting-down') {
      throw new BuildFailed(
        `The builder ${instanceId} was terminated before its image was made; EC2 says: ${describeStateReason(reason)}`,
      );
    }
    if (state === 'running' && guestShutsDown) {
      return pending(waitTimes.sysprep, {
        since,
        now,
        awaiting: `sysprep to shut ${instanceId} down`,
        said: 'the instance is running',
      });
    }
    if (state === 'running') await ec2.send(new StopInstancesCommand({ InstanceIds: [instanceId] }));
    return pending(guestShutsDown ? waitTimes.sysprep : waitTimes.stop, {
      since,
      now,
      awaiting: `${instanceId} to stop`,
      said: `the instance is ${state ?? 'not visible'}`,
    });
  },
  { ec2 },
);
