import type { DeleteVpcCommandInput, DeleteVpcCommandOutput } from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { dependencyViolation, ownVpc } from './networks.ts';
import { checkDryRun } from './refusals.ts';

/**
 * With its main route table and its default security group; everything else must be gone before. A default VPC has a gateway, which
 * cannot be detached here, and stays.
 */
export const deleteVpc: Operation<DeleteVpcCommandInput, DeleteVpcCommandOutput> = {
  kind: 'write',
  accepts: ['DryRun', 'VpcId'],
  run(input, call) {
    const { world, now } = call;
    if (input.VpcId === undefined) throw missingParameter('vpcId');
    const { id, isDefault } = ownVpc(input.VpcId, call);
    const isHere = ({ vpcId }: { readonly vpcId: string }) => vpcId === id;
    const groups = world.securityGroups.all().filter(isHere);
    const isUsed =
      isDefault ||
      world.subnets.all().some(isHere) ||
      world.networkInterfaces.all().some(isHere) ||
      groups.some(({ name }) => name !== 'default');
    if (isUsed) throw dependencyViolation('vpc', id);
    checkDryRun(input);
    for (const group of groups) world.securityGroups.remove(group.id, now, lagMs(world, group.id));
    world.vpcs.remove(id, now, lagMs(world, id));
    return {};
  },
};
