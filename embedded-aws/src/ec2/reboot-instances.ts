import type { RebootInstancesCommandInput, RebootInstancesCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { namedInstances } from './instances.ts';
import { failPendingImages, reboot } from './lifecycle.ts';
import { checkDryRun } from './refusals.ts';

/** The machine reboots automatically. EC2 shows the state `running` during the reboot. */
export const rebootInstances: Operation<RebootInstancesCommandInput, RebootInstancesCommandOutput> = {
  kind: 'write',
  accepts: ['DryRun', 'InstanceIds'],
  run(input, call) {
    const { InstanceIds = [] } = input;
    const instances = namedInstances(call, InstanceIds);
    for (const { id, state } of instances) {
      if (state === 'running') continue;
      throw new AwsError('IncorrectInstanceState', `The instance '${id}' is not in the 'running' state.`);
    }
    checkDryRun(input);
    for (const instance of instances) {
      failPendingImages(call.world, instance.id, call.now);
      reboot(call.world, instance, call.now);
    }
    return {};
  },
};
