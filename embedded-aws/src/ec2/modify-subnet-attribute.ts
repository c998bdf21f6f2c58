import type {
  ModifySubnetAttributeCommandInput,
  ModifySubnetAttributeCommandOutput,
} from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { ownSubnet } from './networks.ts';
import { parameterCombination } from './refusals.ts';

export const modifySubnetAttribute: Operation<
  ModifySubnetAttributeCommandInput,
  ModifySubnetAttributeCommandOutput
> = {
  kind: 'write',
  accepts: ['MapPublicIpOnLaunch.Value', 'SubnetId'],
  run(input, call) {
    const { world, now } = call;
    if (input.SubnetId === undefined) throw missingParameter('subnetId');
    if (input.MapPublicIpOnLaunch === undefined) throw parameterCombination('No attributes specified.');
    const mapPublicIpOnLaunch = input.MapPublicIpOnLaunch.Value;
    if (mapPublicIpOnLaunch === undefined) throw missingParameter('mapPublicIpOnLaunch.value');
    const subnet = ownSubnet(input.SubnetId, call);
    world.subnets.put({ ...subnet, mapPublicIpOnLaunch }, now, lagMs(world, subnet.id));
    return {};
  },
};
