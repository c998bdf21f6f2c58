import type { StartInstancesCommandInput, StartInstancesCommandOutput } from '@aws-sdk/client-ec2';
import { instanceType } from '../catalog/instance-types.ts';
import type { Operation } from '../core/service.ts';
import { checkNetworking } from './image-launches.ts';
import { instanceState, namedInstances } from './instances.ts';
import { beginRunning, failPendingImages } from './lifecycle.ts';
import { checkDryRun, wrongInstanceState } from './refusals.ts';

export const startInstances: Operation<StartInstancesCommandInput, StartInstancesCommandOutput> = {
  kind: 'write',
  accepts: ['AdditionalInfo', 'DryRun', 'InstanceIds'],
  run(input, call) {
    const { world, now } = call;
    const { InstanceIds = [] } = input;
    const instances = namedInstances(call, InstanceIds);
    for (const { id, state } of instances) {
      if (state === 'stopped' || state === 'pending' || state === 'running') continue;
      throw wrongInstanceState(id, 'started');
    }
    for (const instance of instances) {
      const type = instanceType(instance.instanceType);
      if (instance.state === 'stopped' && type?.hypervisor === 'nitro') checkNetworking(instance, type.name);
    }
    checkDryRun(input);
    return {
      StartingInstances: instances.map((instance) => {
        let after = instance;
        if (instance.state === 'stopped') {
          failPendingImages(world, instance.id, now);
          after = beginRunning(world, instance, now);
        }
        return {
          InstanceId: instance.id,
          CurrentState: instanceState(after.state),
          PreviousState: instanceState(instance.state),
        };
      }),
    };
  },
};
