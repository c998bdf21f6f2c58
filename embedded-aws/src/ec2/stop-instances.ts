import type { StopInstancesCommandInput, StopInstancesCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { instanceState, namedInstances, reasonTime } from './instances.ts';
import { checkSpotStop } from './launch-market.ts';
import { beginStop, reason } from './lifecycle.ts';
import type { InstanceRecord } from './records.ts';
import { checkDryRun, wrongInstanceState } from './refusals.ts';

/** `Force` and `SkipOsShutdown` do not make a stop faster: guests never hang in the embedded AWS. */
export const stopInstances: Operation<StopInstancesCommandInput, StopInstancesCommandOutput> = {
  kind: 'write',
  accepts: ['DryRun', 'Force', 'Hibernate', 'InstanceIds', 'SkipOsShutdown'],
  run(input, call) {
    const { InstanceIds = [] } = input;
    const instances = namedInstances(call, InstanceIds);
    for (const instance of instances) checkCanStop(instance, input.Hibernate ?? false);
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

function checkCanStop(instance: InstanceRecord, isHibernated: boolean): void {
  const { id, state, boots, disableApiStop } = instance;
  if (state === 'pending' && boots === 0) {
    // cloud-custodian/cloud-custodian#6014
    throw new AwsError(
      'IncorrectInstanceState',
      `Instance '${id}' cannot be stopped as it has never reached the 'running' state.`,
    );
  }
  // Stopping a stopped or stopping instance succeeds and changes nothing.
  if (state === 'stopping' || state === 'stopped') return;
  if (state !== 'running') throw wrongInstanceState(id, 'stopped');
  checkSpotStop(instance);
  if (disableApiStop) {
    throw new AwsError(
      'OperationNotPermitted',
      `The instance '${id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.`,
    );
  }
  if (isHibernated) {
    // Launches in the embedded EC2 cannot enable hibernation.
    throw new AwsError(
      'UnsupportedHibernationConfiguration',
      `The instance '${id}' is not enabled for hibernation.`,
    );
  }
}
