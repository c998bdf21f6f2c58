import type {
  InstanceStateChange,
  TerminateInstancesCommandInput,
  TerminateInstancesCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../core/errors.ts';
import type { Call, Operation } from '../core/service.ts';
import { instanceState, namedInstances, reasonTime } from './instances.ts';
import { beginTermination, reason } from './lifecycle.ts';
import type { InstanceRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';

/**
 * Works in any state. Terminating a terminated instance succeeds. If one id is not found, EC2 terminates no
 * instance. A protected instance fails the call, and EC2 keeps all instances in the same zone. Instances in
 * other zones are terminated (EC2 API reference, TerminateInstances).
 */
export const terminateInstances: Operation<TerminateInstancesCommandInput, TerminateInstancesCommandOutput> =
  {
    kind: 'write',
    accepts: ['DryRun', 'Force', 'InstanceIds', 'SkipOsShutdown'],
    run(input, call) {
      const { InstanceIds = [] } = input;
      const instances = namedInstances(call, InstanceIds);
      const spared = instances.filter(isProtected);
      const zones = new Set(spared.map(({ availabilityZone }) => availabilityZone));
      const [first] = spared;
      if (first === undefined) checkDryRun(input);
      const ended = input.DryRun
        ? []
        : instances.filter(({ availabilityZone }) => !zones.has(availabilityZone));
      const changes = ended.map((instance) => terminate(instance, call));
      if (first === undefined) return { TerminatingInstances: changes };
      throw new AwsError(
        'OperationNotPermitted',
        `The instance '${first.id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
      );
    },
  };

const isProtected = ({ disableApiTermination, state }: InstanceRecord) =>
  disableApiTermination === true && state !== 'shutting-down' && state !== 'terminated';

function terminate(instance: InstanceRecord, call: Call): InstanceStateChange {
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
}
