import type { StopInstancesCommandInput, StopInstancesCommandOutput } from '@aws-sdk/client-ec2';
import { missingParameter } from '../errors.ts';
import type { Operation } from '../operation.ts';
import { instanceState, ownInstances, reasonTime } from './instances.ts';
import { beginStop, reason } from './lifecycle.ts';
import { checkDryRun, wrongInstanceState } from './refusals.ts';

export const stopInstances: Operation<StopInstancesCommandInput, StopInstancesCommandOutput> = {
  kind: 'write',
  accepts: ['DryRun', 'InstanceIds'],
  run(input, call) {
    const { InstanceIds = [] } = input;
    if (InstanceIds.length === 0) throw missingParameter('InstanceId');
    const instances = ownInstances(call, InstanceIds);
    for (const { id, state } of instances) {
      // Stopping what is stopped, or stops, changes nothing and is no mistake.
      if (state === 'running' || state === 'stopping' || state === 'stopped') continue;
      throw wrongInstanceState(id, 'stopped');
    }
    checkDryRun(input);
    return {
      StoppingInstances: instances.map((instance) => {
        const after =
          instance.state === 'running'
            ? beginStop(call.world, instance, call.now, {
                reason: reason('Client.UserInitiatedShutdown', 'User initiated shutdown'),
                transitionReason: `User initiated (${reasonTime(call.now)})`,
              })
            : instance;
        return {
          InstanceId: instance.id,
          CurrentState: instanceState(after.state),
          PreviousState: instanceState(instance.state),
        };
      }),
    };
  },
};
