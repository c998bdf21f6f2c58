import type { DeleteSubnetCommandInput, DeleteSubnetCommandOutput } from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { dependencyViolation, ownSubnet } from './networks.ts';
import { checkDryRun } from './refusals.ts';

export const deleteSubnet: Operation<DeleteSubnetCommandInput, DeleteSubnetCommandOutput> = {
  kind: 'write',
  accepts: ['DryRun', 'SubnetId'],
  run(input, call) {
    const { world, now } = call;
    if (input.SubnetId === undefined) throw missingParameter('subnetId');
    const { id } = ownSubnet(input.SubnetId, call);
    // Each instance holds an interface until it is terminated.
    if (world.networkInterfaces.all().some(({ subnetId }) => subnetId === id)) {
      throw dependencyViolation('subnet', id);
    }
    checkDryRun(input);
    world.subnets.remove(id, now, lagMs(world, id));
    return {};
  },
};
