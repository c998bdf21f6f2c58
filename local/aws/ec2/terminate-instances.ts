import type { TerminateInstancesCommandInput, TerminateInstancesCommandOutput } from '@aws-sdk/client-ec2';
import { missingParameter } from '../errors.ts';
import type { Operation } from '../operation.ts';
import { instanceState, ownInstances, reasonTime } from './instances.ts';
import { beginTermination, reason } from './lifecycle.ts';
import { checkDryRun } from './refusals.ts';

/** Any state will do, and to terminate what is terminated is no mistake; but if one id is not found, none is terminated. */
export const terminateInstances: Operation<TerminateInstancesCommandInput, TerminateInstancesCommandOutput> =
  {
    kind: 'write',
    accepts: ['DryRun', 'InstanceIds'],
    run(input, call) {
      const { InstanceIds = [] } = input;
      if (InstanceIds.length === 0) throw missingParameter('InstanceId');
      const instances = ownInstances(call, InstanceIds);
      checkDryRun(input);
      return {
        TerminatingInstances: instances.map((instance) => {
          const isEnding = instance.state === 'shutting-down' || instance.state === 'terminated';
          const after = isEnding
            ? instance
            : beginTermination(call.world, instance, call.now, {
                reason: reason('Client.UserInitiatedShutdown', 'User initiated shutdown'),
                transitionReason: `User initiated (${reasonTime(call.now)})`,
              });
          return {
            InstanceId: instance.id,
            CurrentState: instanceState(after.state),
            PreviousState: instanceState(instance.state),
          };
        }),
      };
    },
  };
